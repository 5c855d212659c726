/* SPDX-License-Identifier: MIT */
/* leaks: shows what processes have written with HAKMEM_LEAKS. */
#ifndef HAKMEM_HEAP_LEAKS_H
#define HAKMEM_HEAP_LEAKS_H

#include <stdio.h>

#include "arguments.h"

/* hakmem-run knows this one. */
#define STATUS_LEAKS 3

int command_leaks(const struct arguments *a, FILE *out);

#endif /* HAKMEM_HEAP_LEAKS_H */
