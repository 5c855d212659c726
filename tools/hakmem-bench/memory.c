/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include "bench/common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void *get_memory(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (!memory)
		fail("out of memory: %zu times %zu bytes", count + 1, size);
	return memory;
}

char *copy_text(const char *text)
{
	return print_text("%s", text);
}

char *print_text(const char *format, ...)
{
	va_list list;
	char *text;
	int length;

	va_start(list, format);
	length = vasprintf(&text, format, list);
	va_end(list);
	if (length < 0)
		fail("out of memory");
	return text;
}
