/* SPDX-License-Identifier: MIT */
#include "packed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fast: a profile has few bytes and many zeros. */
#define LEVEL 1
#define WINDOW_GZIP (15 + 16)
#define MEMORY_LEVEL 8

/* ---- deflate's memory ---- */

static voidpf take(voidpf arg, uInt items, uInt size)
{
	struct packed *p = arg;
	size_t bytes = ((size_t)items * size + 15) & ~(size_t)15;

	if (bytes > PACKED_MEMORY - p->used)
		return Z_NULL;
	p->used += bytes;
	return p->memory + p->used - bytes;
}

static void give(voidpf arg, voidpf address)
{
	(void)arg;
	(void)address;
}

/* ---- the file ---- */

/* In the same folder; O_EXCL: no link leads elsewhere. */
static int open_temporary(struct packed *p)
{
	static atomic_uint number;
	int length = snprintf(p->temporary, sizeof(p->temporary), "%s.%d-%u.tmp", p->path,
			      (int)getpid(), atomic_fetch_add(&number, 1));

	if (length < 0 || (size_t)length >= sizeof(p->temporary)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(p->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, 0600);
}

static void write_out(struct packed *p)
{
	const unsigned char *from = p->out;
	size_t left = sizeof(p->out) - p->stream.avail_out;
	ssize_t done;

	while (left > 0 && p->error == 0) {
		done = write(p->fd, from, left);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			p->error = done < 0 ? errno : EIO;
		else {
			from += done;
			left -= (size_t)done;
		}
	}
	p->stream.next_out = p->out;
	p->stream.avail_out = sizeof(p->out);
}

/* Nothing but a file is replaced: no device, and no link. */
static int look_at_old(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return S_ISLNK(st.st_mode) ? ELOOP : EINVAL;
}

int packed_open(struct packed *p, const char *path)
{
	int error = look_at_old(path);

	if (error != 0)
		return error;
	p->path = path;
	p->stream.zalloc = take;
	p->stream.zfree = give;
	p->stream.opaque = p;
	p->stream.next_out = p->out;
	p->stream.avail_out = sizeof(p->out);
	if (deflateInit2(&p->stream, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return ENOMEM;
	p->fd = open_temporary(p);
	return p->fd < 0 ? errno : 0;
}

void packed_add(struct packed *p, const void *bytes, size_t size)
{
	p->stream.next_in = (Bytef *)(uintptr_t)bytes;
	p->stream.avail_in = (uInt)size;
	while (p->error == 0 && p->stream.avail_in != 0) {
		deflate(&p->stream, Z_NO_FLUSH);
		if (p->stream.avail_out == 0)
			write_out(p);
	}
}

static void finish(struct packed *p)
{
	int state = Z_OK;

	p->stream.avail_in = 0;
	while (p->error == 0 && state == Z_OK) {
		state = deflate(&p->stream, Z_FINISH);
		write_out(p);
	}
	if (p->error == 0 && state != Z_STREAM_END)
		p->error = EIO;
}

int packed_close(struct packed *p)
{
	finish(p);
	if (close(p->fd) != 0 && p->error == 0)
		p->error = errno;
	if (p->error == 0 && rename(p->temporary, p->path) != 0)
		p->error = errno;
	if (p->error != 0)
		unlink(p->temporary);
	return p->error;
}
