/* SPDX-License-Identifier: MIT */
/*
 * profiling: begins, ends and writes profiles: hak_profile_start() and the like, for
 * programs and for what variables ask for.
 */
#ifndef HAK_PROFILING_H
#define HAK_PROFILING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/message.h"
#include "options/options.h"
#include "profile/profile.h"
#include "profile/profiler.h"

/* Is HAKMEM_LEAKS set?  Then HAKMEM_PROFILE does nothing. */
static inline bool profiling_seeks_leaks(void)
{
	return *options_text(OPTION_LEAKS) != '\0';
}

/* Can a variable have a profile begun?  If not, this has said why. */
HAK_HIDDEN bool profiling_is_served(void);

/* pre: profiling_is_served().  0, or EALREADY. */
HAK_HIDDEN int profiling_begin(uint64_t mean, profile_stack_fn stack);

/* The plug-in.  0, or an error number of hak_profile_start(). */
HAK_HIDDEN int profiling_find(const struct profiler **out);

/* Says that a variable does nothing, and why. */
HAK_HIDDEN void profiling_complain(const char *why, const char *detail);
/* The same, for want of a plug-in of this version. */
HAK_HIDDEN void profiling_lacks_plug_in(void);

/* When the last profile began: nanoseconds since 1970. */
HAK_HIDDEN int64_t profiling_began(void);

/*
 * The name of the file that `pattern` asks for.  A child that did not exec does not write
 * over that of its parent.
 */
HAK_HIDDEN void profiling_name_file(struct message *m, const char *pattern);

/*
 * At load, after the options: HAKMEM_PROFILE (profile_files.c) and HAKMEM_LEAKS (leaks.c).
 * Weak: in a static program nothing refers to these files, and they are not there.
 */
extern HAK_HIDDEN void profile_files_at_load(void) __attribute__((weak));
extern HAK_HIDDEN void leaks_at_load(void) __attribute__((weak));

#endif /* HAK_PROFILING_H */
