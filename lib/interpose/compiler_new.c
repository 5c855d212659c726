/* SPDX-License-Identifier: MIT */
/*
 * interpose: operator new under the names of compiler_names.h, with a last argument of
 * type __hot_cold_t (LLVM's MemProf: how often the memory will be used; the library does
 * not look at it), and with the usable size in the result (__size_returning_new).
 */
#include <stddef.h>

#include "api/fast_path.h"
#include "interpose/compiler_names.h"
#include "interpose/cxx_memory.h"

/* FORM(C name, public name, parameters, what it returns) */
#define FORM(name, symbol, parameters, result)           \
	extern void *name parameters __asm__(symbol);    \
	static void *call_##name parameters              \
	{                                                \
		return result;                           \
	}                                                \
	TOKEN_NAMES(call_##name, usual, symbol)          \
	ALL_NAMES(call_##name, hot_cold, symbol "12__hot_cold_t")

/*
 * The nothrow forms are the runtime's in a static program, which may not have linked
 * them: then nothing is thrown and no new_handler called.
 */
#define NOTHROW_FORM(name, symbol, parameters, arguments, taken)             \
	extern __attribute__((weak)) void *name parameters __asm__(symbol);  \
	FORM(name, symbol, parameters, name ? name arguments : taken)

#define SIZE size_t size
#define ALIGNED size_t size, size_t alignment
#define TAG const void *tag

FORM(new, "_Znwm", (SIZE), new(size))
FORM(new_array, "_Znam", (SIZE), new_array(size))
FORM(new_aligned, "_ZnwmSt11align_val_t", (ALIGNED), new_aligned(size, alignment))
FORM(new_array_aligned, "_ZnamSt11align_val_t", (ALIGNED),
     new_array_aligned(size, alignment))
NOTHROW_FORM(new_nothrow, "_ZnwmRKSt9nothrow_t", (SIZE, TAG), (size, tag),
	     cxx_take(size))
NOTHROW_FORM(new_array_nothrow, "_ZnamRKSt9nothrow_t", (SIZE, TAG), (size, tag),
	     cxx_take(size))
NOTHROW_FORM(new_aligned_nothrow, "_ZnwmSt11align_val_tRKSt9nothrow_t", (ALIGNED, TAG),
	     (size, alignment, tag), cxx_take_aligned(size, alignment))
NOTHROW_FORM(new_array_aligned_nothrow, "_ZnamSt11align_val_tRKSt9nothrow_t",
	     (ALIGNED, TAG), (size, alignment, tag), cxx_take_aligned(size, alignment))

/* Those of cxx_operators.c.  Weak: in a static program they may not be linked. */
extern HAK_HIDDEN __typeof__(new) interpose_new __attribute__((weak));
extern HAK_HIDDEN __typeof__(new_aligned) interpose_new_aligned __attribute__((weak));

/* A block, and how many bytes of it may be used and given to a sized delete. */
struct sized_block {
	void *block;
	size_t size;
};

/* Only of our own operators is the usable size known. */
#define SIZED(name, foreign, parameters, arguments)                               \
	static struct sized_block sized_##name parameters                         \
	{                                                                         \
		void *block = name arguments;                                     \
		bool is_own = name == interpose_##name && !cxx_##foreign##_is_foreign; \
									          \
		return (struct sized_block){                                      \
			block, is_own ? fast_usable_size(block) : size};          \
	}

SIZED(new, malloc, (SIZE), (size))
SIZED(new_aligned, aligned_alloc, (ALIGNED), (size, alignment))
ALL_NAMES(sized_new, usual, "__size_returning_new")
ALL_NAMES(sized_new, hot_cold, "__size_returning_new_hot_cold")
ALL_NAMES(sized_new_aligned, usual, "__size_returning_new_aligned")
ALL_NAMES(sized_new_aligned, hot_cold, "__size_returning_new_aligned_hot_cold")
