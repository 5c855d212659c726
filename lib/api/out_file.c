/* SPDX-License-Identifier: MIT */
#include "api/out_file.h"

#include <errno.h>
#include <unistd.h>

void out_file_name(struct message *m, const char *pattern)
{
	char one[2] = "";

	message_start(m);
	for (; *pattern != '\0'; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 'p') {
			message_add(m, "%u", (unsigned)getpid());
			pattern++;
		} else {
			one[0] = *pattern;
			message_text(m, one);
		}
	}
}

const char *out_file_error(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "permission denied";
	case EAGAIN:
		return "the reader is too slow";
	case EFBIG:
		return "larger than ulimit -f allows";
	case EINVAL:
		return "it is not a file";
	case EISDIR:
		return "it is a directory";
	case ELOOP:
		return "it is a symbolic link";
	case ENOENT:
	case ENOTDIR:
		return "no such directory";
	case ENOMEM:
		return "no memory";
	case ENOSPC:
	case EDQUOT:
		return "no space left on device";
	case ENXIO:
		return "nobody reads from it";
	case EROFS:
		return "read-only file system";
	default:
		return "system error";
	}
}

void out_file_complain(const char *what, const char *path, int error)
{
	message_say("cannot write %s to %s: %s (error %u)", what, path, out_file_error(error),
		    (unsigned)error);
}
