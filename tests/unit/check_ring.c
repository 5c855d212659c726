/* SPDX-License-Identifier: MIT */
/* The debug ring keeps the last events, whole, from any number of threads. */
#include "unit.h"

#include <pthread.h>

#include "debug_ring/debug_ring.h"
#include "options/options.h"
#include "size_class/size_class.h"

#define RING_SIZE 100
#define THREADS 4
#define EVENTS 20000

struct lines {
	size_t count;
	char last[512];
	size_t wrong; /* lines whose two numbers do not belong together */
};

/* Address n comes with 3 * n bytes. */
static void take(void *arg, const char *text)
{
	struct lines *lines = arg;
	const char *map = strstr(text, ": map 0x");
	unsigned long long address = 0, bytes = 1;

	lines->count++;
	snprintf(lines->last, sizeof(lines->last), "%s", text);
	if (map && sscanf(map, ": map 0x%llx: %llu bytes\n", &address, &bytes) == 2)
		lines->wrong += bytes != 3 * address;
	else
		lines->wrong++;
}

static void *record(void *unused)
{
	for (uintptr_t i = 0; i < EVENTS; i++)
		debug_ring_add(RING_MAP, i, 3 * i);
	return unused;
}

static void start(void)
{
	option_values[OPTION_DEBUG_RING] = RING_SIZE;
	debug_ring_start();
}

START_TEST(off_it_remembers_nothing)
{
	struct lines lines = {0};

	debug_ring_start();
	hak_free(hak_malloc(100));
	record(NULL);
	ck_assert_uint_eq(hak_debug_ring_print(take, &lines), 0);
	ck_assert_uint_eq(lines.count, 0);
}
END_TEST

START_TEST(it_keeps_the_last_events)
{
	struct lines lines = {0};

	start();
	for (uintptr_t i = 0; i < RING_SIZE / 2; i++)
		debug_ring_add(RING_MAP, i, 3 * i);
	ck_assert_uint_eq(hak_debug_ring_print(take, &lines), RING_SIZE / 2);
	record(NULL);
	lines.count = 0;
	ck_assert_uint_eq(hak_debug_ring_print(take, &lines), RING_SIZE);
	ck_assert_uint_eq(lines.count, RING_SIZE);
	ck_assert_uint_eq(lines.wrong, 0);
	require(strstr(lines.last, "event 20049, ") && strstr(lines.last, ": map 0x4e1f: 59997 bytes\n"),
		"the last line is: %s", lines.last);
}
END_TEST

START_TEST(threads_share_it)
{
	pthread_t threads[THREADS];
	struct lines lines = {0};

	start();
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, record, NULL);
	for (int i = 0; i < 50; i++)
		require(hak_debug_ring_print(take, &lines) <= RING_SIZE, "too many lines");
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	lines.count = lines.wrong = 0;
	/* One that was interrupted for a whole round writes over a later event. */
	ck_assert_uint_gt(hak_debug_ring_print(take, &lines), RING_SIZE - THREADS);
	ck_assert_uint_eq(lines.wrong, 0);
}
END_TEST

static void gather(void *arg, const char *text)
{
	char *all = arg;

	strncat(all, text, 65536 - strlen(all) - 1);
}

static void *use_and_end(void *block)
{
	hak_free(block);
	return hak_malloc(100);
}

/* Each kind of event that ordinary use brings. */
START_TEST(the_slow_paths_leave_events)
{
	unsigned bin = size_class_octave(size_class_bin(48));
	const struct size_class *class = &size_class_table[bin];
	char refill[64];
	const char *const expected[] = {
		": birth of a thread, heap ", ": death of a thread, heap ", ": map 0x",
		refill, ": unmap 0x", ": purge 0x",
	};
	static char all[65536];
	pthread_t thread;
	void *block;

	option_values[OPTION_DEBUG_RING] = 1000;
	option_values[OPTION_PURGE_FLOOR] = 0;
	option_values[OPTION_PURGE_SHARE] = 0;
	snprintf(refill, sizeof(refill), ": refill C%u block %u: ",
		 (unsigned)class->id, (unsigned)class->block);
	block = hak_malloc(48);
	hak_free(hak_malloc(5 * MIB));
	block = hak_realloc(block, 300000);
	pthread_create(&thread, NULL, use_and_end, block);
	pthread_join(thread, NULL);
	hak_purge();
	hak_debug_ring_print(gather, all);
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		require(strstr(all, expected[i]), "no \"%s\" in: %s", expected[i], all);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, off_it_remembers_nothing);
	tcase_add_test(t, it_keeps_the_last_events);
	tcase_add_test(t, threads_share_it);
	tcase_add_test(t, the_slow_paths_leave_events);
}

int main(void)
{
	return unit_run("ring", fill);
}
