/* SPDX-License-Identifier: MIT */
/*
 * hakmem-bench: measure any malloc on this machine, fairly.
 *
 * This process only directs.  What is measured runs in processes of its own,
 * which are this program again, started as `hakmem-bench --run WORKLOAD
 * NUMBER...`: they do what the small programs of bench/ do, with the same code.
 * With --measure, single calls are timed after that.
 */
#include "bench/common.h"
#include "commands.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	int (*run)(const struct options *o);
} commands[] = {
	{"compare", command_compare},
	{"memory", command_memory},
	{"ab", command_ab},
	{"sweep", command_sweep},
	{"sweep-threads", command_sweep_threads},
	{"syscalls", command_syscalls},
	{"plot", command_plot},
	{"record", command_record},
};

static int measure(char **arguments, bool timed)
{
	const struct workload *w = workload_find(*arguments);

	if (!w)
		refuse("there is no workload \"%s\"", *arguments);
	workload_main(w, arguments + 1, timed);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o;

	if (argc > 2 && (strcmp(argv[1], "--measure") == 0 ||
			 strcmp(argv[1], "--run") == 0))
		return measure(argv + 2, strcmp(argv[1], "--measure") == 0);
	options_read(argc, argv, &o);
	if (o.limit)
		run_set_limit(o.limit);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(commands[i].name, o.command) == 0)
			return commands[i].run(&o);
	if (!workload_find(o.command))
		refuse("there is no command or workload \"%s\"; hakmem-bench "
		       "--help lists them", o.command);
	return command_run(&o);
}
