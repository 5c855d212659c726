/* SPDX-License-Identifier: MIT */
/*
 * hakmem-stat: metrics, from the tables of figures and counters.
 *
 * The text is what Prometheus and the textfile collector of node_exporter read.  They
 * take the type of a counter from a line that names it with its suffix _total.
 */
#include <stddef.h>
#include <string.h>

#include "hakmem-stat-output.h"

enum kind { IS_GAUGE, IS_COUNTER };

/* A figure without a line here does not compile. */
#define KIND_mapped IS_GAUGE
#define KIND_active IS_GAUGE
#define KIND_allocated IS_GAUGE
#define KIND_retained IS_GAUGE
#define KIND_metadata IS_GAUGE
#define KIND_purged IS_COUNTER
#define KIND_large IS_GAUGE
#define KIND_huge IS_GAUGE
#define KIND_huge_blocks IS_GAUGE
#define KIND_huge_spare IS_GAUGE
#define KIND_disabled IS_GAUGE
#define KIND_heaps IS_COUNTER
#define KIND_heaps_live IS_GAUGE
#define KIND_profile_samples IS_COUNTER
#define KIND_profile_live IS_GAUGE
#define KIND_profile_sites IS_GAUGE
#define KIND_profile_lost IS_COUNTER
#define KIND_profile_bytes IS_GAUGE
#define KIND_profile_mean IS_GAUGE
#define KIND_arena_chunks IS_COUNTER
#define KIND_registry_leaves IS_GAUGE
#define KIND_system_calls IS_COUNTER
#define KIND_mmap IS_COUNTER
#define KIND_munmap IS_COUNTER
#define KIND_mremap IS_COUNTER
#define KIND_madvise IS_COUNTER
#define KIND_mprotect IS_COUNTER

struct metric {
	const char *name, *unit, *help;
	enum kind kind;
	size_t offset; /* of its uint64_t in struct process */
};

#define IN_REPORT(field) (offsetof(struct process, report) + offsetof(struct report, field))

static const struct metric metrics[] = {
	{"resident", "bytes", "resident memory of the process, all of it", IS_GAUGE,
	 offsetof(struct process, resident)},
#define FIGURE(name_, unit_, of_, text_, ...) \
	{#name_, unit_, text_, KIND_##name_, IN_REPORT(name_)},
#include "api/figures.def"
#undef FIGURE
#define COUNTER(name_, unit_, text_) \
	{#name_, unit_, text_, IS_COUNTER, IN_REPORT(counters.value[COUNTER_##name_])},
#include "stats/counters.def"
#undef COUNTER
};

/* Prometheus has the kind of a metric in its type, not in its name. */
#define NOT_IN_A_NAME "counter_"

/*
 * hakmem_NAME_UNIT_total.  Only bytes and calls are units: what else is counted is the
 * name itself.
 */
static void print_full_name(FILE *out, const struct metric *m)
{
	bool unit = (strcmp(m->unit, "bytes") == 0 || strcmp(m->unit, "calls") == 0) &&
		    !strstr(m->name, m->unit);
	size_t skip = strncmp(m->name, NOT_IN_A_NAME, strlen(NOT_IN_A_NAME)) == 0 ?
			      strlen(NOT_IN_A_NAME) :
			      0;

	fprintf(out, "hakmem_%s%s%s%s", m->name + skip, unit ? "_" : "",
		unit ? m->unit : "", m->kind == IS_COUNTER ? "_total" : "");
}

static void print_header(FILE *out, const struct metric *m)
{
	fputs("# HELP ", out);
	print_full_name(out, m);
	fprintf(out, " %s\n# TYPE ", m->help);
	print_full_name(out, m);
	fprintf(out, " %s\n", m->kind == IS_COUNTER ? "counter" : "gauge");
}

static void print_sample(FILE *out, const struct metric *m, const struct process *p)
{
	uint64_t value;

	memcpy(&value, (const char *)p + m->offset, sizeof(value));
	print_full_name(out, m);
	fprintf(out, "{pid=\"%d\",program=", (int)p->pid);
	output_quoted(out, p->name);
	fprintf(out, "} %llu\n", (unsigned long long)value);
}

void output_metrics(FILE *out, const struct table *t)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		print_header(out, &metrics[i]);
		for (size_t p = 0; p < t->count; p++)
			print_sample(out, &metrics[i], &t->process[p]);
	}
	fputs("# EOF\n", out);
}
