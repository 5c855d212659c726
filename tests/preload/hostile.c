/* SPDX-License-Identifier: MIT */
/*
 * hostile.sh: takes something away from itself, as argv says, and then uses
 * every mechanism of the library.  Prints "ok".
 *
 *   filter ACTION CALL...  seccomp; ACTION: kill or the number of an error
 *   before ACTION CALL... -- COMMAND...  the same for another program
 *   strict                 seccomp kills for all but what a heap needs
 *   maps N                 all but N of max_map_count are in use
 *   lock                   mlockall(MCL_CURRENT | MCL_FUTURE)
 *   full SIZE              no memory but what blocks of that size hold
 *   files                  RLIMIT_NOFILE is 0
 *   churn BYTES            so many in all, never more than 8 MiB at once; no work
 *   nothing                the work alone
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define THREADS 3
#define LIVE 120
#define ROUNDS 2000

/* write(2): stdio would allocate, and ask for more calls than we do. */
static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(1);
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	say("failed: ");
	say(what);
	say("\n");
	_exit(1);
}

/* ---- the work ---- */

static unsigned long refusals; /* requests that were NULL; fetch-and-add */

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	return z ^ (z >> 27);
}

static size_t random_size(uint64_t *random)
{
	return next_random(random) % ((size_t)16 << next_random(random) % 18) + 1;
}

struct live {
	unsigned char *block[LIVE];
	size_t size[LIVE];
};

static void check(const struct live *live, size_t i)
{
	unsigned char mark = (unsigned char)(i + 1);

	if (live->block[i])
		must(live->block[i][0] == mark &&
			     live->block[i][live->size[i] - 1] == mark,
		     "a block keeps what it holds");
}

static unsigned char *request(size_t i, size_t size)
{
	if (i % 5 == 1)
		return calloc(1, size);
	if (i % 5 == 2)
		return aligned_alloc((size_t)32 << i % 10, size);
	return malloc(size);
}

/* Either it works or it is NULL with ENOMEM. */
static void replace(struct live *live, size_t i, uint64_t *random)
{
	size_t size = random_size(random);
	int resize = i % 5 == 3 && live->block[i];
	unsigned char *block;

	check(live, i);
	errno = 0;
	if (!resize) {
		free(live->block[i]);
		live->block[i] = NULL;
	}
	block = resize ? realloc(live->block[i], size) : request(i, size);
	if (!block) {
		must(errno == ENOMEM, "a refusal is ENOMEM");
		__atomic_fetch_add(&refusals, 1, __ATOMIC_RELAXED);
		return;
	}
	must(i % 5 != 1 || (block[0] == 0 && block[size - 1] == 0),
	     "calloc() is zero");
	block[0] = block[size - 1] = (unsigned char)(i + 1);
	live->block[i] = block;
	live->size[i] = size;
}

static struct live places[THREADS + 1];

static void work(size_t who)
{
	struct live *live = &places[who];
	uint64_t random = who;

	for (int round = 0; round < ROUNDS; round++)
		replace(live, next_random(&random) % LIVE, &random);
}

/* A thread that starts asks for calls of its own: it has, and may go on. */
static pthread_barrier_t started, taken;

static void *in_thread(void *arg)
{
	pthread_barrier_wait(&started);
	pthread_barrier_wait(&taken);
	work((size_t)(uintptr_t)arg);
	return NULL;
}

static void free_all(void)
{
	for (size_t who = 0; who <= THREADS; who++)
		for (size_t i = 0; i < LIVE; i++) {
			check(&places[who], i);
			free(places[who].block[i]);
		}
}

/* ---- what is taken away ---- */

static const struct {
	const char *name;
	int number;
} calls[] = {
	{"madvise", SYS_madvise},	{"membarrier", SYS_membarrier},
	{"mremap", SYS_mremap},		{"mprotect", SYS_mprotect},
	{"prctl", SYS_prctl},		{"getrandom", SYS_getrandom},
	{"sysinfo", SYS_sysinfo},	{"openat", SYS_openat},
#ifdef SYS_open
	{"open", SYS_open},
#endif
#ifdef SYS_rseq
	{"rseq", SYS_rseq},
#endif
	{"sched_yield", SYS_sched_yield}, {"mmap", SYS_mmap},
	{"munmap", SYS_munmap},
};

static struct sock_filter program[64];
static unsigned short length;

static void add(unsigned short code, uint32_t k, uint8_t yes, uint8_t no)
{
	program[length++] = (struct sock_filter){code, yes, no, k};
}

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define IS (BPF_JMP | BPF_JEQ | BPF_K)
#define RETURN (BPF_RET | BPF_K)

static void start_filter(void)
{
	add(LOAD, offsetof(struct seccomp_data, nr), 0, 0);
}

static void add_call(uint32_t number, uint32_t action)
{
	add(IS, number, 0, 1);
	add(RETURN, action, 0, 0);
}

/* madvise() with any but the advice that every heap gives. */
static void add_rare_advice(uint32_t action)
{
	add(IS, SYS_madvise, 0, 5);
	add(LOAD, offsetof(struct seccomp_data, args[2]), 0, 0);
	add(IS, MADV_DONTNEED, 2, 0);
	add(IS, MADV_FREE, 1, 0);
	add(RETURN, action, 0, 0);
	start_filter();
}

static int set_filter(struct sock_fprog *filter)
{
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_TSYNC, filter);
}

static void install(uint32_t otherwise)
{
	struct sock_fprog filter = {.len = length, .filter = program};

	add(RETURN, otherwise, 0, 0);
	filter.len = length;
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
	must(set_filter(&filter) == 0, "installing a filter");
}

static int call_number(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	must(0, "the name of a call");
	return -1;
}

static uint32_t action_of(const char *text)
{
	if (strcmp(text, "kill") == 0)
		return SECCOMP_RET_KILL_PROCESS;
	return SECCOMP_RET_ERRNO | (uint32_t)atoi(text);
}

/* Returns what comes after the calls. */
static char **take_calls(char **argument)
{
	uint32_t action = action_of(*argument++);

	start_filter();
	for (; *argument && strcmp(*argument, "--") != 0; argument++)
		if (strcmp(*argument, "rare-advice") == 0)
			add_rare_advice(action);
		else
			add_call((uint32_t)call_number(*argument), action);
	install(SECCOMP_RET_ALLOW);
	return *argument ? argument + 1 : argument;
}

static void run_without(char **argument)
{
	char **command = take_calls(argument);

	execvp(command[0], command);
	must(0, "running a program");
}

/*
 * What is left is what lib/README.md says that the library needs, and what a
 * thread needs to end.
 */
static void take_all_calls(void)
{
	static const int allowed[] = {
		SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_futex,
		SYS_write, SYS_exit, SYS_exit_group, SYS_rt_sigprocmask,
	};

	start_filter();
	for (size_t i = 0; i < COUNT_OF(allowed); i++)
		add_call((uint32_t)allowed[i], SECCOMP_RET_ALLOW);
	add_rare_advice(SECCOMP_RET_KILL_PROCESS);
	add_call(SYS_madvise, SECCOMP_RET_ALLOW);
	install(SECCOMP_RET_KILL_PROCESS);
}

/* Pages of changing protection: each is a mapping of its own. */
static void take_maps(unsigned long but)
{
	static void *last[1 << 20];
	size_t count = 0;

	for (; count < COUNT_OF(last); count++) {
		last[count] = mmap(NULL, 4096, count % 2 ? PROT_READ : PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (last[count] == MAP_FAILED)
			break;
	}
	must(count < COUNT_OF(last), "a limit of mappings");
	for (; but > 0 && count > 0; but--)
		munmap(last[--count], 4096);
}

/* At the limit: what is freed can be had again, for as long as one likes. */
static void fill_up(size_t size)
{
	static void *block[1000];
	uint64_t random = size;
	char *enomem[] = {"12", "mmap", "mremap", "mprotect", NULL};
	size_t extra = 0;

	for (size_t i = 0; i < COUNT_OF(block); i++)
		must((block[i] = malloc(size)) != NULL, "blocks before the limit");
	take_calls(enomem);
	while (extra++ < 1000000 && malloc(size) != NULL)
		;
	must(extra < 1000000, "a limit");
	for (int round = 0; round < 100000; round++) {
		size_t i = next_random(&random) % COUNT_OF(block);

		free(block[i]);
		block[i] = malloc(size);
		must(block[i] != NULL, "a block in place of one that was freed");
		memset(block[i], 1, size < 64 ? size : 64);
	}
}

static void churn(size_t bytes)
{
	size_t size = (size_t)1 << 10;

	for (size_t done = 0; done < bytes; size = size % 4000000 * 3 + 1) {
		size_t count = ((size_t)8 << 20) / size + 1;
		void *list = NULL, *next;

		for (size_t i = 0; i < count; i++) {
			void **block = malloc(size < 16 ? 16 : size);

			must(block != NULL, "churn: a block");
			memset(block, 1, size);
			*block = list;
			list = block;
		}
		for (; list; list = next) {
			next = *(void **)list;
			free(list);
		}
		done += count * size;
	}
	say("ok\n");
	_exit(0); /* the work needs more */
}

static void take_away(char **argv)
{
	const char *what = argv[0];

	if (strcmp(what, "filter") == 0)
		take_calls(argv + 1);
	else if (strcmp(what, "strict") == 0)
		take_all_calls();
	else if (strcmp(what, "maps") == 0)
		take_maps(strtoul(argv[1], NULL, 10));
	else if (strcmp(what, "lock") == 0)
		must(mlockall(MCL_CURRENT | MCL_FUTURE) == 0, "mlockall");
	else if (strcmp(what, "full") == 0)
		fill_up(strtoul(argv[1], NULL, 10));
	else if (strcmp(what, "files") == 0)
		must(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0}) == 0,
		     "setrlimit");
	else if (strcmp(what, "churn") == 0)
		churn(strtoul(argv[1], NULL, 10));
	else
		must(strcmp(what, "nothing") == 0, "what to take away");
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];

	must(argc >= 2, "an argument");
	alarm(300);
	if (strcmp(argv[1], "before") == 0)
		run_without(argv + 2);
	pthread_barrier_init(&started, NULL, THREADS + 1);
	pthread_barrier_init(&taken, NULL, THREADS + 1);
	for (size_t i = 0; i < THREADS; i++)
		must(pthread_create(&thread[i], NULL, in_thread,
				    (void *)(uintptr_t)(i + 1)) == 0,
		     "a thread");
	pthread_barrier_wait(&started);
	take_away(argv + 1);
	pthread_barrier_wait(&taken);
	work(0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	free_all();
	say(refusals ? "ok, and some refusals\n" : "ok\n");
	_exit(0);
}
