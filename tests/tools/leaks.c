/* SPDX-License-Identifier: MIT */
/*
 * Loses blocks, and keeps others where they are hard to see.  What is lost is allocated
 * by functions named lose_*, what is not by functions named keep_*.
 *
 *   leaks lost [PLUGIN]    loses COUNT blocks at each place
 *   leaks closed PLUGIN    a library loses blocks, and is closed
 *   leaks kept [PLUGIN]    loses nothing
 *   leaks register [refuse]  a thread keeps a block in a register alone; refuse: ptrace()
 *                          fails in this process
 *   leaks busy [refuse]    other threads allocate until the end
 *   leaks loader           another thread allocates under the loader's lock until it is late
 *   leaks leader           the first thread ends; another one keeps and loses blocks
 *   leaks fork             the child loses blocks
 *   leaks exit|quick|kill  ends by _exit(3), quick_exit(4), a signal
 *   leaks stop             ends the profile
 *   leaks status           ends with 5, with nothing lost
 *
 * A pointer that stays behind in a register or on the stack would hide a block.  So
 * each place loses many, and the stack is overwritten then.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define COUNT 100
#define NOINLINE __attribute__((noinline))

void *hak_malloc(size_t size) __attribute__((weak));
int hak_profile_start(size_t bytes) __attribute__((weak));
void hak_profile_stop(void) __attribute__((weak));

/* The compiler must not know where it comes from, or that it is not read. */
static void *opaque(void *block)
{
	if (!block)
		abort();
	__asm__ volatile("" : "+r"(block) : : "memory");
	return block;
}

static NOINLINE void overwrite_stack(void)
{
	volatile char room[65536];

	memset((char *)room, 0, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
}

/* ---- what is lost ---- */

#define LOSE(name, call)                               \
	static NOINLINE void lose_##name(void)         \
	{                                              \
		for (int i = 0; i < COUNT; i++)        \
			opaque(call);                  \
	}
LOSE(small, malloc(24))
LOSE(large, malloc(100000))
LOSE(huge, calloc(1, 2000000))
LOSE(aligned, memalign(4096, 500))
LOSE(grown, realloc(opaque(malloc(10)), 3000))
LOSE(ours, hak_malloc ? hak_malloc(40) : malloc(40))

/* Each head hangs on nothing, the others on it.  The last ones may be the lowest. */
static NOINLINE void lose_list(void)
{
	for (int lists = 0; lists < COUNT / 10; lists++) {
		void **head = NULL;

		for (int i = 0; i < 10; i++) {
			void **node = opaque(malloc(48));

			node[1] = head;
			head = node;
		}
		opaque(head);
	}
}

/* Any block of a ring may be the leak, but one alone. */
static NOINLINE void lose_ring(void)
{
	for (int rings = 0; rings < COUNT / 10; rings++) {
		void **first = opaque(malloc(56)), **last = first;

		for (int i = 1; i < 10; i++) {
			void **node = opaque(malloc(56));

			node[2] = last;
			last = node;
		}
		first[2] = last;
		opaque(first);
	}
}

/* Only the inside of a block is known to the one that points to it. */
static NOINLINE void lose_pair(void)
{
	for (int i = 0; i < COUNT; i++) {
		char **outer = opaque(malloc(72));

		*outer = (char *)opaque(malloc(200)) + 100;
	}
}

/* ---- what is kept ---- */

static void *volatile keeper;
static __thread void *volatile thread_keeper;
static uintptr_t hidden; /* a pointer that nobody can see */
static sem_t ready;
static int other; /* the thread that keeps a block in a register */

static NOINLINE void keep_static(void)
{
	void **list = opaque(malloc(64));

	keeper = list;
	for (int i = 0; i < 7; i++)
		list[i] = opaque(malloc(32));
}

static NOINLINE void keep_inside(void)
{
	static char *volatile inside;

	inside = (char *)opaque(malloc(10000)) + 9999;
}

static NOINLINE void keep_mapped(void)
{
	void **page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	page[5] = opaque(malloc(80));
	mprotect(page, 4096, PROT_READ);
	page = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	page[70000] = opaque(malloc(80));
}

/* Beside a Huge block there may be a mapping of the program. */
static NOINLINE void keep_huge(void)
{
	static void **volatile huge;

	huge = opaque(calloc(3, 1 << 20));
	huge[200000] = opaque(malloc(90));
	/* This one cannot be read. */
	mprotect((char *)huge + 8192, 4096, PROT_NONE);
}

static NOINLINE void keep_usable(void)
{
	static void **volatile block;
	size_t room;

	block = opaque(malloc(1000));
	room = malloc_usable_size(block);
	block[room / sizeof(*block) - 1] = opaque(malloc(20));
}

static NOINLINE void free_late(void)
{
	free((void *)~hidden);
}

/* It is freed by the handler that runs last; before that, nobody sees it. */
static NOINLINE void keep_late(void)
{
	hidden = ~(uintptr_t)opaque(malloc(60));
	atexit(free_late);
}

static NOINLINE void *keep_in_thread(void *arg)
{
	void *volatile on_stack = opaque(malloc(44));

	(void)arg;
	thread_keeper = opaque(malloc(45));
	pthread_setspecific(*(pthread_key_t *)arg, opaque(malloc(46)));
	sem_post(&ready);
	for (;;)
		pause();
	return on_stack;
}

static void begin_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, arg) != 0)
		abort();
	sem_wait(&ready);
}

static void keep_all(void)
{
	static pthread_key_t key[40]; /* more than the thread has room for */

	for (int i = 0; i < 40; i++)
		pthread_key_create(&key[i], NULL);
	keep_static();
	keep_inside();
	keep_mapped();
	keep_huge();
	keep_usable();
	keep_late();
	begin_thread(keep_in_thread, &key[0]);
	begin_thread(keep_in_thread, &key[39]);
	thread_keeper = opaque(malloc(47));
}

/* ---- a register ---- */

static NOINLINE void keep_in_register(void)
{
	hidden = ~(uintptr_t)opaque(malloc(50));
}

/* The pointer is made where nothing but a register has it, and the thread sleeps. */
static NOINLINE void *sleep_with_it(void *arg)
{
	(void)arg;
	keep_in_register();
	overwrite_stack();
	other = (int)syscall(SYS_gettid);
	sem_post(&ready);
#if defined(__x86_64__)
	__asm__ volatile("mov %0, %%rbx\n not %%rbx\n 1: mov %1, %%eax\n syscall\n jmp 1b"
			 : : "r"(hidden), "i"(SYS_pause)
			 : "rax", "rbx", "rcx", "r11", "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mvn x19, %0\n 1: mov x8, %1\n mov x0, 0\n mov x1, 0\n"
			 " mov x2, 0\n mov x3, 0\n mov x4, 0\n svc 0\n b 1b"
			 : : "r"(hidden), "i"(SYS_ppoll)
			 : "x0", "x1", "x2", "x3", "x4", "x8", "x19", "memory");
#endif
	for (;;)
		pause();
}

static void refuse_ptrace(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		exit(77);
}

/* Until the state of the thread is that: S, it sleeps; Z, it has ended. */
static void sleep_until(int thread, char wanted)
{
	char path[64], text[512], state = 'R';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
	while (state != wanted) {
		file = fopen(path, "r");
		if (!file || !fgets(text, sizeof(text), file))
			abort();
		state = strrchr(text, ')')[2];
		fclose(file);
		usleep(1000);
	}
}

/* ---- the rest ---- */

/* A list, of which each part is only in the one before, moves from block to block. */
static NOINLINE void *keep_busy(void *arg)
{
	void **list = NULL;

	(void)arg;
	sem_post(&ready);
	for (unsigned i = 0;; i++) {
		void **node = malloc(16 + i % 3000);

		if (!node)
			abort();
		*node = list;
		list = node;
		if (i % 50 == 0)
			for (; list; list = node) {
				node = *list;
				free(list);
			}
		if (list)
			list = realloc(list, 2000 + i % 3000);
	}
}

static void *end_process(void *arg)
{
	sem_post(&ready);
	sleep_until(getpid(), 'Z');
	keep_static();
	lose_small();
	overwrite_stack();
	exit(0);
	return arg;
}

static void use_plugin(const char *path, const char *function)
{
	void *object = dlopen(path, RTLD_NOW);
	union {
		void *object;
		void (*call)(void);
	} f = {.object = object ? dlsym(object, function) : NULL};

	if (!f.call) {
		puts(dlerror());
		exit(99);
	}
	f.call();
	if (strcmp(function, "lose_closed") == 0)
		dlclose(object);
}

static void lose_all(const char *plugin)
{
	lose_small();
	lose_large();
	lose_huge();
	lose_aligned();
	lose_grown();
	lose_ours();
	lose_list();
	lose_ring();
	lose_pair();
	if (plugin)
		use_plugin(plugin, "lose_new");
}

/* Long enough for the first thread to come to the search, which wants the lock, too. */
static int allocate(struct dl_phdr_info *object, size_t size, void *arg)
{
	(void)object;
	(void)size;
	(void)arg;
	sem_post(&ready);
	for (int i = 0; i < 500; i++) {
		free(opaque(malloc(100)));
		usleep(1000);
	}
	return 1;
}

static void *hold_loader(void *arg)
{
	dl_iterate_phdr(allocate, NULL);
	return arg;
}

/*
 * Ends in a coroutine whose stack lies in one mapping with that of another one, which is
 * suspended, and holds blocks.
 */
static ucontext_t begin, suspended, last;

static void keep_suspended(void)
{
	void *volatile block[20];

	for (int i = 0; i < 20; i++)
		block[i] = opaque(malloc(47));
	swapcontext(&suspended, &last);
	for (int i = 0; i < 20; i++)
		free(block[i]);
}

static void end_program(void)
{
	exit(0);
}

static void make_coroutine(ucontext_t *c, char *stack, size_t size, void (*run)(void))
{
	getcontext(c);
	c->uc_stack.ss_sp = stack;
	c->uc_stack.ss_size = size;
	makecontext(c, run, 0);
}

static void end_in_coroutine(void)
{
	size_t half = 512 << 10, page = (size_t)getpagesize();
	char *stacks = mmap(NULL, 2 * half, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stacks == MAP_FAILED || mprotect(stacks, page, PROT_NONE) != 0)
		abort();
	make_coroutine(&suspended, stacks + page, half - page, keep_suspended);
	make_coroutine(&last, stacks + half, half, end_program);
	swapcontext(&begin, &suspended);
}

static void end_by(const char *way)
{
	lose_small();
	if (strcmp(way, "exit") == 0)
		_exit(3);
	if (strcmp(way, "quick") == 0)
		quick_exit(4);
	raise(SIGTERM);
}

static int run(const char *what, const char *arg)
{
	if (strcmp(what, "lost") == 0) {
		lose_all(arg);
	} else if (strcmp(what, "kept") == 0) {
		keep_all();
		if (arg)
			use_plugin(arg, "keep_new");
	} else if (strcmp(what, "closed") == 0) {
		use_plugin(arg, "lose_closed");
	} else if (strcmp(what, "register") == 0) {
		if (arg)
			refuse_ptrace();
		begin_thread(sleep_with_it, NULL);
		sleep_until(other, 'S'); /* then it has made the pointer */
	} else if (strcmp(what, "busy") == 0) {
		if (arg)
			refuse_ptrace();
		for (int i = 0; i < 4; i++)
			begin_thread(keep_busy, NULL);
	} else if (strcmp(what, "loader") == 0) {
		hak_profile_start(0); /* opens the plug-in, which cannot be done then */
		begin_thread(hold_loader, NULL);
	} else if (strcmp(what, "coroutine") == 0) {
		end_in_coroutine();
	} else if (strcmp(what, "leader") == 0) {
		begin_thread(end_process, NULL);
		pthread_exit(NULL);
	} else if (strcmp(what, "fork") == 0) {
		if (fork() == 0)
			lose_small();
		else
			wait(NULL);
	} else if (strcmp(what, "stop") == 0) {
		hak_profile_stop();
	} else if (strcmp(what, "status") == 0) {
		return 5;
	} else {
		end_by(what);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int status;

	sem_init(&ready, 0, 0);
	status = run(argv[1], argc > 2 ? argv[2] : NULL);
	overwrite_stack();
	return status;
}
