/* SPDX-License-Identifier: MIT */
#include "api/startup_report.h"

#include "base/die.h"
#include "base/message.h"
#include "hakmem.h"
#include "options/options.h"
#include "size_class/size_class.h"

/* What configure chose; a macro that is not defined is a switch that is off. */
#if defined(HAK_INTERPOSITION)
#define BUILD_MALLOC "malloc"
#else
#define BUILD_MALLOC "no malloc"
#endif
#if defined(HAK_CXX_OPERATORS)
#define BUILD_CXX ", C++ operators"
#else
#define BUILD_CXX ", no C++ operators"
#endif
#if defined(HAK_POOL_TLS)
#define BUILD_POOL ", Pool TLS"
#else
#define BUILD_POOL ", no Pool TLS"
#endif
#if defined(HAK_C0_8B)
#define BUILD_C0 ", 8-byte blocks"
#else
#define BUILD_C0 ""
#endif

static void say_version(void)
{
	struct message m;

	message_start_line(&m);
	message_add(&m, "version %s, %u bins, header classes %u, %s;", HAKMEM_VERSION_STRING,
		    BIN_COUNT, HAK_HEADER_CLASSES, HAK_DEBUG_BUILD ? "debug" : "release");
	options_say_changed(&m);
	message_send(&m);
}

static void say_build(void)
{
	message_say("built with " BUILD_MALLOC BUILD_CXX BUILD_POOL BUILD_C0);
}

void startup_report(int64_t level)
{
	if (level >= 1)
		say_version();
	if (level >= 2) {
		say_build();
		options_say_origins();
	}
}
