/* SPDX-License-Identifier: MIT */
#include "series.h"

#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void series_begin(struct series *s, double step)
{
	*s = (struct series){.begin = now_seconds(), .step = step};
}

bool series_due(const struct series *s)
{
	return now_seconds() - s->begin >= s->next;
}

static void halve(struct series *s)
{
	s->count /= 2;
	for (unsigned i = 0; i < s->count; i++) {
		s->kb[i] = s->kb[2 * i];
		s->ms[i] = s->ms[2 * i];
	}
	s->step *= 2;
}

void series_add(struct series *s, long kb)
{
	double now = now_seconds() - s->begin;

	if (s->count == SERIES_MOST)
		halve(s);
	s->kb[s->count] = kb;
	s->ms[s->count++] = (unsigned)(now * 1e3);
	s->next = now + s->step;
}

long series_note(struct series *s)
{
	long kb = memory_kb(getpid(), "\nRss:");

	series_add(s, kb);
	return kb;
}

void series_look(struct series *s)
{
	if (series_due(s))
		series_note(s);
}

void outcome_add(struct outcome *o, const char *format, ...)
{
	size_t used = strlen(o->extra);
	va_list list;

	va_start(list, format);
	vsnprintf(o->extra + used, sizeof o->extra - used, format, list);
	va_end(list);
}

void series_print(const struct series *s, struct outcome *o)
{
	for (unsigned i = 0; i < s->count; i++)
		outcome_add(o, "%s%u", i > 0 ? "," : " time_series_ms=", s->ms[i]);
	for (unsigned i = 0; i < s->count; i++)
		outcome_add(o, "%s%ld", i > 0 ? "," : " rss_series_kb=", s->kb[i]);
}
