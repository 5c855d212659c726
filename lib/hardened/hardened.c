/* SPDX-License-Identifier: MIT */
#include "hardened/hardened.h"

#include <errno.h>

#include "base/bits.h"
#include "base/file.h"
#include "base/secret.h"
#include "hardened/finding.h"
#include "hardened/mapped.h"
#include "hardened/region.h"
#include "hardened/slots.h"
#include "next_malloc/next_malloc.h"
#include "options/options.h"

/* The kernel's own default, and the share of it that guards may use. */
#define MAP_COUNT_USUAL 65530u
#define GUARD_SHARE 8u

HAK_NEAR uint32_t hardened_mode;
static struct lock decide_lock = LOCK_INIT(LOCK_RANK_HARDENED);

/* How many mappings a process may have; the usual number where /proc is not. */
static unsigned map_count(void)
{
	char digits[16];
	unsigned number = 0;
	ssize_t length = -1;
	int fd = file_open("/proc/sys/vm/max_map_count", 0);

	if (fd >= 0) {
		length = file_read(fd, digits, sizeof(digits));
		file_close(fd);
	}
	for (ssize_t i = 0; i < length && digits[i] >= '0' && digits[i] <= '9' &&
			    number < MAP_COUNT_USUAL; i++)
		number = number * 10 + (unsigned)(digits[i] - '0');
	return length > 0 ? number : MAP_COUNT_USUAL;
}

/* Under decide_lock. */
static bool start(void)
{
	int saved = errno;

	secret_start();
	region_set_guards(map_count() / GUARD_SHARE);
	errno = saved;
	return slots_start();
}

/* Under decide_lock. */
static void decide(void (*load)(void))
{
	if (load_relaxed(&hardened_mode) != HARDENED_UNDECIDED)
		return;
	load();
	if (!options_load()) /* there is no environment yet */
		return;
	if (!options_get(OPTION_HARDENED) || libc_serves())
		store_release(&hardened_mode, (uint32_t)HARDENED_OFF);
	else if (start())
		store_release(&hardened_mode, (uint32_t)HARDENED_ON);
}

bool hardened_decide(void (*load)(void))
{
	lock_take(&decide_lock);
	decide(load);
	lock_give(&decide_lock);
	return options_get(OPTION_HARDENED) && !libc_serves();
}

static bool in_slot(const void *block)
{
	return hardened_is_slot(registry_word(block));
}

/*
 * Blocks that handlers could not free; nothing may be written into them.  Those
 * beyond the places stay allocated for ever.
 */
#define LEFT_PLACES 256u
static void *left[LEFT_PLACES]; /* put by CAS (release), taken by exchange */
static bool any_left;		/* set after a put, cleared before taking */

void hardened_leave(void *block)
{
	for (unsigned i = 0; i < LEFT_PLACES; i++) {
		void *expected = NULL;

		if (!load_relaxed(&left[i]) &&
		    cas_acquire(&left[i], &expected, block))
			break;
	}
	store_release(&any_left, true);
}

static HAK_COLD void free_left(void)
{
	store_relaxed(&any_left, false);
	for (unsigned i = 0; i < LEFT_PLACES; i++) {
		void *block = swap_acquire(&left[i], NULL);

		if (block)
			hardened_free(block);
	}
}

size_t hardened_peek(const void *block)
{
	return in_slot(block) ? slots_peek(block) : 0;
}

void *hardened_alloc(size_t size, size_t alignment, bool *zeroed)
{
	struct finding f;
	unsigned bin;
	void *block;

	if (unlikely(load_acquire(&hardened_mode) != HARDENED_ON))
		return NULL;
	if (unlikely(load_relaxed(&any_left)))
		free_left();
	bin = slots_bin(size, alignment);
	*zeroed = true;
	if (bin == NO_BIN)
		return mapped_alloc(size, alignment);
	block = slots_alloc(bin, size, alignment, zeroed, &f);
	finding_none(&f, "malloc()");
	return block;
}

void hardened_free(void *block)
{
	uint32_t word = registry_word(block);
	struct finding f;

	if (hardened_is_slot(word)) {
		slots_free(block, word_bin(word));
		return;
	}
	mapped_free(block, &f);
	finding_none(&f, "free()");
}

static void look(const void *block, struct finding *f)
{
	if (in_slot(block))
		slots_look(block, f);
	else
		mapped_look(block, f);
}

bool hardened_size(const void *block, const char *call, size_t *size)
{
	struct finding f;

	look(block, &f);
	*size = f.size;
	return finding_none(&f, call);
}

/* All else that may be wrong is for the free() that follows. */
void hardened_check_size(const void *block, size_t alignment, size_t size)
{
	struct finding f;

	if (!options_get(OPTION_CHECK_SIZE))
		return;
	look(block, &f);
	if (f.kind != FINDING_NONE ||
	    (f.size == size && is_aligned_to(block, alignment)))
		return;
	f.kind = FINDING_WRONG_SIZE;
	f.said = size;
	finding_none(&f, "sized free");
}

bool hardened_resize(void *block, size_t size)
{
	struct finding f;
	bool done = in_slot(block) ? slots_resize(block, size, &f) :
				     mapped_resize(block, size, &f);

	return finding_none(&f, "realloc()") && done;
}

bool hardened_owns(const void *block)
{
	struct finding f;

	look(block, &f);
	return f.kind == FINDING_NONE || f.kind > FINDING_DAMAGE;
}

void hardened_make_room(void)
{
	if (load_acquire(&hardened_mode) != HARDENED_ON)
		return;
	slots_end_delay();
	mapped_purge();
}

size_t hardened_purge(void)
{
	if (load_acquire(&hardened_mode) != HARDENED_ON)
		return 0;
	return slots_purge() + mapped_purge();
}

size_t hardened_live(void)
{
	if (load_acquire(&hardened_mode) != HARDENED_ON)
		return 0;
	return slots_live() + mapped_live();
}

void hardened_fork(enum fork_step step)
{
	if (load_acquire(&hardened_mode) != HARDENED_ON)
		return;
	slots_fork(step);
	region_fork(step);
	mapped_fork(step);
}
