/* SPDX-License-Identifier: MIT */
/*
 * profiler: makes all other threads of the process stand still, and reads their registers.
 *
 * A child does it by ptrace(2), since no thread can trace another one of its own process.
 * While they stand still the caller may take no lock that one of them could hold.
 */
#ifndef HAK_PROFILER_THREADS_H
#define HAK_PROFILER_THREADS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define REGISTER_BYTES 2048

struct thread {
	int id;
	int signal;   /* that it was to get when it was stopped; 0: none */
	/*
	 * Stack pointer; thread pointer, which lies beside the stack, but not that of the
	 * first thread.  0: not known on this kind of machine, or of the first thread.
	 */
	uintptr_t sp, tp;
	size_t size;  /* of its registers, in bytes */
	uintptr_t registers[REGISTER_BYTES / sizeof(uintptr_t)];
};

struct threads {
	int process, caller;
	uint32_t step;	/* see threads.c */
	int error;	/* why they could not be stopped */
	pid_t child;
	size_t count, room;
	struct thread thread[]; /* without the caller */
};

/* Of the process; 0: /proc cannot be read. */
size_t threads_count(void);

/* A child that shares nothing but shared mappings, and that no wait() of the program sees. */
pid_t threads_fork(void);
/* Waits for the end of such a child.  Its exit status, or -1: it was killed. */
int threads_wait(pid_t child);

/* Shared memory for all threads that there are, or NULL. */
struct threads *threads_prepare(void);
void threads_free(struct threads *t);

/* 0: all stand still until threads_resume().  Else the error number, and all run. */
int threads_stop(struct threads *t);
void threads_resume(struct threads *t);

#endif /* HAK_PROFILER_THREADS_H */
