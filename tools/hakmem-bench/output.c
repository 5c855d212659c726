/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "bench/common.h"
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkstemp's files are for their owner alone; a result is like other files. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static _Noreturn void give_up(const struct output *o, int error)
{
	if (o->temporary)
		unlink(o->temporary);
	fail("cannot write %s: %s", o->path ? o->path : "the result",
	     strerror(error));
}

static int temporary_file(struct output *o, const char *path)
{
	int file;

	o->path = copy_text(path);
	o->temporary = print_text("%s.XXXXXX", path);
	file = mkstemp(o->temporary);
	if (file < 0) {
		free(o->temporary);
		o->temporary = NULL;
		give_up(o, errno);
	}
	return file;
}

void output_check(const char *path)
{
	struct output o = {.stream = NULL};
	struct stat status;

	if (!path)
		return;
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		fail("cannot write %s: it is not a regular file", path);
	close(temporary_file(&o, path));
	unlink(o.temporary);
	free(o.temporary);
	free(o.path);
}

struct output output_open(const char *path)
{
	struct output o = {.stream = stdout};
	int file;

	if (!path)
		return o;
	file = temporary_file(&o, path);
	fchmod(file, usual_mode());
	o.stream = fdopen(file, "w");
	if (!o.stream)
		give_up(&o, errno);
	return o;
}

void output_abandon(const char *temporary, const char *why)
{
	unlink(temporary);
	fail("%s", why);
}

void output_close(struct output *o)
{
	errno = 0;
	if (fflush(o->stream) != 0 || ferror(o->stream))
		give_up(o, errno ? errno : EIO);
	if (!o->temporary)
		return;
	if (fsync(fileno(o->stream)) != 0 || fclose(o->stream) != 0 ||
	    rename(o->temporary, o->path) != 0)
		give_up(o, errno);
	free(o->temporary);
	free(o->path);
}
