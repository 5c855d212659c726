/* SPDX-License-Identifier: MIT */
/*
 * base: files, past libc.  Another preloaded library may stand before libc's
 * open() and allocate in its own, or may not have found libc's yet; these calls
 * are made with our locks in hand and before anybody's constructor.
 *
 * Any thread, any time, also in signal handlers.  Errors are in errno.
 */
#ifndef HAK_FILE_H
#define HAK_FILE_H

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/attributes.h"

/* A descriptor or -1.  Flags as open() has them, 0 is reading; what is new has 0644. */
HAK_HIDDEN int file_open(const char *path, int flags);
HAK_HIDDEN void file_close(int fd);
HAK_HIDDEN ssize_t file_read(int fd, void *buffer, size_t size);
HAK_HIDDEN ssize_t file_write(int fd, const void *buffer, size_t size);
HAK_HIDDEN ssize_t file_link(const char *path, char *buffer, size_t size);
HAK_HIDDEN int file_stat(int fd, struct stat *st);

/* The part of a path behind its last slash. */
static inline const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#endif /* HAK_FILE_H */
