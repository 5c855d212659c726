/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-output.h"

#include <string.h>
#include <time.h>

#include "hakmem.h"

static void write_text(void *out, const char *text)
{
	fputs(text, out);
}

/* Without the newline at the end: the object goes into another one. */
static void write_member(void *out, const char *text)
{
	fprintf(out, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Both know these three escapes; no other control character is shown, nor half a letter. */
void output_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (const char *c = text; *c != '\0'; c++)
		if (*c == '\n')
			fputs("\\n", out);
		else if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else
			fputc(*c >= ' ' && *c <= '~' ? *c : '?', out);
	fputc('"', out);
}

void output_json(FILE *out, const struct process *p)
{
	fprintf(out, "{\"pid\": %d, \"command\": ", (int)p->pid);
	output_quoted(out, p->name);
	fprintf(out, ", \"resident\": %llu, \"statistics\": ",
		(unsigned long long)p->resident);
	report_print(&p->report, write_member, out, HAK_STATS_JSON);
	fputs("}\n", out);
}

void output_text(FILE *out, const struct process *p)
{
	fprintf(out, "process %d, ", (int)p->pid);
	print_name(out, p, 0);
	fprintf(out, ", %llu KiB resident\n", (unsigned long long)(p->resident >> 10));
	report_print(&p->report, write_text, out, HAK_STATS_TEXT);
}

void output_brief_heading(FILE *out)
{
	fputs("TIME     ", out);
	table_heading(out);
}

void output_brief(FILE *out, const struct process *p)
{
	char text[16] = "";
	time_t now = time(NULL);
	struct tm local;

	if (localtime_r(&now, &local))
		strftime(text, sizeof(text), "%H:%M:%S", &local);
	fprintf(out, "%-8s ", text);
	table_row(out, p);
}
