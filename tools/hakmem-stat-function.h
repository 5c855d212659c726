/* SPDX-License-Identifier: MIT */
/* hakmem-stat: functions of another process by their names. */
#ifndef HAKMEM_STAT_FUNCTION_H
#define HAKMEM_STAT_FUNCTION_H

#include <stdint.h>

/* A file with code in it, where the process has it. */
struct code {
	uint64_t begin, offset; /* in memory and in the file */
	const char *file, *build_id;
};

/*
 * What is at the address, to be freed: a function, or an offset in the file, for which a
 * sentence on stderr may have the reason.  code NULL: of no file.
 */
char *function_name(uint64_t address, const struct code *code);

#endif /* HAKMEM_STAT_FUNCTION_H */
