/* SPDX-License-Identifier: MIT */
/*
 * threads.sh: threads that are many, short, small, cancelled, detached, or not
 * yet done with their blocks when they end.  argv[1] names one test of them or
 * none for all.  Prints "ok".
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resident.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* libc's side of C++ thread_local. */
extern int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object,
				    void *dso);
extern void *__dso_handle __attribute__((visibility("hidden")));

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "threads: failed: %s\n", what);
	exit(1);
}

static void start(pthread_t *thread, const pthread_attr_t *how,
		  void *(*work)(void *), void *arg)
{
	must(pthread_create(thread, how, work, arg) == 0, "starting a thread");
}

static void join(pthread_t thread)
{
	must(pthread_join(thread, NULL) == 0, "joining a thread");
}

/* Every mechanism: FastCaches that stay full, Large, Huge. */
static const size_t sizes[] = {1,    16,   100,	  800,	  3000,	 9000,
			       50000, 60000, 400000, 1500000};

static void use(void)
{
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		char *block = malloc(sizes[i]);

		must(block != NULL, "malloc in a thread");
		memset(block, 1, sizes[i] < 5000 ? sizes[i] : 5000);
		block = realloc(block, sizes[i] * 2);
		must(block && block[0] == 1, "realloc in a thread");
		free(block);
	}
}

/* ---- 10,000 in turn ---- */

static void *leave_a_block(void *arg)
{
	void **place = arg;

	use();
	free(*place);
	*place = malloc(1000);
	return NULL;
}

static void in_turn(void)
{
	void *block = NULL;
	pthread_t thread;
	long before = 0;

	for (int i = 0; i < 10000; i++) {
		start(&thread, NULL, leave_a_block, &block);
		join(thread);
		if (i == 100)
			before = resident_kib();
	}
	free(block);
	must(resident_kib() <= before + 2048, "threads in turn add up");
}

/* ---- 2,000 at once, on the smallest stacks ---- */

#define CROWD 2000

static pthread_barrier_t all_hold;
static void *held[CROWD];

/* What one made the next one frees, after its maker may be gone. */
static void *hold(void *arg)
{
	size_t i = (size_t)(uintptr_t)arg;

	use();
	held[i] = malloc(i % 3000);
	must(held[i] != NULL, "a block for each of many threads");
	pthread_barrier_wait(&all_hold);
	free(held[(i + 1) % CROWD]);
	return NULL;
}

static void at_once(void)
{
	static pthread_t thread[CROWD];
	pthread_attr_t small;

	pthread_attr_init(&small);
	must(pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN) == 0,
	     "the smallest stack");
	pthread_barrier_init(&all_hold, NULL, CROWD);
	for (size_t i = 0; i < CROWD; i++)
		start(&thread[i], &small, hold, (void *)(uintptr_t)i);
	for (size_t i = 0; i < CROWD; i++)
		join(thread[i]);
	must(resident_kib() < 200000, "what many threads leave behind");
}

/* ---- how deep the library goes ---- */

#define STACK ((size_t)1 << 18)
/* Less than half of the smallest stack, the rest is the program's. */
#define DEPTH_MAX 6000
#define PAINT 0x5a

static void *nothing(void *arg)
{
	return arg;
}

static pthread_key_t key;

static void use_late(void *arg)
{
	use();
	free(arg);
}

/* Birth, all paths, blocks of others, and death. */
static void *everything(void *arg)
{
	void **blocks = arg;

	use();
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		free(blocks[i]);
		blocks[i] = aligned_alloc(4096, sizes[i] + 4096);
		must(blocks[i] != NULL, "aligned_alloc in a thread");
	}
	pthread_setspecific(key, malloc(10));
	return NULL;
}

/* The bytes of its stack that a thread has written to. */
static size_t depth_of(void *(*work)(void *), void *arg)
{
	unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t own;
	pthread_t thread;
	size_t clean = 0;

	must(stack != MAP_FAILED, "a stack");
	memset(stack, PAINT, STACK);
	pthread_attr_init(&own);
	must(pthread_attr_setstack(&own, stack, STACK) == 0, "a stack of one's own");
	start(&thread, &own, work, arg);
	join(thread);
	while (clean < STACK && stack[clean] == PAINT)
		clean++;
	munmap(stack, STACK);
	return STACK - clean;
}

static void shallow(void)
{
	void *blocks[COUNT_OF(sizes)];
	size_t bare = depth_of(nothing, NULL), deep;

	must(pthread_key_create(&key, use_late) == 0, "a key");
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		blocks[i] = malloc(sizes[i]);
	deep = depth_of(everything, blocks);
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		free(blocks[i]);
	if (deep - bare > DEPTH_MAX)
		fprintf(stderr, "threads: %zu bytes of stack\n", deep - bare);
	must(deep - bare <= DEPTH_MAX, "a small need of stack");
}

/* ---- detached threads when the process ends ---- */

static void *for_ever(void *arg)
{
	for (;;)
		use();
	return arg;
}

static void start_detached(void)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++) {
		start(&thread, NULL, for_ever, NULL);
		pthread_detach(thread);
	}
}

static void at_exit(void)
{
	use();
}

static void detached(void)
{
	for (int i = 0; i < 100; i++) {
		int status;
		pid_t pid = fork();

		must(pid >= 0, "fork");
		if (pid == 0) {
			alarm(60);
			atexit(at_exit);
			start_detached();
			usleep((useconds_t)i * 50);
			exit(0);
		}
		must(waitpid(pid, &status, 0) == pid && status == 0,
		     "exit() beside threads that allocate");
	}
}

/* ---- cancellation, where POSIX allows it ---- */

static void free_it(void *arg)
{
	free(arg);
	use();
}

static void *until_cancelled(void *arg)
{
	for (;;) {
		void *block = malloc(300);

		pthread_cleanup_push(free_it, block);
		use();
		pthread_testcancel();
		usleep(1);
		pthread_cleanup_pop(1);
	}
	return arg;
}

static void cancelled(void)
{
	pthread_t thread[8];
	void *result;
	long before = 0;

	for (int round = 0; round < 60; round++) {
		for (size_t i = 0; i < COUNT_OF(thread); i++)
			start(&thread[i], NULL, until_cancelled, NULL);
		usleep(500);
		for (size_t i = 0; i < COUNT_OF(thread); i++) {
			pthread_cancel(thread[i]);
			must(pthread_join(thread[i], &result) == 0 &&
				     result == PTHREAD_CANCELED,
			     "joining a cancelled thread");
		}
		if (round == 20)
			before = resident_kib();
	}
	must(resident_kib() <= before + 4096, "cancelled threads add up");
}

/* ---- objects that end with their thread ---- */

struct object {
	char *text;
	int again;
};

/* As a C++ object would: frees, allocates, makes another one. */
static void destroy(void *arg)
{
	struct object *object = arg;

	must(strcmp(object->text, "an object of a thread") == 0, "its contents");
	free(object->text);
	use();
	if (object->again-- > 0) {
		object->text = strdup("an object of a thread");
		__cxa_thread_atexit_impl(destroy, object, &__dso_handle);
	} else {
		free(object);
	}
}

static pthread_key_t late_key;

/* In the last of all rounds of destructors. */
static void last_of_all(void *arg)
{
	struct object *object = arg;

	if (object->again-- > 0) {
		pthread_setspecific(late_key, object);
		return;
	}
	use();
	free(object->text);
	free(object);
}

static struct object *make_object(int again)
{
	struct object *object = malloc(sizeof(*object));

	object->text = strdup("an object of a thread");
	object->again = again;
	return object;
}

static void *with_objects(void *arg)
{
	__cxa_thread_atexit_impl(destroy, make_object(0), &__dso_handle);
	__cxa_thread_atexit_impl(destroy, make_object(3), &__dso_handle);
	pthread_setspecific(late_key,
			    make_object(PTHREAD_DESTRUCTOR_ITERATIONS - 1));
	return arg;
}

static void objects(void)
{
	pthread_t thread;
	long before = 0;

	must(pthread_key_create(&late_key, last_of_all) == 0, "a key");
	for (int i = 0; i < 2000; i++) {
		start(&thread, NULL, with_objects, NULL);
		join(thread);
		if (i == 100)
			before = resident_kib();
	}
	must(resident_kib() <= before + 1024, "objects of threads add up");
}

static const struct {
	const char *name;
	void (*test)(void);
} tests[] = {
	{"shallow", shallow},	{"in_turn", in_turn},	  {"at_once", at_once},
	{"detached", detached}, {"cancelled", cancelled}, {"objects", objects},
};

int main(int argc, char **argv)
{
	alarm(300);
	for (size_t i = 0; i < COUNT_OF(tests); i++)
		if (argc < 2 || strcmp(argv[1], tests[i].name) == 0)
			tests[i].test();
	puts("ok");
	return 0;
}
