/* SPDX-License-Identifier: MIT */
/*
 * check: does this malloc keep its promises?  A fast wrong answer is no answer,
 * so every run ends with this; after the run, so that no cache is warm before.
 */
#ifndef BENCH_CHECK_H
#define BENCH_CHECK_H

/*
 * Blocks of many sizes at once: aligned, apart from each other, zeroed by
 * calloc, kept by realloc.  Ends the program with a sentence if not.
 */
void check_malloc(void);

#endif /* BENCH_CHECK_H */
