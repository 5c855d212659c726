/* SPDX-License-Identifier: MIT */
/*
 * interpose: prctl, to see under which filter of system calls the program puts
 * itself.  One that was written by hand knows what libc's malloc asks of the system,
 * and ends the process for what else ours would.
 *
 * As libc's it is one system call, good after vfork() and in handlers.
 */
#define _GNU_SOURCE
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"
#include "os/sandbox.h"

static void note(unsigned long mode, unsigned long filter)
{
	if (mode == SECCOMP_MODE_STRICT)
		sandbox_strict();
	else
		sandbox_filter((const struct sock_fprog *)filter);
}

HAK_EXPORT int prctl(int option, ...)
{
	unsigned long argument[4];
	va_list more;
	int result;

	va_start(more, option);
	for (int i = 0; i < 4; i++)
		argument[i] = va_arg(more, unsigned long);
	va_end(more);
	result = (int)syscall(SYS_prctl, option, argument[0], argument[1],
			      argument[2], argument[3]);
	if (option == PR_SET_SECCOMP && result == 0)
		note(argument[0], argument[1]);
	return result;
}
