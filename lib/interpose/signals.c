/* SPDX-License-Identifier: MIT */
/*
 * interpose: sigaction, signal and their kin, so that a signal handler may
 * allocate whatever it interrupted (heap/handler.h).
 *
 * The kernel gets, in place of a handler, one of the frames below, which calls
 * it.  A frame belongs to one handler for good, so nothing but the kernel knows
 * which handler a signal has: no table to keep in step, nothing that a child of
 * vfork() could spoil, no lock.  When all frames are taken, a handler is
 * installed as it is.  What the program gets to see are its own handlers.
 *
 * HAKMEM_SIGNALS=0 leaves handlers alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "base/die.h"
#include "heap/handler.h"
#include "libc/libc_malloc.h"
#include "options/options.h"

/* Names that today's headers do not show to every program. */
HAK_EXPORT int __sigaction(int number, const struct sigaction *new,
			   struct sigaction *old);
HAK_EXPORT sighandler_t bsd_signal(int number, sighandler_t handler);
HAK_EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler);

typedef int sigaction_fn(int number, const struct sigaction *new,
			 struct sigaction *old);
typedef sighandler_t signal_fn(int number, sighandler_t handler);
typedef void frame_fn(int number, siginfo_t *info, void *context);

/* ---- frames ----------------------------------------------------------- */

/*
 * Half of the frames are for handlers with SA_SIGINFO.  The others pass on what
 * they find in place of info and context, as the kernel would.
 */
#define FRAMES 128u
#define FIRST_INFO (FRAMES / 2)

/* The handler of each frame: NULL, then constant.  CAS, release and acquire. */
static void *handlers[FRAMES];

/* x86-64 passes the context to every handler, other systems on request. */
static bool has_context(unsigned frame)
{
#ifdef __x86_64__
	(void)frame;
	return true;
#else
	return frame >= FIRST_INFO;
#endif
}

static struct alternate_stack stack_of(const ucontext_t *context)
{
	uintptr_t low = (uintptr_t)context->uc_stack.ss_sp;

	return (struct alternate_stack){
		.low = low, .high = low + context->uc_stack.ss_size};
}

static HAK_NOINLINE void call(int number, siginfo_t *info, void *context,
			      unsigned frame)
{
	frame_fn *handler = (frame_fn *)load_acquire(&handlers[frame]);
	struct alternate_stack none = {.low = 0};
	struct handler_frame here;

	handler_enter(&here, has_context(frame) ? stack_of(context) : none);
	handler(number, info, context);
	handler_leave(&here);
}

/* FRAME(0x7f): a function that calls the handler of frame 127. */
#define FRAME(n)                                                           \
	static void frame_##n(int number, siginfo_t *info, void *context)  \
	{                                                                  \
		call(number, info, context, n);                            \
	}
#define NAME(n) frame_##n,
#define SIXTEEN(M, h)                                                      \
	M(h##0) M(h##1) M(h##2) M(h##3) M(h##4) M(h##5) M(h##6) M(h##7)    \
	M(h##8) M(h##9) M(h##a) M(h##b) M(h##c) M(h##d) M(h##e) M(h##f)
#define ALL(M)                                                             \
	SIXTEEN(M, 0x0) SIXTEEN(M, 0x1) SIXTEEN(M, 0x2) SIXTEEN(M, 0x3)    \
	SIXTEEN(M, 0x4) SIXTEEN(M, 0x5) SIXTEEN(M, 0x6) SIXTEEN(M, 0x7)

ALL(FRAME)
static frame_fn *const frames[FRAMES] = {ALL(NAME)};

/* ---- handlers and their frames ---------------------------------------- */

/* Not SIG_DFL, SIG_IGN, SIG_HOLD or SIG_ERR. */
static bool is_function(const void *handler)
{
	return (uintptr_t)handler > (uintptr_t)SIG_HOLD &&
	       handler != (void *)SIG_ERR;
}

/* Is the frame this handler's, or can it be? */
static bool claim(unsigned frame, void *handler)
{
	void *owner = load_acquire(&handlers[frame]);

	if (!owner && cas_release(&handlers[frame], &owner, handler))
		return true;
	return owner == handler;
}

/* What to tell the kernel for `handler`. */
static void *framed(void *handler, bool with_info)
{
	unsigned first = with_info ? FIRST_INFO : 0;

	options_load(); /* a program may come here before its first malloc() */
	if (!is_function(handler) || !options_get(OPTION_SIGNALS) || libc_serves())
		return handler;
	for (unsigned i = first; i < first + FRAMES / 2; i++)
		if (claim(i, handler))
			return (void *)frames[i];
	return handler;
}

/* What to tell the program that the kernel has. */
static void *unframed(void *handler)
{
	for (unsigned i = 0; i < FRAMES; i++)
		if (handler == (void *)frames[i])
			return load_acquire(&handlers[i]);
	return handler;
}

/* ---- the functions ---------------------------------------------------- */

#define FUNCTIONS(M)                                                       \
	M(signal) M(bsd_signal) M(ssignal) M(sysv_signal) M(__sysv_signal) \
	M(sigset)

#define MEMBER(name) void *name;
/* The next definitions; any thread, relaxed. */
static struct {
	void *sigaction;
	FUNCTIONS(MEMBER)
} real;

/*
 * All at once, before the first handler exists: later a handler may be the
 * caller, and the dynamic linker is not for handlers.
 */
static void find_real(void)
{
#define FIND(name) store_relaxed(&real.name, dlsym(RTLD_NEXT, #name));
	FUNCTIONS(FIND)
	FIND(sigaction)
}

/* `place` is one of real's. */
static void *next_of(void **place)
{
	if (!load_relaxed(&real.sigaction))
		find_real();
	if (!load_relaxed(place))
		die("no libc behind this library has sigaction and signal");
	return load_relaxed(place);
}

static int set_action(int number, const struct sigaction *new,
		      struct sigaction *old)
{
	sigaction_fn *next = (sigaction_fn *)next_of(&real.sigaction);
	struct sigaction changed;
	int result;

	if (new) {
		changed = *new;
		changed.sa_handler = (sighandler_t)framed(
			(void *)new->sa_handler, new->sa_flags & SA_SIGINFO);
		new = &changed;
	}
	result = next(number, new, old);
	if (result == 0 && old)
		old->sa_handler = (sighandler_t)unframed((void *)old->sa_handler);
	return result;
}

HAK_EXPORT int sigaction(int number, const struct sigaction *new,
			 struct sigaction *old)
{
	return set_action(number, new, old);
}

HAK_EXPORT int __sigaction(int number, const struct sigaction *new,
			   struct sigaction *old)
{
	return set_action(number, new, old);
}

static sighandler_t set_handler(void **place, int number, sighandler_t handler)
{
	signal_fn *next = (signal_fn *)next_of(place);

	handler = (sighandler_t)framed((void *)handler, false);
	return (sighandler_t)unframed((void *)next(number, handler));
}

#define DEFINE(name)                                                       \
	HAK_EXPORT sighandler_t name(int number, sighandler_t handler)     \
	{                                                                  \
		return set_handler(&real.name, number, handler);           \
	}
FUNCTIONS(DEFINE)
