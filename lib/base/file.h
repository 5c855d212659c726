/* SPDX-License-Identifier: MIT */
/*
 * base: files, by plain system calls.  Another preloaded library may interpose open(),
 * and may allocate there or may not have found libc's open() yet.  We open files while
 * we hold locks and before any constructor runs.
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

/* A descriptor or -1.  Flags are those of open(); a new file has the mode 0644. */
HAK_HIDDEN int file_open(const char *path, int flags);
HAK_HIDDEN void file_close(int fd);
HAK_HIDDEN ssize_t file_read(int fd, void *buffer, size_t size);
HAK_HIDDEN ssize_t file_write(int fd, const void *buffer, size_t size);
HAK_HIDDEN ssize_t file_link(const char *path, char *buffer, size_t size);
HAK_HIDDEN int file_stat(int fd, struct stat *st);

/* A small file as a string, cut to size - 1 bytes: "" when it cannot be read. */
HAK_HIDDEN void file_read_text(const char *path, char *text, size_t size);

/* The part of a path behind its last slash. */
static inline const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#endif /* HAK_FILE_H */
