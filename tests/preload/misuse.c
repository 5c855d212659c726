/* SPDX-License-Identifier: MIT */
/*
 * misuse.sh: a battery of errors that programs make with memory, each kind with
 * blocks of several sizes, under whatever malloc the loader gives.
 *
 *   misuse            every case in a process of its own; a line for each:
 *                     NAME caught|missed HOW
 *   misuse NAME       one case in this process
 *
 * A case is caught when the process is ended by a signal, or when what the error
 * was to bring about did not come about: old contents that are gone, a request
 * for more than there is that fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit status: the harm did not come about; this test is wrong itself. */
#define PREVENTED 3
#define BROKEN 2

#define SECRET "a secret that stood in the block"
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Sizes of all that is churned between an error and its consequence. */
#define CHURN_BYTES ((size_t)32 << 20)
#define CHURN_MOST 20000u
#define CHURN_LEAST 100u
#define CHURN_HELD 64u

/* ---- what cases are made of ---- */

/* A block with neighbours, so that it is neither first nor last of its kind. */
static volatile char *make(size_t size)
{
	char *before = malloc(size), *block = malloc(size), *after = malloc(size);

	if (!before || !block || !after)
		exit(BROKEN);
	memset(block, 'x', size);
	memset(after, 'x', size);
	return block;
}

static void drop(volatile void *block)
{
	free((void *)(uintptr_t)block);
}

/* Another value than before, whatever stands there. */
static void spoil(volatile char *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		from[i] = (char)~from[i];
}

/* As a program goes on that uses blocks of this size. */
static void churn(size_t size)
{
	void *held[CHURN_HELD] = {NULL};
	size_t rounds = CHURN_BYTES / size;

	rounds = rounds > CHURN_MOST ? CHURN_MOST : rounds;
	rounds = rounds < CHURN_LEAST ? CHURN_LEAST : rounds;
	for (size_t i = 0; i < rounds; i++) {
		free(held[i % CHURN_HELD]);
		held[i % CHURN_HELD] = malloc(size);
	}
	for (size_t i = 0; i < CHURN_HELD; i++)
		free(held[i]);
}

static void *free_in_thread(void *block)
{
	free(block);
	return NULL;
}

static void drop_in_thread(volatile void *block)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, free_in_thread,
			   (void *)(uintptr_t)block) != 0)
		exit(BROKEN);
	pthread_join(thread, NULL);
}

/* ---- freed twice ---- */

static void double_free_at_once(size_t size)
{
	volatile char *block = make(size);

	drop(block);
	drop(block);
}

static void double_free_after_another(size_t size)
{
	volatile char *block = make(size), *other = make(size);

	drop(block);
	drop(other);
	drop(block);
}

static void double_free_after_ten(size_t size)
{
	volatile char *block = make(size), *other[10];

	for (size_t i = 0; i < COUNT_OF(other); i++)
		other[i] = make(size);
	drop(block);
	for (size_t i = 0; i < COUNT_OF(other); i++)
		drop(other[i]);
	drop(block);
}

static void double_free_after_realloc(size_t size)
{
	volatile char *block = make(size);
	void *moved = realloc((void *)(uintptr_t)block, size * 4);

	if (moved == block) /* not moved: free it, so that it is dangling */
		free(moved);
	drop(block);
}

static void double_free_in_thread(size_t size)
{
	volatile char *block = make(size);

	drop(block);
	drop_in_thread(block);
}

static void double_free_of_thread(size_t size)
{
	volatile char *block = make(size);

	drop_in_thread(block);
	drop(block);
}

static void double_free_after_trim(size_t size)
{
	volatile char *block = make(size);

	drop(block);
	malloc_trim(0);
	drop(block);
}

/* ---- other bad pointers ---- */

static void free_unaligned(size_t size)
{
	drop(make(size) + 1);
}

static void free_inside(size_t size)
{
	drop(make(size) + 16);
}

static void free_middle(size_t size)
{
	drop(make(size) + (size / 2 | 15) + 1);
}

/* Memory of the allocator that it never handed out, some way behind a block. */
static void free_never(size_t size)
{
	uintptr_t block = (uintptr_t)make(size), behind = (block | 0xfff) + 1 - 16;

	/* In hardened mode a block may begin there. */
	drop((char *)(behind == block ? behind + 0x1000 : behind));
}

static void realloc_freed(size_t size)
{
	volatile char *block = make(size);

	drop(block);
	if (!realloc((void *)(uintptr_t)block, size + 100))
		exit(PREVENTED);
}

static void realloc_inside(size_t size)
{
	if (!realloc((void *)(uintptr_t)(make(size) + 16), size + 100))
		exit(PREVENTED);
}

static void usable_size_freed(size_t size)
{
	volatile char *block = make(size);

	drop(block);
	if (malloc_usable_size((void *)(uintptr_t)block) == 0)
		exit(PREVENTED);
}

/* ---- written where it must not be ---- */

static void overflow(size_t size, size_t count)
{
	volatile char *block = make(size);

	spoil(block + size, count);
	drop(block);
}

static void overflow_1(size_t size)
{
	overflow(size, 1);
}

static void overflow_8(size_t size)
{
	overflow(size, 8);
}

static void overflow_16(size_t size)
{
	overflow(size, 16);
}

static void overflow_page(size_t size)
{
	overflow(size, 4096);
}

/* A string of one character too much: its end is a 0. */
static void overflow_string(size_t size)
{
	volatile char *block = make(size);

	block[size] = '\0';
	drop(block);
}

static void underflow(size_t size, size_t count)
{
	volatile char *block = make(size);

	spoil(block - count, count);
	drop(block);
}

static void underflow_1(size_t size)
{
	underflow(size, 1);
}

static void underflow_8(size_t size)
{
	underflow(size, 8);
}

static void underflow_16(size_t size)
{
	underflow(size, 16);
}

static void write_after_free(size_t size)
{
	volatile char *block = make(size);

	drop(block);
	spoil(block, 8);
	churn(size);
}

static void write_after_free_inside(size_t size)
{
	volatile char *block = make(size);

	drop(block);
	spoil(block + size / 2, 8);
	churn(size);
}

static void write_after_free_later(size_t size)
{
	volatile char *block = make(size), *other = make(size);

	drop(block);
	drop(other);
	drop(make(size));
	spoil(block + 8, 8);
	churn(size);
}

/* One of so many that it does not stay in a cache. */
static void write_after_free_among_many(size_t size)
{
	static volatile char *block[CHURN_MOST];
	size_t count = CHURN_BYTES / size;

	count = count > CHURN_MOST ? CHURN_MOST : count;
	for (size_t i = 0; i < count; i++)
		block[i] = make(size);
	for (size_t i = 0; i < count; i++)
		drop(block[i]);
	spoil(block[count / 2] + 8, 8);
	for (size_t i = 0; i < count; i++)
		block[i] = make(size);
}

/* ---- read what is not there ---- */

static bool holds_secret(const volatile char *block)
{
	char seen[sizeof(SECRET)];

	for (size_t i = 0; i < sizeof(seen); i++)
		seen[i] = block[i];
	/* The first words of a freed block may hold anything. */
	return memmem(seen + 16, sizeof(seen) - 17, SECRET + 16,
		      sizeof(SECRET) - 17) != NULL;
}

/* At least as large as the secret. */
static volatile char *make_secret(size_t size)
{
	volatile char *block = make(size < sizeof(SECRET) ? sizeof(SECRET) : size);

	memcpy((char *)(uintptr_t)block, SECRET, sizeof(SECRET));
	return block;
}

static void read_after_free(size_t size)
{
	volatile char *block = make_secret(size);

	drop(block);
	if (!holds_secret(block))
		exit(PREVENTED);
}

static void read_uninitialised(size_t size)
{
	size = size < sizeof(SECRET) ? sizeof(SECRET) : size;
	drop(make_secret(size));
	for (size_t i = 0; i < CHURN_LEAST * 8; i++) {
		volatile char *block = malloc(size);

		if (holds_secret(block))
			return;
		if (i % 2 != 0) /* the freed one must come round */
			drop(block);
	}
	exit(PREVENTED);
}

/* ---- freed as what it is not ---- */

static void sized(const char *name, size_t size, size_t said)
{
	void (*function)(void *, size_t) =
		(void (*)(void *, size_t))dlsym(RTLD_DEFAULT, name);
	volatile char *block = make(size);

	if (function)
		function((void *)(uintptr_t)block, said);
	else
		drop(block);
}

static void free_sized_small(size_t size)
{
	sized("free_sized", size, size / 2);
}

static void free_sized_large(size_t size)
{
	sized("free_sized", size, size * 3);
}

static void delete_sized_wrong(size_t size)
{
	sized("_ZdlPvm", size, size + 40);
}

static void free_aligned_wrong(size_t size)
{
	void (*function)(void *, size_t, size_t) = (void (*)(
		void *, size_t, size_t))dlsym(RTLD_DEFAULT, "free_aligned_sized");
	volatile char *block = make(size);

	if (function)
		function((void *)(uintptr_t)block, 64, size + 64);
	else
		drop(block);
}

/* ---- without a block ---- */

static size_t opaque(size_t number)
{
	__asm__ volatile("" : "+r"(number));
	return number;
}

static char in_data[4096];

static void free_stack(size_t size)
{
	char on_stack[64];

	(void)size;
	drop(on_stack + 16);
}

static void free_static(size_t size)
{
	(void)size;
	drop(in_data + 64);
}

static void free_code(size_t size)
{
	(void)size;
	drop((void *)((uintptr_t)free_code & ~(uintptr_t)15));
}

static void free_mapped(size_t size)
{
	char *place = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)size;
	drop(place + 65536);
}

static void free_small_number(size_t size)
{
	(void)size;
	drop((void *)(uintptr_t)16);
}

static void free_wild(size_t size)
{
	(void)size;
	drop((void *)(uintptr_t)0xdeadbeefdeadbee0u);
}

static void realloc_stack(size_t size)
{
	char on_stack[64];

	(void)size;
	if (!realloc(on_stack + 16, 100))
		exit(PREVENTED);
}

static void write_nothing(size_t size)
{
	volatile char *block = malloc(opaque(size));

	*block = 'x';
	drop(block);
}

static void read_nothing(size_t size)
{
	volatile char *block = malloc(opaque(size));

	if (*block == 'x')
		puts("as if it were a block");
	drop(block);
}

static void malloc_everything(size_t size)
{
	(void)size;
	exit(malloc(opaque(SIZE_MAX)) || malloc(opaque(SIZE_MAX - 4096)) ?
		     EXIT_SUCCESS :
		     PREVENTED);
}

static void calloc_wraps(size_t size)
{
	(void)size;
	exit(calloc(opaque(SIZE_MAX / 8 + 2), 8) ? EXIT_SUCCESS : PREVENTED);
}

static void realloc_everything(size_t size)
{
	volatile char *block = make(100);

	(void)size;
	exit(realloc((void *)(uintptr_t)block, opaque(SIZE_MAX - 64)) ?
		     EXIT_SUCCESS :
		     PREVENTED);
}

static void reallocarray_wraps(size_t size)
{
	volatile char *block = make(100);

	(void)size;
	exit(reallocarray((void *)(uintptr_t)block, opaque(SIZE_MAX / 16 + 2), 16) ?
		     EXIT_SUCCESS :
		     PREVENTED);
}

/* ---- the table ---- */

struct kind {
	const char *name;
	void (*run)(size_t size);
};

#define KIND(name) {#name, name}
static const struct kind of_a_size[] = {
	KIND(double_free_at_once), KIND(double_free_after_another),
	KIND(double_free_after_ten), KIND(double_free_after_realloc),
	KIND(double_free_in_thread), KIND(double_free_of_thread),
	KIND(double_free_after_trim), KIND(free_unaligned), KIND(free_inside),
	KIND(free_middle), KIND(free_never), KIND(realloc_freed),
	KIND(realloc_inside), KIND(usable_size_freed), KIND(overflow_1),
	KIND(overflow_8), KIND(overflow_16), KIND(overflow_page),
	KIND(overflow_string), KIND(underflow_1), KIND(underflow_8),
	KIND(underflow_16), KIND(write_after_free), KIND(write_after_free_inside),
	KIND(write_after_free_later), KIND(write_after_free_among_many),
	KIND(read_after_free),
	KIND(read_uninitialised), KIND(free_sized_small), KIND(free_sized_large),
	KIND(delete_sized_wrong), KIND(free_aligned_wrong),
};

static const struct kind of_no_size[] = {
	KIND(free_stack), KIND(free_static), KIND(free_code), KIND(free_mapped),
	KIND(free_small_number), KIND(free_wild), KIND(realloc_stack),
	KIND(write_nothing), KIND(read_nothing),
	KIND(malloc_everything), KIND(calloc_wraps), KIND(realloc_everything),
	KIND(reallocarray_wraps),
};

static const struct {
	const char *name;
	size_t size;
} sizes[] = {
	{"tiny", 24},	{"small", 200},	  {"mid", 3000},
	{"pool", 20000}, {"large", 200000}, {"huge", 3000000},
};

/* ---- each case in a process of its own ---- */

static void describe(const char *name, int status, const char *said)
{
	if (WIFSIGNALED(status))
		printf("%s caught %s: %s\n", name, strsignal(WTERMSIG(status)), said);
	else if (WEXITSTATUS(status) == PREVENTED)
		printf("%s caught prevented\n", name);
	else
		printf("%s missed exit %d\n", name, WEXITSTATUS(status));
	fflush(stdout);
}

static void run_case(const char *program, const char *name)
{
	int ends[2], status;
	char said[200] = "";
	ssize_t length;
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0)
		exit(BROKEN);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		execl(program, program, name, (char *)NULL);
		_exit(BROKEN);
	}
	close(ends[1]);
	length = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	waitpid(child, &status, 0);
	said[length > 0 ? (size_t)length : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	describe(name, status, said);
}

/* Calls `take` with each name; stops when it returns true. */
static bool each_case(bool (*take)(const char *name, const struct kind *kind,
				   size_t size, const char *argument),
		      const char *argument)
{
	char name[64];

	for (size_t i = 0; i < COUNT_OF(of_a_size); i++)
		for (size_t s = 0; s < COUNT_OF(sizes); s++) {
			snprintf(name, sizeof(name), "%s:%s", of_a_size[i].name,
				 sizes[s].name);
			if (take(name, &of_a_size[i], sizes[s].size, argument))
				return true;
		}
	for (size_t i = 0; i < COUNT_OF(of_no_size); i++)
		if (take(of_no_size[i].name, &of_no_size[i], 0, argument))
			return true;
	return false;
}

static bool spawn(const char *name, const struct kind *kind, size_t size,
		  const char *program)
{
	(void)kind;
	(void)size;
	run_case(program, name);
	return false;
}

static bool run_if(const char *name, const struct kind *kind, size_t size,
		   const char *wanted)
{
	if (strcmp(name, wanted) != 0)
		return false;
	kind->run(size);
	return true;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return each_case(spawn, argv[0]);
	return each_case(run_if, argv[1]) ? EXIT_SUCCESS : BROKEN;
}
