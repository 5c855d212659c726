/* SPDX-License-Identifier: MIT */
#include "thp/thp.h"

#include "options/options.h"
#include "os/hak_os_map_boundary.h"

/* The kernel makes no huge page of less, on most machines. */
#define HUGE_PAGE ((size_t)2 << 20)

void thp_advise(void *address, size_t size, bool small_heap)
{
	switch (options_get(OPTION_THP)) {
	case THP_NEVER:
		os_want_huge_pages(address, size, false);
		break;
	case THP_ALWAYS:
		os_want_huge_pages(address, size, true);
		break;
	default: /* the system's own setting, but for what is hardly used */
		if (small_heap && size >= HUGE_PAGE)
			os_want_huge_pages(address, size, false);
	}
}
