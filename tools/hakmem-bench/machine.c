/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "bench/common.h"
#include "memory.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void cut_line(char *text)
{
	text[strcspn(text, "\n")] = '\0';
}

/* The first line of a file, or "unknown". */
static json_t *first_line(const char *path)
{
	char line[256] = "unknown";
	FILE *file = fopen(path, "re");

	if (file) {
		if (!fgets(line, sizeof line, file))
			strcpy(line, "unknown");
		fclose(file);
	}
	cut_line(line);
	return json_string(line);
}

/* "model name" on x86; other processors have other words or none. */
static json_t *cpu_model(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	json_t *model = NULL;
	char line[256];

	while (file && !model && fgets(line, sizeof line, file)) {
		char *colon = strstr(line, ": ");

		cut_line(line);
		if (colon && (strncmp(line, "model name", 10) == 0 ||
			      strncmp(line, "Model", 5) == 0))
			model = json_string(colon + 2);
	}
	if (file)
		fclose(file);
	return model ? model : json_string("unknown");
}

static json_t *now_text(void)
{
	char text[32] = "";
	time_t now = time(NULL);
	struct tm utc;

	if (gmtime_r(&now, &utc))
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

void machine_warn(void)
{
	json_t *line = first_line("/proc/loadavg");
	double load = strtod(json_string_value(line), NULL);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (load > (double)cpus)
		fprintf(stderr, "hakmem-bench: warning: the load average is %.1f on %ld "
			"CPUs: other programs disturb what is measured\n", load, cpus);
	json_decref(line);
}

json_t *machine_facts(void)
{
	struct utsname u;
	char kernel[sizeof u.release + sizeof u.machine + 1];

	uname(&u);
	snprintf(kernel, sizeof kernel, "%s %s", u.release, u.machine);
	return json_pack(
		"{s:o, s:i, s:s, s:s, s:o, s:i, s:o, s:s, s:o}", "cpu",
		cpu_model(), "cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "kernel",
		kernel, "libc", gnu_get_libc_version(), "transparent_hugepages",
		first_line("/sys/kernel/mm/transparent_hugepage/enabled"),
		"page_size", (int)sysconf(_SC_PAGESIZE), "load",
		first_line("/proc/loadavg"), "compiler", __VERSION__, "time",
		now_text());
}
