/* SPDX-License-Identifier: MIT */
/* Prints settings as they hold now: try HAKMEM_PREWARM=eager before the command. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <hakmem.h>

int main(void)
{
	static const char *const names[] = {"HAKMEM_PREWARM", "HAKMEM_LIMIT_MB",
					    "HAKMEM_HARDENED", "HAKMEM_PURGE_SHARE"};

	printf("libhakmem %s\n", hak_version());
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int64_t value;

		if (hak_option_get(names[i], &value) != 0)
			return EXIT_FAILURE;
		printf("%-20s %" PRId64 "\n", names[i], value);
	}
	return EXIT_SUCCESS;
}
