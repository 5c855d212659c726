/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include "bench/common.h"
#include "tools/hakmem-bench/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define FIRST ((size_t)1 << 16)
/* A small packed file can unpack to any size; profiles of large servers have 10 MiB. */
#define MOST (256 * MIB)

static gzFile open_file(const char *path)
{
	gzFile file;

	errno = 0;
	file = strcmp(path, "-") == 0 ? gzdopen(dup(STDIN_FILENO), "rb") :
					gzopen(path, "rb");
	if (!file)
		fail("%s: %s", path, strerror(errno ? errno : ENOMEM));
	return file;
}

/* Ends the program if the last read met anything but the end of a whole file. */
static void check(const char *path, gzFile file)
{
	int error;

	gzerror(file, &error);
	if (error == Z_ERRNO)
		fail("%s: %s", path, strerror(errno));
	if (error == Z_BUF_ERROR)
		fail("%s: the file is cut: its packed data has no end", path);
	if (error != Z_OK)
		fail("%s: the packed data is damaged", path);
}

static void grow(struct bytes *b, size_t room)
{
	b->data = realloc(b->data, room);
	if (!b->data)
		fail("out of memory: %zu bytes", room);
}

struct bytes bytes_read(const char *path)
{
	gzFile file = open_file(path);
	struct bytes b = {.data = NULL};
	int part = 1;

	for (size_t room = FIRST; part > 0; room *= 2) {
		if (room > MOST)
			fail("%s: unpacked, the file is larger than %zu MiB; no profile is",
			     path, MOST / MIB);
		grow(&b, room);
		while (b.size < room && part > 0) {
			part = gzread(file, b.data + b.size, (unsigned)(room - b.size));
			b.size += part > 0 ? (size_t)part : 0;
		}
	}
	check(path, file);
	gzclose(file);
	if (b.size == 0)
		fail("%s: the file is empty", path);
	return b;
}
