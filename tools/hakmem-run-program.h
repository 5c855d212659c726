/* SPDX-License-Identifier: MIT */
/*
 * hakmem-run: what is known of a program before it is started.
 *
 * Each function that fails has printed one sentence to stderr, unless it says otherwise.
 */
#ifndef HAKMEM_RUN_PROGRAM_H
#define HAKMEM_RUN_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/* The exit status of env(1) and its like, and that of LeakSanitizer. */
enum { EXIT_LEAKS = 23, EXIT_OURS = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

struct program {
	char path[PATH_MAX];   /* of what is executed */
	char binary[PATH_MAX]; /* of the ELF file behind it: its interpreter's */
};

/* "hakmem-run: " and the sentence, with a newline, to stderr. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Finds `name`, in $PATH when it has no slash, and follows #! lines.
 * Returns 0 or an exit status.
 */
int program_find(struct program *program, const char *name);

/*
 * Is it set-user-ID or the like?  Then the loader forgets LD_PRELOAD, and the library
 * HAKMEM_*.
 */
bool program_gains_rights(const char *path);

/*
 * Can the loader preload something into it?  Not into a program that is static,
 * setuid, built with a sanitizer, or made for another machine or libc.
 */
bool program_can_preload(const struct program *program);

/*
 * Asks the loader, which runs nothing of the program, whether its malloc would
 * be that of `library` (as given to LD_PRELOAD).
 */
bool program_takes(const struct program *program, const char *library);

#endif /* HAKMEM_RUN_PROGRAM_H */
