/* SPDX-License-Identifier: MIT */
#include "api/request.h"

#include "heap/heap.h"
#include "purge/purge.h"

HAK_NEAR struct request request_slot;

static uint64_t serve(uint32_t kind, uint64_t argument, uint32_t *status)
{
	*status = REQUEST_DONE;
	if (kind == REQUEST_PURGE)
		return purge_everything();
	if ((kind == REQUEST_PROFILE_BEGIN || kind == REQUEST_PROFILE_END) &&
	    profiling_serve)
		return profiling_serve(kind, argument);
	*status = REQUEST_UNKNOWN;
	return 0;
}

/* Not in a handler that interrupted a slow path, nor in a thread that ends. */
void request_serve(void)
{
	uint32_t number, status;

	if (heap_self == &heap_late)
		return;
	number = swap_acquire(&request_slot.number, 0);
	if (number == 0) /* another thread took it */
		return;
	store_relaxed(&request_slot.answer,
		      serve(load_relaxed(&request_slot.kind),
			    load_relaxed(&request_slot.argument), &status));
	store_relaxed(&request_slot.status, status);
	store_release(&request_slot.served, number);
}
