/* SPDX-License-Identifier: MIT */
/* run, compare, memory, ab: the commands that measure a grid of workloads as it is. */
#include "bench/common.h"
#include "commands.h"
#include "memory.h"
#include "plan.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Without --with: whatever malloc this process got. */
static const struct variant as_it_is = {.label = (char *)"as loaded"};

int command_run(const struct options *o)
{
	struct row r = row_named(o->command);
	struct grid g = {.rows = &r, .row_count = 1, .rounds = 1};
	unsigned params = workload_params(r.workload), i;
	json_t *result;
	bool failed;

	plan_refuse(o, (struct accepted){.with = true, .csv = true});
	for (i = 0; i < params && i < o->word_count &&
		    workload_takes_number(r.workload, o->words[i]); i++)
		row_set(&r, i, o->words[i]);
	r.request.words = o->words + i;
	row_check_words(&r);
	plan_settings(o, &r, 1);
	if (o->with)
		variants_add_list(&g.variants, o->with);
	else
		g.variants = (struct variants){(struct variant *)&as_it_is, 1};
	result = plan_measure(&g, false);
	failed = grid_failed(result);
	report_write(o, "run", result, report_runs);
	json_decref(result);
	return failed;
}

int command_compare(const struct options *o)
{
	struct grid g = {.reference = AGAINST_BEST};

	plan_refuse(o, (struct accepted){.with = true, .effort = true,
					 .csv = true});
	plan_effort(o, &g);
	plan_rows(o, &g);
	plan_variants(o, &g);
	return plan_carry_out(o, &g, "compare", !o->with);
}

/* Memory repeats where time does not: few rounds, and no warm-up. */
#define MEMORY_ROUNDS 3

int command_memory(const struct options *o)
{
	struct grid g = {.reference = AGAINST_FIRST, .uncounted = true};

	plan_refuse(o, (struct accepted){.with = true, .effort = true});
	if (o->word_count == 0)
		refuse("memory needs a workload, such as fragmentation");
	g.rounds = o->rounds ? o->rounds : MEMORY_ROUNDS;
	plan_rows(o, &g);
	plan_variants(o, &g);
	return plan_carry_out(o, &g, "memory", !o->with);
}

int command_ab(const struct options *o)
{
	struct grid g = {.reference = AGAINST_FIRST};
	struct variant base;

	plan_refuse(o, (struct accepted){.with = true, .effort = true,
					 .sides = true, .csv = true});
	if (!o->a || !o->b)
		refuse("ab needs both --a and --b, such as --a 'HAKMEM_PREWARM=no'");
	base = plan_library(o);
	plan_effort(o, &g);
	plan_rows(o, &g);
	variants_add_words(&g.variants, &base, o->a);
	variants_add_words(&g.variants, &base, o->b);
	return plan_carry_out(o, &g, "ab", false);
}
