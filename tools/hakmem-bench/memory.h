/* SPDX-License-Identifier: MIT */
/*
 * memory: the tool's own, which ends the program with a sentence when there is
 * none; so nobody who asks has to look.
 */
#ifndef HAKMEM_BENCH_MEMORY_H
#define HAKMEM_BENCH_MEMORY_H

#include <stddef.h>

/* Zeroed; count may be 0. */
void *get_memory(size_t count, size_t size);

/* A copy, to be freed. */
char *copy_text(const char *text);

/* As asprintf, to be freed. */
__attribute__((format(printf, 1, 2))) char *print_text(const char *format, ...);

#endif /* HAKMEM_BENCH_MEMORY_H */
