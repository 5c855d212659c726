/* SPDX-License-Identifier: MIT */
/* report: the numbers as text for people or as JSON for programs. */
#include <errno.h>

#include "api/report.h"
#include "base/message.h"
#include "hakmem.h"

/* Where the text goes, and what its format needs to know. */
struct sink {
	void (*write)(void *arg, const char *text);
	void *arg;
	const char *separator; /* JSON: before the next member */
};

static void put(const struct sink *sink, const struct message *m)
{
	sink->write(sink->arg, m->text);
}

/* ---- text ---- */

static void text_line(struct sink *sink, const char *name, uint64_t value,
		      const char *unit)
{
	struct message m;

	message_start(&m);
	message_text(&m, "  ");
	message_text(&m, name);
	for (size_t i = __builtin_strlen(name); i < 20; i++)
		message_text(&m, " ");
	message_decimal(&m, value);
	message_text(&m, " ");
	message_text(&m, unit);
	message_text(&m, "\n");
	put(sink, &m);
}

static void text_bin(struct sink *sink, const struct report *r, unsigned bin)
{
	struct message m;

	message_start(&m);
	message_text(&m, "  ");
	message_text(&m, size_class_name(bin));
	message_text(&m, " ");
	message_decimal(&m, size_class_table[bin].block);
	message_text(&m, " bytes: ");
	message_decimal(&m, r->live[bin]);
	message_text(&m, " live, ");
	message_decimal(&m, r->spare[bin]);
	message_text(&m, " spare\n");
	put(sink, &m);
}

/* ---- JSON ---- */

static void json_member(struct sink *sink, const char *name, uint64_t value,
			const char *unit)
{
	struct message m;

	(void)unit;
	message_start(&m);
	message_text(&m, sink->separator);
	message_text(&m, "\"");
	message_text(&m, name);
	message_text(&m, "\": ");
	message_decimal(&m, value);
	put(sink, &m);
	sink->separator = ", ";
}

static void json_bin(struct sink *sink, const struct report *r, unsigned bin)
{
	struct message m;

	message_start(&m);
	message_text(&m, sink->separator);
	message_text(&m, "{\"class\": \"");
	message_text(&m, size_class_name(bin));
	message_text(&m, "\"");
	put(sink, &m);
	sink->separator = ", ";
	json_member(sink, "block", size_class_table[bin].block, "");
	json_member(sink, "live", r->live[bin], "");
	json_member(sink, "spare", r->spare[bin], "");
	sink->write(sink->arg, "}");
}

/* ---- both ---- */

struct style {
	const char *head, *bins, *tail;
	void (*number)(struct sink *, const char *, uint64_t, const char *);
	void (*bin)(struct sink *, const struct report *, unsigned);
};

static const struct style styles[] = {
	[HAK_STATS_TEXT] = {"hakmem " HAKMEM_VERSION_STRING " statistics\n", "",
			    "", text_line, text_bin},
	[HAK_STATS_JSON] = {"{\"version\": \"" HAKMEM_VERSION_STRING "\"",
			    ", \"bins\": [", "]}\n", json_member, json_bin},
};

static void print_totals(struct sink *sink, const struct style *style,
			 const struct report *r)
{
	style->number(sink, "mapped", r->mapped, "bytes");
	style->number(sink, "active", r->active, "bytes");
	style->number(sink, "allocated", r->allocated, "bytes");
	style->number(sink, "retained", r->retained, "bytes");
	style->number(sink, "metadata", r->metadata, "bytes");
	style->number(sink, "purged", r->purged, "bytes");
	style->number(sink, "heaps", r->heaps, "heaps");
	style->number(sink, "heaps_live", r->heaps_live, "heaps");
	style->number(sink, "system_calls",
		      r->mmap + r->munmap + r->mremap + r->madvise, "calls");
	style->number(sink, "mmap", r->mmap, "calls");
	style->number(sink, "munmap", r->munmap, "calls");
	style->number(sink, "mremap", r->mremap, "calls");
	style->number(sink, "madvise", r->madvise, "calls");
	for (int i = 0; i < COUNTER_COUNT; i++)
		style->number(sink, counter_rows[i].name, r->counters.value[i],
			      counter_rows[i].unit);
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
	print_totals(&sink, style, r);
	sink.write(arg, style->bins);
	sink.separator = "";
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		if (r->out[bin] != 0)
			style->bin(&sink, r, bin);
	sink.write(arg, style->tail);
	return 0;
}
