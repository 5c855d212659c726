/* SPDX-License-Identifier: MIT */
/* heap: handler mode. */
#include "heap/handler.h"

#include "base/atomics.h"
#include "base/futex.h"
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

static bool is_on(const struct alternate_stack *stack, const void *address)
{
	return (uintptr_t)address >= stack->low && (uintptr_t)address < stack->high;
}

/* A number that nobody else writes there. */
static uint32_t seal_of(const struct handler_frame *frame)
{
	return (uint32_t)(uintptr_t)frame * 2654435769u ^ 0x5ea15ea1u;
}

/*
 * A nested handler widens the mode, and its return narrows it again: whether the
 * outer one still stands cannot be told from another stack.
 */
void handler_enter(struct handler_frame *frame, struct alternate_stack alternate)
{
	struct handler_mode mode = {.frame = NULL};

	frame->before = self.mode;
	frame->nested = heap_self == signal_front();
	store_relaxed(&frame->seal, seal_of(frame));
	if (frame->nested)
		mode = self.mode;
	if (is_on(&alternate, frame))
		mode.alternate = alternate;
	else if ((uintptr_t)frame > (uintptr_t)mode.frame)
		mode.frame = frame;
	self.mode = mode;
	heap_self = signal_front();
}

void handler_leave(const struct handler_frame *frame)
{
	if (!frame->nested)
		heap_self = self.own;
	self.mode = frame->before;
}

/*
 * `here` is on the stack.  Whether it is the same stack is not known: the one
 * of the frame may not even be mapped any more.
 */
static bool is_left(const void *here)
{
	struct handler_frame *frame = self.mode.frame;

	if (is_on(&self.mode.alternate, here))
		return false;
	return (uintptr_t)here > (uintptr_t)frame ||
	       !futex_holds(&frame->seal, seal_of(frame));
}

bool handler_is_locked_out(void)
{
	if (likely(heap_self != signal_front()))
		return lock_is_reentered();
	if (lock_in_hand())
		return true;
	if (is_left(__builtin_frame_address(0)))
		heap_self = self.own;
	return false;
}
