/* SPDX-License-Identifier: MIT */
/*
 * recorder: preloaded into one program, writes down its calls for memory, in
 * the format of bench/mixed_trace.c, to the file MALLOC_RECORD_FILE.
 *
 * It stands in front of glibc's malloc, under whose other names the calls go
 * on.  A free is written before it happens and an allocation after, each under
 * the lock, so that no address is given out before its end is written.
 * Processes that the program starts are not recorded.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM 65536
#define LINE_ROOM 80

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

/* All under the lock. */
static struct {
	pthread_mutex_t lock;
	int file; /* below 0: nothing is recorded */
	bool broken;
	unsigned long lines;
	size_t used;
	char text[ROOM];
} record = {.lock = PTHREAD_MUTEX_INITIALIZER, .file = -1};

static void flush(void)
{
	for (size_t at = 0; at < record.used && !record.broken;) {
		ssize_t done = write(record.file, record.text + at,
				     record.used - at);

		if (done > 0)
			at += (size_t)done;
		else
			record.broken = done == 0 || errno != EINTR;
	}
	record.used = 0;
}

static void put_text(const char *text)
{
	size_t length = strlen(text);

	memcpy(record.text + record.used, text, length);
	record.used += length;
}

static void put_number(uint64_t number, unsigned base)
{
	char digits[24], *d = digits + sizeof digits;

	*--d = '\0';
	do
		*--d = "0123456789abcdef"[number % base];
	while (number /= base);
	*--d = ' ';
	put_text(d);
}

static void begin_line(const char *kind)
{
	if (record.used > ROOM - LINE_ROOM)
		flush();
	put_text(kind);
}

static void end_line(void)
{
	put_text("\n");
	record.lines++;
}

static void write_block(const char *kind, size_t size, const void *block)
{
	if (record.file < 0 || !block)
		return;
	begin_line(kind);
	put_number(size, 10);
	put_number((uintptr_t)block, 16);
	end_line();
}

/* The caller's errno is the real call's. */
static void *recorded(const char *kind, size_t size, void *block)
{
	int saved = errno;

	pthread_mutex_lock(&record.lock);
	write_block(kind, size, block);
	pthread_mutex_unlock(&record.lock);
	errno = saved;
	return block;
}

/* ---- the calls -------------------------------------------------------------------- */

void *malloc(size_t size)
{
	return recorded("m", size, __libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return recorded("c", count * size, __libc_calloc(count, size));
}

void *memalign(size_t alignment, size_t size)
{
	return recorded("a", size, __libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *block;

	if (alignment % sizeof(void *) != 0 || alignment == 0 ||
	    (alignment & (alignment - 1)) != 0)
		return EINVAL;
	block = memalign(alignment, size);
	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

static void write_free(void *block)
{
	if (record.file < 0)
		return;
	begin_line("f");
	put_number((uintptr_t)block, 16);
	end_line();
}

void free(void *block)
{
	int saved = errno;

	if (!block)
		return;
	pthread_mutex_lock(&record.lock);
	write_free(block);
	pthread_mutex_unlock(&record.lock);
	errno = saved;
	__libc_free(block);
}

static void write_realloc(void *old, size_t size, void *block)
{
	if (record.file < 0 || !block)
		return;
	begin_line("r");
	put_number(size, 10);
	put_number((uintptr_t)old, 16);
	put_number((uintptr_t)block, 16);
	end_line();
}

/* Both ends within the lock: the old block is free before this returns. */
void *realloc(void *old, size_t size)
{
	uintptr_t was = (uintptr_t)old;
	void *block;
	int saved;

	if (!old)
		return malloc(size);
	if (size == 0) {
		free(old);
		return NULL;
	}
	pthread_mutex_lock(&record.lock);
	block = __libc_realloc(old, size);
	saved = errno;
	write_realloc((void *)was, size, block);
	pthread_mutex_unlock(&record.lock);
	errno = saved;
	return block;
}

/* ---- begin and end ------------------------------------------------------------------- */

static void lock(void)
{
	pthread_mutex_lock(&record.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&record.lock);
}

static void stop_in_child(void)
{
	record.file = -1;
	unlock();
}

/* What was allocated before is not known, and its free is passed over. */
__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("MALLOC_RECORD_FILE");
	int file = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

	unsetenv("LD_PRELOAD");
	unsetenv("MALLOC_RECORD_FILE");
	pthread_atfork(lock, unlock, stop_in_child);
	lock();
	record.file = file;
	begin_line("hakmem-trace 1");
	end_line();
	unlock();
}

__attribute__((destructor)) static void end(void)
{
	lock();
	if (record.file >= 0) {
		begin_line("end");
		put_number(record.lines, 10);
		put_text("\n");
		flush();
		record.file = -1;
	}
	unlock();
}
