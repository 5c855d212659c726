/* SPDX-License-Identifier: MIT */
/* bytes: all of a file, unpacked if it is packed by gzip. */
#ifndef HAKMEM_HEAP_BYTES_H
#define HAKMEM_HEAP_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t size;
};

/* "-" is stdin.  What cannot be read, or is too large, ends the program. */
struct bytes bytes_read(const char *path);

#endif /* HAKMEM_HEAP_BYTES_H */
