/* SPDX-License-Identifier: MIT */
/*
 * fuzz: a heap profile, unpacked.  It is refused with a reason, or its sums agree: that
 * of the samples, of the stacks, of the functions and of the tree.
 */
#include "fuzz.h"
#include "tools/hakmem-heap/heap.h"

static uint64_t flat_sum(const struct stacks *all)
{
	struct held *held = heap_held(all);
	uint64_t sum = 0;

	for (size_t i = 0; i < all->names.count; i++) {
		must(held[i].flat[NOW] <= held[i].cum[NOW]);
		must(held[i].cum[NOW] <= all->total[NOW]);
		sum += held[i].flat[NOW];
	}
	free(held);
	return sum;
}

/* What a node holds is what it holds itself and what those below it hold. */
static void check_node(const struct tree *t, size_t node)
{
	struct below b = tree_below(t, node, 0.25);
	uint64_t sum = t->node[node].self[NOW] + b.small_total;

	for (size_t i = 0; i < b.count; i++) {
		sum += t->node[b.node[i]].total[NOW];
		must(i == 0 || t->node[b.node[i]].total[NOW] <= t->node[b.node[i - 1]].total[NOW]);
	}
	must(sum == t->node[node].total[NOW]);
	free(b.node);
}

static void check_stacks(const struct profile *p, bool lines, bool from_root)
{
	struct symbols s = {.lines = lines};
	struct stacks all = {.all_frames = lines};
	struct tree t;

	stacks_add(&all, p, NOW, &s);
	symbols_close(&s);
	stacks_sort(&all, from_root);
	must(all.total[NOW] == p->total);
	if (!from_root)
		must(flat_sum(&all) == p->total);
	t = tree_build(&all);
	must(t.node[0].total[NOW] == p->total);
	for (size_t i = 0; i < t.count; i++)
		check_node(&t, i);
	tree_free(&t);
	stacks_free(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile p;
	char *why = profile_decode(&p, data, size, "a");

	if (why) {
		must(*why != '\0' && strlen(why) < 1000);
		free(why);
		return 0;
	}
	/* No file of this machine is opened. */
	for (size_t i = 0; i < p.mappings; i++)
		p.mapping[i].file = "";
	check_stacks(&p, false, false);
	check_stacks(&p, true, true);
	profile_free(&p);
	return 0;
}
