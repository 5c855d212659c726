/* SPDX-License-Identifier: MIT */
#include "hardened/finding.h"

#include "base/die.h"
#include "base/probe.h"
#include "debug_ring/debug_ring.h"
#include "options/options.h"

static const char *const texts[] = {
	[FINDING_FOREIGN] = "invalid pointer ",
	[FINDING_INSIDE] = "invalid pointer ",
	[FINDING_NEVER] = "invalid pointer ",
	[FINDING_FREED] = "double free of ",
	[FINDING_WRONG_SIZE] = "wrong size or alignment for ",
	[FINDING_AFTER_END] = "written beyond the end of ",
	[FINDING_BEFORE_START] = "written before the start of ",
	[FINDING_WHILE_FREE] = "written after it was freed: ",
};

static const char *const endings[] = {
	[FINDING_FOREIGN] = ": not the start of a block of this allocator",
	[FINDING_INSIDE] = ": inside of a slab, not the start of a block of it",
	[FINDING_NEVER] = ": a block that was never handed out",
	[FINDING_WHILE_FREE] = ", first at byte ",
	[FINDING_WRONG_SIZE] = ", freed as ",
};

/* realloc() and malloc_usable_size() of a freed block free nothing. */
static const char *text(const struct finding *f, const char *call)
{
	if (f->kind == FINDING_FREED && __builtin_strncmp(call, "free", 4) != 0)
		return "pointer to a freed block, ";
	return texts[f->kind];
}

static void compose(struct message *m, const struct finding *f, const char *call,
		    const char *kind)
{
	message_start_line(m);
	message_add(m, "%s: %s0x%lx", call, kind, (uintptr_t)f->block);
	if (f->size != 0)
		message_add(m, ", %lu-byte block", f->size);
	if (endings[f->kind])
		message_text(m, endings[f->kind]);
	if (f->kind == FINDING_WHILE_FREE)
		message_add(m, "%lu", f->offset);
	if (f->kind == FINDING_WRONG_SIZE)
		message_add(m, "%lu (HAKMEM_CHECK_SIZE=0 lets it pass)", f->said);
}

void finding_tell(const struct finding *f, const char *call)
{
	int64_t policy = options_get(OPTION_BAD_FREE);
	const char *kind = text(f, call);
	struct message m;

	HAK_PROBE(hakmem, bad_free, f->block, kind);
	debug_ring_add(RING_BAD_FREE, (uintptr_t)f->block, (uintptr_t)f->kind);
	if (f->kind > FINDING_DAMAGE)
		policy = BAD_FREE_ABORT;
	if (policy == BAD_FREE_IGNORE)
		return;
	compose(&m, f, call, kind);
	if (policy == BAD_FREE_ABORT)
		die_message(&m);
	message_send(&m);
}
