/* SPDX-License-Identifier: MIT */
/*
 * request: what another process, which may trace this one, asks of the library: hakmem-stat
 * finds request_slot by the page of statistics and writes into it.  The next slow path of
 * malloc() serves the request.  One that comes while another waits takes its place.
 */
#ifndef HAK_REQUEST_H
#define HAK_REQUEST_H

#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"

/* Changes with struct request and with the meaning of a kind. */
#define REQUEST_VERSION 2

enum request_kind {
	REQUEST_PURGE = 1, /* as hak_purge(); the answer is what that returns */
	/*
	 * As hak_profile_start(), with its argument; the answer is an error number.  No
	 * plug-in is needed: who asks reads the samples out of the process.
	 */
	REQUEST_PROFILE_BEGIN,
	REQUEST_PROFILE_END /* as hak_profile_stop(); the answer is 0 */
};

enum request_status {
	REQUEST_DONE = 1,
	REQUEST_UNKNOWN /* the library does not know the kind */
};

struct request {
	/*
	 * Written by the other process, `number` last: 1 to 255, so that it changes one
	 * byte alone and cannot be seen half written.  The library puts 0 there when it
	 * takes the request.
	 */
	uint64_t argument;
	uint32_t kind;
	uint32_t number;
	/* Written by the library, `served` last: the number of the request. */
	uint64_t answer;
	uint32_t status;
	uint32_t served;
};

extern HAK_HIDDEN struct request request_slot;

HAK_HIDDEN HAK_COLD void request_serve(void);

/* The requests for profiles (profiling.c): the answer.  Weak: not in a static program. */
extern HAK_HIDDEN uint64_t profiling_serve(uint32_t kind, uint64_t argument)
	__attribute__((weak));

/* On slow paths of malloc(), without a lock. */
static inline void request_poll(void)
{
	if (unlikely(load_relaxed(&request_slot.number) != 0))
		request_serve();
}

#endif /* HAK_REQUEST_H */
