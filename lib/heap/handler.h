/* SPDX-License-Identifier: MIT */
/*
 * handler mode: a thread while one of its signal handlers runs.
 *
 * The handler may have interrupted a fast path, which leaves a FastCache half
 * changed, or a slow one, which holds locks.  So the interposed sigaction() puts
 * a frame around each handler, and in there heap_self is heap_signal: always
 * empty, so that every call takes a slow path, which asks here what it may do.
 * The fast paths pay nothing.
 *
 * A handler may also leave by siglongjmp() or by a C++ exception, past our
 * frame.  Then the mode ends at the next slow path that finds the frame gone:
 * left below on the stack, or overwritten.  To stay in it for too long is slow
 * but right.
 */
#ifndef HAK_HANDLER_H
#define HAK_HANDLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "heap/heap.h"

/* The stack of the frame, if it is that of sigaltstack(); else both are 0. */
struct alternate_stack {
	uintptr_t low;
	uintptr_t high;
};

/*
 * Where handlers of this thread run: below `frame` on an ordinary stack, or
 * anywhere on the alternate one.
 */
struct handler_mode {
	struct handler_frame *frame;
	struct alternate_stack alternate;
};

/* Stands on the stack of the handler. */
struct handler_frame {
	struct handler_mode before; /* what handler_leave() goes back to */
	bool nested;		    /* the thread was in handler mode */
	uint32_t seal;		    /* see seal_of() */
};

/* Around a handler; `frame` is a variable of the caller. */
HAK_HIDDEN void handler_enter(struct handler_frame *frame,
			      struct alternate_stack alternate);
HAK_HIDDEN void handler_leave(const struct handler_frame *frame);

/*
 * Ends the mode if the handler has left past its frame.  True: the thread is in
 * a handler that interrupted a holder of our locks, or in a function of another
 * library that we called with locks in hand and took for libc's (a wrapper of
 * mmap), or was left with them for ever; it must take none.
 */
HAK_HIDDEN bool handler_is_locked_out(void);

/* Makes `front` the thread's own: what heap_self is outside of handlers. */
HAK_HIDDEN void heap_bind(struct heap_front *front);

#endif /* HAK_HANDLER_H */
