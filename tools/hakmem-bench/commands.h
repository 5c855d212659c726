/* SPDX-License-Identifier: MIT */
/*
 * commands: what stands behind each command of the command line.  Each returns
 * the exit status: 0, or 1 when something failed; usage errors end in refuse().
 */
#ifndef HAKMEM_BENCH_COMMANDS_H
#define HAKMEM_BENCH_COMMANDS_H

#include "options.h"

int command_run(const struct options *o);
int command_compare(const struct options *o);
int command_memory(const struct options *o);
int command_ab(const struct options *o);
int command_sweep_threads(const struct options *o);
int command_sweep(const struct options *o);
int command_syscalls(const struct options *o);
int command_plot(const struct options *o);
int command_record(const struct options *o);

#endif /* HAKMEM_BENCH_COMMANDS_H */
