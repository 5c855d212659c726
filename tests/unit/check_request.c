/* SPDX-License-Identifier: MIT */
/* Requests from outside (api/request.h): who serves them, and when nobody may. */
#include "unit.h"

#include "api/request.h"
#include "base/lock.h"
#include "heap/heap.h"
#include "options/options.h"

/* Puts a request there as another process does; the library takes it at a slow call. */
static void ask(enum request_kind kind, uint32_t number)
{
	request_slot.kind = kind;
	request_slot.number = number;
}

static void slow_call(void)
{
	hak_free(hak_malloc(2 * MIB));
}

START_TEST(a_request_from_outside_purges)
{
	option_values[OPTION_PURGE_FLOOR] = 1 << 20; /* KiB: all stays */
	slow_call();
	ck_assert_uint_ge(stats_now().retained, 2 * MIB);
	ask(REQUEST_PURGE, 7);
	slow_call();
	ck_assert_uint_eq(request_slot.number, 0);
	ck_assert_uint_eq(request_slot.served, 7);
	ck_assert_uint_eq(request_slot.status, REQUEST_DONE);
	ck_assert_uint_ge(request_slot.answer, 2 * MIB);
	ask((enum request_kind)99, 8);
	slow_call();
	ck_assert_uint_eq(request_slot.served, 8);
	ck_assert_uint_eq(request_slot.status, REQUEST_UNKNOWN);
	ck_assert_uint_eq(request_slot.answer, 0);
}
END_TEST

/* As in a handler that interrupted a slow path. */
START_TEST(a_request_waits_for_a_call_that_may_take_locks)
{
	struct heap_front *own;

	slow_call();
	ask(REQUEST_PURGE, 1);
	critical_enter();
	slow_call();
	critical_leave();
	ck_assert_uint_eq(request_slot.number, 1);
	own = heap_hide();
	slow_call();
	heap_show(own);
	ck_assert_uint_eq(request_slot.number, 1);
	slow_call();
	ck_assert_uint_eq(request_slot.served, 1);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_request_from_outside_purges);
	tcase_add_test(t, a_request_waits_for_a_call_that_may_take_locks);
}

int main(void)
{
	return unit_run("request", fill);
}
