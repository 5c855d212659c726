/* SPDX-License-Identifier: MIT */
/* heap: handler mode. */
#include "heap/handler.h"

#include "base/bits.h"
#include "base/lock.h"

/* This thread's alone, its handlers included. */
static __thread struct {
	struct heap_front *own;
	struct handler_mode mode;
} self __attribute__((tls_model("initial-exec"))) = {
	.own = (struct heap_front *)(uintptr_t)&heap_none,
};

static struct heap_front *signal_front(void)
{
	return (struct heap_front *)(uintptr_t)&heap_signal;
}

void heap_bind(struct heap_front *front)
{
	self.own = front;
	heap_self = front;
}

struct heap_front *heap_own(void)
{
	return self.own;
}

static bool is_on(const struct alternate_stack *stack, uintptr_t address)
{
	return address >= stack->low && address < stack->high;
}

/*
 * A nested handler widens the mode, and its return narrows it again: whether the
 * outer one still stands cannot be told from another stack.
 */
struct handler_before handler_enter(uintptr_t frame,
				    struct alternate_stack alternate)
{
	struct handler_before before = {
		.mode = self.mode,
		.nested = heap_self == signal_front(),
	};
	struct handler_mode mode = {.frame = 0};

	if (before.nested)
		mode = before.mode;
	if (is_on(&alternate, frame))
		mode.alternate = alternate;
	else
		mode.frame = max_size(mode.frame, frame);
	self.mode = mode;
	heap_self = signal_front();
	return before;
}

void handler_leave(const struct handler_before *before)
{
	if (!before->nested)
		heap_self = self.own;
	self.mode = before->mode;
}

static bool is_left(uintptr_t here)
{
	return here > self.mode.frame && !is_on(&self.mode.alternate, here);
}

bool handler_is_locked_out(void)
{
	if (likely(heap_self != signal_front()))
		return false;
	if (lock_in_hand())
		return true;
	if (is_left((uintptr_t)__builtin_frame_address(0)))
		heap_self = self.own;
	return false;
}
