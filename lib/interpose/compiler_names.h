/* SPDX-License-Identifier: MIT */
/*
 * interpose: the names under which compilers call the allocation functions.
 *
 * clang -fsanitize=alloc-token (LLVM 22) calls "__alloc_token_" and the usual name, with
 * one more argument at the end; under -fsanitize-alloc-token-fast-abi that number is
 * in the name instead.  There is no end to these numbers.  The library has those of
 * -falloc-token-max=2: 0 is memory without pointers, 1 memory with pointers.
 *
 * Each name is a second name of a function that calls the usual public name, so a
 * program that replaces one function gets its own under all names.  That function does
 * not know of the arguments that come after its own, and no ABI of Linux with 64-bit
 * pointers minds.  Weak: a program may bring some of them itself.
 */
#ifndef HAK_COMPILER_NAMES_H
#define HAK_COMPILER_NAMES_H

#include "base/attributes.h"

/* The symbol becomes a name of the function.  C needs a name too, which nobody uses. */
#define COMPILER_NAME(function, c_name, symbol)                   \
	extern HAK_EXPORT __attribute__((weak, alias(#function))) \
	__typeof__(function) function##_##c_name __asm__(symbol);

#define TOKEN_NAMES(function, kind, symbol)                              \
	COMPILER_NAME(function, kind##_token, "__alloc_token_" symbol)   \
	COMPILER_NAME(function, kind##_token_0, "__alloc_token_0_" symbol) \
	COMPILER_NAME(function, kind##_token_1, "__alloc_token_1_" symbol)

/* For a symbol that no other file defines. */
#define ALL_NAMES(function, kind, symbol)     \
	COMPILER_NAME(function, kind, symbol) \
	TOKEN_NAMES(function, kind, symbol)

#endif /* HAK_COMPILER_NAMES_H */
