/* SPDX-License-Identifier: MIT */
/* Shows some numbers, then all of them. */
#include <hakmem.h>
#include <stdio.h>

static void to_file(void *arg, const char *text)
{
	fputs(text, arg);
}

int main(void)
{
	hak_stats_t now;
	int64_t floor;

	if (hak_stats(&now, sizeof(now)) != 0 ||
	    hak_option_get("HAKMEM_PURGE_FLOOR", &floor) != 0)
		return 1;
	printf("%llu bytes in use, HAKMEM_PURGE_FLOOR is %lld KiB\n",
	       (unsigned long long)now.allocated, (long long)floor);
	return hak_stats_print(to_file, stdout, HAK_STATS_TEXT);
}
