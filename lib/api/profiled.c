/* SPDX-License-Identifier: MIT */
/*
 * profiled: the usual backend, once a profile was begun.
 *
 * A thread that takes part has heap_sampled as its front, so that each of its calls comes
 * here.  The heap stands behind (heap_behind).  A call that its caches can serve, is no
 * sample and frees none takes few instructions: route_malloc(), route_free().  For
 * the length of any other call the heap is the thread's front again, so that a signal
 * handler finds the ordinary heap.  What a handler does then is not sampled.
 *
 *   enter    the heap becomes the front
 *     join   the thread was not taking part
 *   leave    heap_sampled becomes the front
 *     part   another profile is on, or none
 */
#include <errno.h>

#include "api/backend.h"
#include "api/block.h"
#include "api/fast_path.h"
#include "api/route.h"
#include "base/lock.h"
#define HAK_PROBE_SEMAPHORES
#include "base/probe.h"
#include "base/secret.h"
#include "options/options.h"

static struct heap_front *const sampled = (struct heap_front *)(uintptr_t)&heap_sampled;

/* ---- who takes part ---- */

static void draw(struct heap *heap)
{
	heap->sample_left = (int64_t)chance_distance(chance_next(&heap->sample_random),
						     profile_mean());
}

/* False: no profile is on. */
static bool take_part(struct heap *heap)
{
	uint32_t epoch = load_acquire(&profile_epoch);

	if (!profile_is_on(epoch))
		return false;
	if (heap->sample_random == 0)
		heap->sample_random = secret.mark + heap->owner;
	heap->sample_epoch = epoch;
	draw(heap);
	return true;
}

/* NULL: the call is served as if there were no profile. */
static HAK_NOINLINE struct heap *join(void)
{
	struct heap *heap = lock_is_reentered() ? NULL : usual_thread_heap();

	if (!heap)
		return NULL;
	heap_answer(heap);
	if (heap->sample_epoch != 0 || !take_part(heap))
		return NULL;
	heap_behind = &heap->front;
	return heap;
}

/* The heap of a thread that takes part, or NULL.  A handler in between may have it part. */
static HAK_ALWAYS_INLINE struct heap_front *front_behind(void)
{
	struct heap_front *front;

	if (unlikely(heap_self != sampled))
		return NULL;
	signal_fence();
	front = heap_behind;
	if (!front) /* it has one since it took part for the first time */
		__builtin_unreachable();
	return front;
}

static struct heap *enter(void)
{
	struct heap_front *front = front_behind();

	if (!front)
		return join();
	heap_self = front;
	signal_fence();
	return heap_of(front);
}

static void part(struct heap *heap)
{
	if (take_part(heap))
		heap_self = sampled;
	else
		heap->sample_epoch = 0;
}

static void leave(struct heap *heap)
{
	signal_fence();
	if (heap->sample_epoch == load_relaxed(&profile_epoch))
		heap_self = sampled;
	else
		part(heap);
}

/* ---- tracers ---- */

/*
 * Functions, so that the arguments are where those of a call are: tracers that do not
 * read notes closely find them, too.
 */
static HAK_COLD void tell_alloc(const void *block, size_t size, uint64_t weight)
{
	HAK_PROBE(otel_memory, alloc, block, size, weight);
}

static HAK_COLD void tell_free(const void *block)
{
	HAK_PROBE(otel_memory, free, block);
}

/* ---- allocation ---- */

/* Of a profile that has taken the place of another since the thread drew, none is taken. */
static HAK_COLD void take_sample(struct heap *heap, const void *block, size_t size)
{
	profile_stack_fn stack = load_relaxed(&profile_stack);
	uintptr_t pc[SITE_DEPTH];
	unsigned depth;
	uint64_t weight;
	int saved = errno;

	draw(heap);
	if (size == 0 || lock_is_reentered() ||
	    heap->sample_epoch != load_relaxed(&profile_epoch))
		return;
	depth = stack ? stack(pc, SITE_DEPTH) : 0;
	weight = profile_add(block, size, stack ? pc : NULL, depth);
	if (PROBE_IS_WANTED(otel_memory, alloc))
		tell_alloc(block, size, weight);
	errno = saved;
}

/* sample_left can be below 0 for a moment: a handler may draw after its thread looked. */
static HAK_ALWAYS_INLINE bool is_sample(const struct heap *heap, size_t size)
{
	return (int64_t)size > heap->sample_left;
}

/* After an allocation: counts down to the next sample. */
static void count_down(struct heap *heap, const void *block, size_t size)
{
	if (unlikely(!block))
		return;
	if (likely(!is_sample(heap, size)))
		heap->sample_left -= (int64_t)size;
	else
		take_sample(heap, block, size);
}

static void *alloc_profiled(size_t size, size_t alignment, bool *zeroed)
{
	struct heap *heap = enter();
	void *block;

	if (!heap)
		return route_alloc(size, alignment, zeroed);
	block = alignment == 1 ? fast_pop(size) : fast_pop_aligned(alignment, size);
	if (block)
		*zeroed = false;
	else
		block = route_alloc(size, alignment, zeroed);
	count_down(heap, block, size);
	if (unlikely(load_relaxed(&profile_is_traced)))
		profiled_follow_tracer();
	leave(heap);
	return block;
}

static HAK_NOINLINE void *malloc_slow(size_t size)
{
	bool zeroed = false;

	return alloc_profiled(size, 1, &zeroed);
}

void *route_malloc(size_t size)
{
	struct heap_front *front;
	void *block;

	if (likely(!profile_was_begun()))
		return route_malloc_by_backend(size);
	front = front_behind();
	if (unlikely(!front || size > TINY_MAX || is_sample(heap_of(front), size)))
		return malloc_slow(size);
	block = fast_pop_row(front, fast_row(front, size));
	if (unlikely(block == NULL))
		return malloc_slow(size);
	heap_of(front)->sample_left -= (int64_t)size;
	HAK_RESULT(block);
	return block;
}

/* ---- free and realloc ---- */

/* A handler that interrupted the holder of a lock leaves a stale sample. */
static bool take_of(const void *block, struct sample *out)
{
	return unlikely(samples_may_have(block)) && !lock_is_reentered() &&
	       profile_take(block, out);
}

static void free_any(void *block, uint32_t word)
{
	struct heap *heap = enter();
	struct sample gone;

	if (take_of(block, &gone) && PROBE_IS_WANTED(otel_memory, free))
		tell_free(block);
	if (heap)
		heap_answer(heap); /* it may have been called after it joined */
	if (!heap || !fast_push_own(&heap->front, word, block))
		usual_free(block, word);
	if (heap)
		leave(heap);
}

static HAK_NOINLINE void free_slow(void *block)
{
	if (block)
		free_any(block, registry_word(block));
}

/* A thread that is to part has no owner_word here (heap_call_all()). */
void route_free(void *block)
{
	struct heap_front *front;
	size_t granule;

	if (likely(!profile_was_begun())) {
		route_free_by_backend(block);
		return;
	}
	front = front_behind();
	granule = registry_window_index(block);
	if (unlikely(granule >= WINDOW_GRANULES || samples_may_have(block) || !front ||
		     !fast_push_own(front, load_relaxed(&registry_window.word[granule]), block)))
		free_slow(block);
}

/* Its usable bytes; 0: it is no block, or came from emergency. */
static size_t room_of(const void *block)
{
	uint32_t word = registry_word(block);

	return block_begins(block, word) ? block_usable(block, word) : 0;
}

/* Counts as free and allocation, unless the block keeps its place and its room. */
static void *realloc_profiled(void *block, size_t size)
{
	struct heap *heap = enter();
	struct sample old;
	uint32_t epoch = load_relaxed(&profile_epoch);
	bool sampled_before = take_of(block, &old), kept;
	size_t room = room_of(block);
	void *fresh = backend_usual.realloc(block, size);

	kept = fresh ? fresh == block && room_of(fresh) == room : size != 0;
	if (sampled_before && kept)
		profile_put_back(&old, epoch);
	else if (sampled_before && PROBE_IS_WANTED(otel_memory, free))
		tell_free(block);
	if (!heap)
		return fresh;
	if (!kept && fresh)
		count_down(heap, fresh, size);
	leave(heap);
	return fresh;
}

const struct backend backend_profiled = {
	.alloc = alloc_profiled,
	.try_alloc = usual_try_alloc,
	.good_size = usual_good_size,
	.thread_heap = usual_thread_heap,
	.free = free_any,
	.realloc = realloc_profiled,
	.usable_size = usual_usable_size,
	.owns = usual_owns,
};

int profiled_begin(uint64_t mean, profile_stack_fn stack)
{
	int error;

	store_release(&backend_chosen, &backend_profiled);
	error = profile_begin(mean, stack);
	if (error == 0)
		heap_call_all();
	return error;
}

void profiled_end(void)
{
	profile_end();
	heap_call_all();
}

/*
 * Not in a handler that interrupted a slow path or the holder of a lock, nor in a thread
 * that ends.
 */
void profiled_follow_tracer(void)
{
	bool is_there = PROBE_IS_WANTED(otel_memory, alloc);
	const struct backend *b = backend_now();
	uint64_t mean;

	if (is_there == load_relaxed(&profile_is_traced) || heap_self == &heap_late ||
	    lock_is_reentered() || (b != &backend_usual && b != &backend_profiled))
		return;
	mean = (uint64_t)options_get(OPTION_PROFILE);
	store_release(&backend_chosen, &backend_profiled);
	profile_trace(!is_there ? 0 : mean != 0 ? mean : PROFILE_USUAL_MEAN);
	heap_call_all();
}
