/* SPDX-License-Identifier: MIT */
/* soak: the static core, beside libc's malloc or a sanitizer's. */
#include <string.h>

#include "hakmem.h"
#include "soak.h"

const bool names_are_private = true;

#define NAME(function) {#function, (any_function)(function)}
static const struct {
	const char *name;
	any_function function;
} names[] = {
	NAME(hak_malloc),	  NAME(hak_calloc),
	NAME(hak_realloc),	  NAME(hak_reallocarray),
	NAME(hak_free),		  NAME(hak_free_sized),
	NAME(hak_aligned_alloc),  NAME(hak_free_aligned_sized),
	NAME(hak_posix_memalign), NAME(hak_usable_size),
	NAME(hak_good_size),	  NAME(hak_owns),
	NAME(hak_purge),	  NAME(hak_prewarm),
	NAME(hak_thread_flush),	  NAME(hak_stats),
	NAME(hak_stats_print),	  NAME(hak_option_get),
};

any_function names_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].function;
	return NULL;
}
