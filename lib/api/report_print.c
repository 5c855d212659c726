/* SPDX-License-Identifier: MIT */
/* report: the numbers as text for people or as JSON for programs. */
#include <errno.h>

#include "api/report.h"
#include "base/bits.h"
#include "base/message.h"
#include "hakmem.h"

/* Where the text goes, and what its format needs to know. */
struct sink {
	void (*write)(void *arg, const char *text);
	void *arg;
	const char *separator; /* JSON: before the next member */
};

struct figure_row {
	const char *name;
	const char *unit;
	const char *text;
	uint64_t value;
	uint64_t whole; /* 100 %; 0: there is no such share */
};

/* ---- text ---- */

/* Spaces up to a column. */
static void spaces(struct message *m, size_t upto)
{
	while (m->length < upto)
		message_text(m, " ");
}

static void add_number(struct message *m, uint64_t number)
{
	message_add(m, "%lu", number);
}

/* tenths of something: "12.3" */
static void add_tenths(struct message *m, uint64_t tenths)
{
	message_add(m, "%lu.%lu", tenths / 10, tenths % 10);
}

/* 65536 bytes: "64.0 KiB" */
static void add_bytes(struct message *m, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	unsigned unit = 0;

	while (unit < 3 && bytes >> (10 * (unit + 1)) >= 1024)
		unit++;
	add_tenths(m, bytes * 10 >> (10 * (unit + 1)));
	message_add(m, " %s", units[unit]);
}

/* `add` says a number; it ends at column `end`. */
static void right(struct message *m, size_t end, uint64_t number,
		  void (*add)(struct message *, uint64_t))
{
	struct message digits;

	message_start(&digits);
	add(&digits, number);
	spaces(m, end - min_size(digits.length, end));
	message_text(m, digits.text);
}

/* Without overflow, and never more than 100 %: the two are looked at in turn. */
static uint64_t per_mille(uint64_t part, uint64_t whole)
{
	while (part > UINT64_MAX / 1000) {
		part >>= 10;
		whole >>= 10;
	}
	return part < whole ? part * 1000 / whole : 1000;
}

static void text_figure(struct sink *sink, const struct figure_row *f)
{
	struct message m;

	message_start(&m);
	message_add(&m, "  %s", f->name);
	right(&m, 34, f->value,
	      __builtin_strcmp(f->unit, "bytes") == 0 ? add_bytes : add_number);
	if (f->whole != 0) {
		right(&m, 42, per_mille(f->value, f->whole), add_tenths);
		message_text(&m, " %");
	}
	spaces(&m, 46);
	message_text(&m, f->text);
	message_text(&m, "\n");
	sink->write(sink->arg, m.text);
}

static void text_bin(struct sink *sink, const struct report *r, unsigned bin)
{
	uint64_t bytes = r->bin[bin].live * size_class_table[bin].usable;
	struct message m;

	message_start(&m);
	message_add(&m, "  %s", size_class_name(bin));
	right(&m, 14, size_class_table[bin].usable, add_number);
	right(&m, 25, r->bin[bin].live, add_number);
	right(&m, 38, bytes, add_bytes);
	right(&m, 44, r->allocated != 0 ? per_mille(bytes, r->allocated) : 0, add_tenths);
	message_text(&m, "%");
	right(&m, 56, r->bin[bin].spare, add_number);
	right(&m, 65, r->bin[bin].slabs, add_number);
	right(&m, 76, r->bin[bin].refills, add_number);
	right(&m, 87, r->bin[bin].hits, add_number);
	message_text(&m, "\n");
	sink->write(sink->arg, m.text);
}

/* ---- JSON ---- */

static void json_member(struct sink *sink, const char *name, uint64_t value)
{
	struct message m;

	message_start(&m);
	message_add(&m, "%s\"%s\": %lu", sink->separator, name, value);
	sink->write(sink->arg, m.text);
	sink->separator = ", ";
}

static void json_figure(struct sink *sink, const struct figure_row *f)
{
	json_member(sink, f->name, f->value);
}

static void json_bin(struct sink *sink, const struct report *r, unsigned bin)
{
	struct message m;

	message_start(&m);
	message_add(&m, "%s{\"class\": \"%s\"", sink->separator, size_class_name(bin));
	sink->write(sink->arg, m.text);
	sink->separator = ", ";
	json_member(sink, "block", size_class_table[bin].usable);
	json_member(sink, "live", r->bin[bin].live);
	json_member(sink, "spare", r->bin[bin].spare);
	json_member(sink, "slabs", r->bin[bin].slabs);
	json_member(sink, "refills", r->bin[bin].refills);
	json_member(sink, "hits", r->bin[bin].hits);
	sink->write(sink->arg, "}");
}

/* ---- both ---- */

struct style {
	const char *head, *bins_head, *tail;
	void (*figure)(struct sink *, const struct figure_row *);
	void (*bin)(struct sink *, const struct report *, unsigned);
};

static const struct style styles[] = {
	[HAK_STATS_TEXT] = {"hakmem " HAKMEM_VERSION_STRING " statistics\n",
			    "  class  block       live   live bytes  share"
			    "      spare    slabs    refills       hits\n",
			    "", text_figure, text_bin},
	[HAK_STATS_JSON] = {"{\"version\": \"" HAKMEM_VERSION_STRING "\"",
			    ", \"bins\": [", "]}\n", json_figure, json_bin},
};

static void print_figures(struct sink *sink, const struct style *style,
			  const struct report *r)
{
	const struct figure_row rows[] = {
#define FIGURE(name, unit, of, text, sum) {#name, unit, text, r->name, of},
#include "api/figures.def"
#undef FIGURE
#define COUNTER(name, unit, text) {#name, unit, text, r->counters.value[COUNTER_##name], 0},
#include "stats/counters.def"
#undef COUNTER
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		style->figure(sink, &rows[i]);
}

int report_print(const struct report *r,
		 void (*write)(void *arg, const char *text), void *arg,
		 unsigned format)
{
	struct sink sink = {write, arg, ", "};
	const struct style *style = &styles[format & 1];

	if (format > HAK_STATS_JSON)
		return EINVAL;
	sink.write(arg, style->head);
	print_figures(&sink, style, r);
	sink.write(arg, style->bins_head);
	sink.separator = "";
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		if (r->bin[bin].out != 0 || r->bin[bin].refills != 0)
			style->bin(&sink, r, bin);
	sink.write(arg, style->tail);
	return 0;
}
