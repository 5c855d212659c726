/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include "bench/common.h"
#include "machine.h"
#include "memory.h"
#include "output.h"
#include "report.h"

/* What is compared when nothing is named: one of each kind of load. */
static const char *const usual_rows[] = {
	"random-mixed:maxsize=256",
	"random-mixed:maxsize=1024",
	"fixed-size:size=256",
	"pool-tls:threads=1",
	"mid-large-mt:threads=2",
	"larson:threads=2",
	"producer-consumer:producers=1,consumers=1",
	"producer-consumer:producers=4,consumers=1",
	"producer-consumer:producers=1,consumers=4",
	"thread-churn",
	"realloc-grow",
	"calloc-large",
	"burst",
	"startup",
	/* --full has these too. */
	"pair:size=64",
	"random-mixed:maxsize=256,slots=65536",
	"random-mixed:maxsize=1024,slots=65536",
	"pool-tls:threads=2",
	"mid-large-mt:threads=1",
	"large",
	"first-touch",
	"fragmentation",
	"thread-churn:left=8",
	/* More threads than most machines have cores. */
	"pool-tls:threads=8",
	"pool-tls:threads=64",
	"mid-large-mt:threads=8",
	"mid-large-mt:threads=64",
	"larson:threads=8",
	"larson:threads=64",
	"producer-consumer:producers=32,consumers=32",
};

#define USUAL_ROWS 14
#define FULL_ROWS (sizeof usual_rows / sizeof usual_rows[0])

/* By enum effort. */
static const struct {
	unsigned rounds;
	double cell_seconds;
} efforts[] = {{7, 0.2}, {3, 0.05}, {15, 0.5}};

void plan_refuse(const struct options *o, struct accepted accepted)
{
	if (o->with && !accepted.with)
		refuse("%s does not take --with", o->command);
	if ((o->a || o->b) && !accepted.sides)
		refuse("%s does not take --a and --b; ab does", o->command);
	if ((o->rounds || o->effort != USUAL) && !accepted.effort)
		refuse("%s does not take --rounds, --quick or --full", o->command);
	if (o->format == AS_CSV && !accepted.csv)
		refuse("%s does not take --csv; --json it does", o->command);
	output_check(o->output);
}

void plan_effort(const struct options *o, struct grid *g)
{
	g->rounds = o->rounds ? o->rounds : efforts[o->effort].rounds;
	g->cell_seconds = efforts[o->effort].cell_seconds;
}

void plan_settings(const struct options *o, struct row *rows, size_t count)
{
	for (unsigned i = 0; i < o->setting_count; i++) {
		const struct setting *s = &o->settings[i];
		bool known = false;

		for (size_t r = 0; r < count; r++)
			known |= row_set_named(&rows[r], s->name, s->value);
		if (!known)
			refuse("no workload measured here has a parameter --%s",
			       s->name);
	}
}

void plan_rows(const struct options *o, struct grid *g)
{
	bool named = o->word_count > 0;

	g->row_count = named		   ? o->word_count :
		       o->effort == FULL ? FULL_ROWS :
					   USUAL_ROWS;
	g->rows = get_memory(g->row_count, sizeof *g->rows);
	for (size_t i = 0; i < g->row_count; i++)
		g->rows[i] = row_parse(named ? o->words[i] : usual_rows[i]);
	plan_settings(o, g->rows, g->row_count);
}

void plan_variants(const struct options *o, struct grid *g)
{
	if (o->with)
		variants_add_list(&g->variants, o->with);
	else
		variants_add_known(&g->variants);
}

struct variant plan_library(const struct options *o)
{
	struct variants v = {NULL, 0};

	variants_add_list(&v, o->with ? o->with : "hakmem");
	if (v.count != 1)
		refuse("%s measures one library; --with names %zu", o->command,
		       v.count);
	return v.list[0];
}

json_t *plan_measure(struct grid *g, bool optional)
{
	json_t *result;
	const char *reference = g->reference == AGAINST_BEST ?
					"the fastest" :
					g->variants.list[0].label;

	machine_warn();
	result = grid_run(g, optional);
	json_object_set_new(result, "reference", json_string(reference));
	return result;
}

int plan_carry_out(const struct options *o, struct grid *g, const char *kind,
		   bool optional)
{
	json_t *result = plan_measure(g, optional);
	bool failed = grid_failed(result);

	report_write(o, kind, result, report_table);
	json_decref(result);
	variants_free(&g->variants);
	return failed;
}
