/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "base/file.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int file_open(const char *path, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0644);
}

void file_close(int fd)
{
	syscall(SYS_close, fd);
}

ssize_t file_read(int fd, void *buffer, size_t size)
{
	return syscall(SYS_read, fd, buffer, size);
}

ssize_t file_write(int fd, const void *buffer, size_t size)
{
	return syscall(SYS_write, fd, buffer, size);
}

ssize_t file_link(const char *path, char *buffer, size_t size)
{
	return syscall(SYS_readlinkat, AT_FDCWD, path, buffer, size);
}

void file_read_text(const char *path, char *text, size_t size)
{
	int fd = file_open(path, O_RDONLY);
	ssize_t got = fd < 0 ? 0 : file_read(fd, text, size - 1);

	text[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		file_close(fd);
}

/* On other machines the kernel's struct stat differs from libc's. */
int file_stat(int fd, struct stat *st)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return (int)syscall(SYS_fstat, fd, st);
#else
	return fstat(fd, st);
#endif
}
