/* SPDX-License-Identifier: MIT */
/*
 * By the unwinder of exceptions, which needs no frame pointers.  The shared library has a
 * copy of it from libgcc_eh, for itself: while the library is loaded, libc has not started
 * and no other object can be opened.  libgcc finds the tables of an object without a lock
 * where libc has _dl_find_object (glibc 2.35).  It does not find functions that
 * another copy of libgcc was told of at run time; there a stack ends.
 */
#include "profile/stack.h"

#include <stdbool.h>
#include <sys/auxv.h>
#include <unwind.h>

/* What the linker says of the object that this file is in. */
extern const char __ehdr_start[] HAK_HIDDEN, _end[] HAK_HIDDEN;

/* The addresses of the library; none if it is in the program itself. */
static uintptr_t library, library_end; /* written by stack_start() alone */

static bool is_own(uintptr_t address)
{
	return address >= (uintptr_t)__ehdr_start && address < (uintptr_t)_end;
}

bool stack_library(uintptr_t *begin, uintptr_t *end)
{
	*begin = library;
	*end = library_end;
	return library != 0;
}

void stack_start(void)
{
	if (!is_own(getauxval(AT_PHDR))) {
		library = (uintptr_t)__ehdr_start;
		library_end = (uintptr_t)_end;
	}
}

struct walk {
	uintptr_t *pc;
	unsigned limit;
	unsigned count;
};

/* A return address is behind the call, which may be the last instruction. */
static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *arg)
{
	struct walk *w = arg;
	int exact = 0;
	uintptr_t address = _Unwind_GetIPInfo(context, &exact);

	if (address == 0)
		return _URC_END_OF_STACK;
	address -= exact == 0;
	if (w->count == 0 && address >= library && address < library_end)
		return _URC_NO_REASON;
	w->pc[w->count++] = address;
	return w->count < w->limit ? _URC_NO_REASON : _URC_END_OF_STACK;
}

unsigned stack_take(uintptr_t *pc, unsigned limit)
{
	struct walk w = {.pc = pc, .limit = limit};

	_Unwind_Backtrace(take_frame, &w);
	return w.count;
}
