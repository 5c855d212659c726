/* SPDX-License-Identifier: MIT */
/* out file: names the files that a variable asks for, and says when writing one fails. */
#ifndef HAK_OUT_FILE_H
#define HAK_OUT_FILE_H

#include "base/attributes.h"
#include "base/message.h"

/* `pattern` with the process id for each %p; it is cut to what m holds. */
HAK_HIDDEN void out_file_name(struct message *m, const char *pattern);

/* A few words; strerror() may allocate. */
HAK_HIDDEN const char *out_file_error(int error);

/* Says that `what` could not be written to the file, and why. */
HAK_HIDDEN void out_file_complain(const char *what, const char *path, int error);

#endif /* HAK_OUT_FILE_H */
