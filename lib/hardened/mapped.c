/* SPDX-License-Identifier: MIT */
#include "hardened/mapped.h"

#include <stdint.h>
#include <string.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "hardened/canary.h"
#include "hardened/region.h"
#include "hardened/table.h"
#include "os/hak_os_map_boundary.h"
#include "size_class/size_class.h"
#include "stats/stats.h"

#define SEALED_SLOTS 64u
#define SEALED_BYTES ((size_t)128 << 20)

/* So many bytes before a block, and behind it, hold canaries at most. */
#define MARK 64u

static struct lock mapped_lock = LOCK_INIT(LOCK_RANK_REGION);
/* Freed ones, oldest at sealed_first: under mapped_lock, as are all below. */
static struct mapping sealed[SEALED_SLOTS];
static unsigned sealed_first, sealed_count;
static size_t sealed_bytes;
static size_t live_bytes; /* of live mappings; read relaxed */

/* ---- mappings ------------------------------------------------------------ */

static char *data_end(const struct mapping *m)
{
	return m->base + m->bytes - m->closed;
}

static char *data(const struct mapping *m)
{
	return m->base + m->closed;
}

static size_t data_bytes(const struct mapping *m)
{
	return m->bytes - 2 * m->closed;
}

/* One that is open; what the system does not take back is lost. */
static void unmap(const struct mapping *m)
{
	if (!os_unmap(data(m), data_bytes(m)))
		os_purge(data(m), data_bytes(m));
	if (m->closed == 0)
		return;
	os_unreserve(m->base, m->closed);
	os_unreserve(data_end(m), m->closed);
	region_return_guard();
}

/* One that is closed from end to end. */
static void unmap_sealed(const struct mapping *m)
{
	os_unreserve(m->base, m->bytes);
	if (m->closed != 0)
		region_return_guard();
}

/* Closed pages on both sides of `bytes` that are open. */
static bool map_guarded(struct mapping *m, size_t bytes)
{
	if (!region_spend_guard())
		return false;
	m->closed = os_page_size();
	m->bytes = bytes + 2 * m->closed;
	m->base = os_reserve(m->bytes, os_page_size());
	if (m->base && os_commit(m->base + m->closed, bytes))
		return true;
	if (m->base)
		os_unreserve(m->base, m->bytes);
	region_return_guard();
	return false;
}

static bool map_plain(struct mapping *m, size_t bytes)
{
	m->closed = 0;
	m->bytes = bytes;
	m->base = os_map(bytes, os_page_size());
	return m->base != NULL;
}

/* Room for the block wherever its alignment puts it; 0: it cannot be. */
static size_t bytes_for(size_t size, size_t alignment)
{
	size_t beyond = max_size(alignment, os_page_size()) - os_page_size();

	if (size > PTRDIFF_MAX / 2 - alignment)
		return 0;
	return align_up(max_size(size, 1) + beyond, os_page_size());
}

static bool map(struct mapping *m, size_t size, size_t alignment)
{
	size_t bytes = bytes_for(size, alignment);

	if (bytes == 0 || !(map_guarded(m, bytes) || map_plain(m, bytes)))
		return false;
	os_name(m->base, m->bytes, "hakmem: hardened");
	m->size = size;
	m->block = (char *)align_down((uintptr_t)data_end(m) - size, alignment);
	return true;
}

/* ---- canaries ------------------------------------------------------------ */

static size_t front_mark(const struct mapping *m)
{
	return min_size((size_t)(m->block - data(m)), MARK);
}

static size_t back_mark(const struct mapping *m)
{
	return min_size((size_t)(data_end(m) - (m->block + m->size)), MARK);
}

/* A byte of the marks, never 0. */
static unsigned char mark_at(const struct mapping *m, size_t place)
{
	return (unsigned char)(canary_value(m->block) >> 8 * (place % 8) | 1);
}

static void write_marks(const struct mapping *m)
{
	size_t front = front_mark(m), back = back_mark(m);

	for (size_t i = 0; i < front; i++)
		m->block[i - front] = (char)mark_at(m, i);
	for (size_t i = 0; i < back; i++)
		m->block[m->size + i] = (char)mark_at(m, i);
}

static bool marked(const struct mapping *m, const char *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((unsigned char)from[i] != mark_at(m, i))
			return false;
	return true;
}

static void check_marks(const struct mapping *m, struct finding *f)
{
	if (!marked(m, m->block + m->size, back_mark(m)))
		f->kind = FINDING_AFTER_END;
	else if (!marked(m, m->block - front_mark(m), front_mark(m)))
		f->kind = FINDING_BEFORE_START;
}

/* ---- freed mappings ------------------------------------------------------ */

/* Takes the oldest out.  False: there is none.  Under mapped_lock. */
static bool pop_sealed(struct mapping *m)
{
	if (sealed_count == 0)
		return false;
	*m = sealed[sealed_first];
	sealed_first = (sealed_first + 1) % SEALED_SLOTS;
	sealed_count--;
	sealed_bytes -= m->bytes;
	return true;
}

static bool too_many_sealed(size_t more)
{
	return sealed_count == SEALED_SLOTS || more > SEALED_BYTES ||
	       sealed_bytes > SEALED_BYTES - more;
}

/* Unmaps the oldest until there is room for `more` bytes.  Takes the lock. */
static size_t drop_sealed(size_t more)
{
	struct mapping oldest;
	size_t done = 0;
	bool have = true;

	while (have) {
		lock_take(&mapped_lock);
		have = too_many_sealed(more) && pop_sealed(&oldest);
		lock_give(&mapped_lock);
		if (!have)
			break;
		unmap_sealed(&oldest);
		done += oldest.bytes;
	}
	return done;
}

static void push_sealed(const struct mapping *m)
{
	struct mapping oldest;
	bool full;

	drop_sealed(m->bytes);
	lock_take(&mapped_lock);
	full = sealed_count == SEALED_SLOTS && pop_sealed(&oldest);
	sealed[(sealed_first + sealed_count++) % SEALED_SLOTS] = *m;
	sealed_bytes += m->bytes;
	lock_give(&mapped_lock);
	if (full) /* somebody was quicker */
		unmap_sealed(&oldest);
}

static bool is_sealed(const void *block, size_t *size)
{
	for (unsigned i = 0; i < sealed_count; i++) {
		const struct mapping *m = &sealed[(sealed_first + i) % SEALED_SLOTS];

		if (m->block == block) {
			*size = m->size;
			return true;
		}
	}
	return false;
}

/* ---- malloc and free ----------------------------------------------------- */

/* `m` becomes known.  False: no memory to remember it. */
static bool remember(const struct mapping *m)
{
	bool done;

	lock_take(&mapped_lock);
	done = table_reserve();
	if (done) {
		table_add(m);
		count_relaxed(&live_bytes, m->bytes);
	}
	lock_give(&mapped_lock);
	return done;
}

void *mapped_alloc(size_t size, size_t alignment)
{
	struct mapping m;

	if (!map(&m, size, max_size(alignment, BLOCK_ALIGN)))
		return NULL;
	write_marks(&m);
	if (!remember(&m)) {
		unmap(&m);
		return NULL;
	}
	add_relaxed(&stats_totals.hardened, m.bytes);
	return m.block;
}

/* Under mapped_lock: the mapping of a live block, or NULL and why not. */
static struct mapping *find_live(const void *block, struct finding *f)
{
	struct mapping *m = table_find(block);

	f->block = block;
	f->size = 0;
	f->kind = FINDING_NONE;
	if (!m) {
		f->kind = is_sealed(block, &f->size) ? FINDING_FREED :
						       FINDING_FOREIGN;
		return NULL;
	}
	f->size = m->size;
	check_marks(m, f);
	return m;
}

/* The mapping leaves the table, if nothing is found. */
static bool take_out(const void *block, struct mapping *out, struct finding *f)
{
	struct mapping *m;

	lock_take(&mapped_lock);
	m = find_live(block, f);
	if (f->kind == FINDING_NONE) {
		*out = *m;
		table_remove(m);
		count_relaxed(&live_bytes, -out->bytes);
	}
	lock_give(&mapped_lock);
	return f->kind == FINDING_NONE;
}

void mapped_free(void *block, struct finding *f)
{
	struct mapping m;

	if (!take_out(block, &m, f))
		return;
	sub_relaxed(&stats_totals.hardened, m.bytes);
	if (os_seal(data(&m), data_bytes(&m)))
		push_sealed(&m);
	else
		unmap(&m);
}

void mapped_look(const void *block, struct finding *f)
{
	lock_take(&mapped_lock);
	find_live(block, f);
	lock_give(&mapped_lock);
}

/* A mapping serves a block of at least half of what it can hold. */
bool mapped_resize(void *block, size_t size, struct finding *f)
{
	struct mapping *m;
	bool fits = false;

	lock_take(&mapped_lock);
	m = find_live(block, f);
	if (f->kind == FINDING_NONE) {
		size_t room = (size_t)(data_end(m) - m->block);

		fits = size <= room && size >= room / 2;
		if (fits && size > m->size)
			memset(m->block + m->size, 0, back_mark(m));
		if (fits)
			m->size = size;
		write_marks(m);
	}
	lock_give(&mapped_lock);
	return fits;
}

size_t mapped_purge(void)
{
	return drop_sealed(SIZE_MAX);
}

size_t mapped_live(void)
{
	return load_relaxed(&live_bytes);
}

void mapped_fork(enum fork_step step)
{
	lock_fork(&mapped_lock, step);
}
