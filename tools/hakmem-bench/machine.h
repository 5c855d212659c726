/* SPDX-License-Identifier: MIT */
/* machine: what a report says about where and when it was measured. */
#ifndef HAKMEM_BENCH_MACHINE_H
#define HAKMEM_BENCH_MACHINE_H

#include <jansson.h>

json_t *machine_facts(void);

/* Says on stderr when other programs keep the processors busy. */
void machine_warn(void);

#endif /* HAKMEM_BENCH_MACHINE_H */
