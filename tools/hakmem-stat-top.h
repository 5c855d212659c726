/* SPDX-License-Identifier: MIT */
/* hakmem-stat: --top, what grows in a process, again and again. */
#ifndef HAKMEM_STAT_TOP_H
#define HAKMEM_STAT_TOP_H

#include "hakmem-stat-arguments.h"

/* The exit status. */
int top_show(const struct arguments *a);

#endif /* HAKMEM_STAT_TOP_H */
