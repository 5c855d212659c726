/* SPDX-License-Identifier: MIT */
/*
 * Blocks in every state, for tests/tools/gdb.sh, which stops this program in ready() and
 * asks gdb what each of them is.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../preload/fresh.h"

#define MANY 300

char *live, *in_cache, *in_slab, *in_inbox, *in_outbox, *large, *huge, *purged, *never;
char *on_stack, *of_dead;
static char *many[MANY], *theirs[MANY];
static pthread_barrier_t barrier;

__attribute__((noinline)) void ready(void)
{
	__asm__ volatile("");
}

/* Its blocks are freed by the first thread, and it does not come to fetch them. */
static void *owner(void *unused)
{
	for (int i = 0; i < MANY; i++)
		theirs[i] = fresh(1000);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return unused;
}

static void *dies(void *unused)
{
	of_dead = fresh(100);
	return unused;
}

/* One of 32 stays.  On its page other blocks are free, and on pages beside it all are. */
static void use_slabs(void)
{
	for (int i = 0; i < MANY; i++)
		many[i] = fresh(490);
	in_slab = (char *)((uintptr_t)many[32] ^ 512);
	purged = (char *)((uintptr_t)many[32] ^ 8192);
	for (int i = 0; i < MANY; i++)
		if (i % 32 != 0)
			free(many[i]);
	malloc_trim(0);
	in_cache = fresh(5000);
	free(in_cache);
}

__attribute__((noinline)) static char *at_a_known_place(void)
{
	char *block = fresh(100);

	__asm__ volatile("" : "+r"(block));
	return block;
}

int main(void)
{
	pthread_t threads[2];
	char local;

	live = at_a_known_place();
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&threads[0], NULL, owner, NULL);
	pthread_barrier_wait(&barrier);
	pthread_create(&threads[1], NULL, dies, NULL);
	pthread_join(threads[1], NULL);
	use_slabs();
	never = of_dead + 60000;
	large = fresh(200000) + 70000;
	huge = fresh(5000000);
	on_stack = &local;
	__asm__ volatile("" : "+r"(on_stack));
	for (int i = 0; i < MANY; i++)
		free(theirs[i]);
	in_inbox = theirs[0];
	in_outbox = theirs[MANY - 1];
	ready();
	pthread_barrier_wait(&barrier);
	pthread_join(threads[0], NULL);
	return 0;
}
