/* SPDX-License-Identifier: MIT */
/* The names are those of hakmem-heap; where that is not built there are offsets. */
#include "hakmem-stat-function.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAK_SYMBOLS

#include "hakmem-heap/symbols.h"

static void take(void *to, const struct frame *f)
{
	char **name = to;

	if (!*name)
		*name = strdup(f->function);
}

char *function_name(uint64_t address, const struct code *code)
{
	static struct symbols symbols;
	struct mapping mapping;
	struct location location = {.address = address};
	char *name = NULL;

	if (code) {
		mapping = (struct mapping){code->begin, code->offset, code->file,
					   code->build_id};
		location.mapping = &mapping;
	}
	symbols_find(&symbols, &location, take, &name);
	return name;
}

#else

char *function_name(uint64_t address, const struct code *code)
{
	const char *slash = code ? strrchr(code->file, '/') : NULL;
	const char *file = slash ? slash + 1 : code ? code->file : "";
	uint64_t offset = code ? address - code->begin + code->offset : address;
	size_t size = strlen(file) + 24;
	char *name = malloc(size);

	if (name)
		snprintf(name, size, "%s%s0x%" PRIx64, file, code ? "+" : "", offset);
	return name;
}

#endif /* HAK_SYMBOLS */
