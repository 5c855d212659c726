#!/bin/sh
# SPDX-License-Identifier: MIT
# The model check finds what it is there to find: each error here is put into a
# copy of one file of the library, and some order of events must show it.
set -eu
: "${abs_top_srcdir:?is not set; run this test through make check}"
: "${abs_top_builddir:?is not set; run this test through make check}"
export LC_ALL=C
ulimit -c 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$abs_top_builddir"

# build PROGRAM FILE: links the program with the copy in place of lib/FILE.
build() {
	object=$(dirname "$2")/tests_model_$1-$(basename "$2" .c).o
	debug=1
	[ "$1" = threads ] || debug=0
	${CC:-cc} -std=gnu11 -O1 -pthread -w -include config.h \
		-include "$abs_top_srcdir/tests/model/hooks.h" -DMODEL_DEBUG=$debug \
		-I"$abs_top_srcdir/lib" -I"$abs_top_srcdir/include" \
		-c -o "$work/changed.o" "$work/changed.c"
	# shellcheck disable=SC2046 # a list of files
	${CC:-cc} -pthread -o "$work/program" "$work/changed.o" \
		$(find lib tests/model -name "tests_model_$1-*.o" -o -name "$1-*.o" |
			grep -vx "lib/$object")
}

# seed PROGRAM SCENARIO FILE ERROR SED-SCRIPT
seed() {
	sed "$5" "$abs_top_srcdir/lib/$3" >"$work/changed.c"
	if cmp -s "$work/changed.c" "$abs_top_srcdir/lib/$3"; then
		echo "lib/$3 has changed: there is no place for the error: $4" >&2
		exit 1
	fi
	build "$1" "$3"
	if "$work/program" "$2" >"$work/said" 2>&1; then
		echo "an error is not found: $4" >&2
		cat "$work/said" >&2
		exit 1
	fi
	[ -s "$work/said" ] || echo "a crash" >"$work/said"
	echo "found: $4: $(tail -n 1 "$work/said" | cut -c 1-100)"
}

seed threads 0 remote/remote_queue.c 'a push that fails is not tried again' \
	's/while (!cas_release(\(.*\)));$/while (!cas_release(\1) \&\& 0);/'
seed threads 0 remote/remote_queue.c 'a chain is linked after it is published' '
	/^unsigned inbox_post/,/^}/ {
		/tiny_next_store(chain->tail,/,+1d
		/while (!cas_release/a\
	tiny_next_store(chain->tail, (void *)(uintptr_t)(old \& ADDRESS_MASK));
	}'
seed threads 0 remote/remote_queue.c 'the inbox is read, then cleared' \
	's/all = swap_acquire(\(.*\), (uint64_t)0);/all = load_acquire(\1); store_relaxed(\1, (uint64_t)0);/'
seed threads 2 heap/heap.c 'a heap is buried before it is empty' '
	/^static void flush_and_idle/,/^}/ {
		/heap_flush(heap);/d
		/lock_give/a\
	heap_flush(heap);
	}'
seed threads 3 heap/bin.c 'a block goes into the slab of another heap' \
	's/unlikely(load_relaxed(&slab->owner) != heap)/0/'
seed threads 3 heap/bin.c 'an adopted slab keeps its old owner' \
	'/store_release(&slab->owner, (void \*)heap);/d'
seed threads 5 arena/arena.c 'what is being purged can be taken' \
	'/^static size_t purge_superslab/,/^}/s/ss->free &= ~mask;//'
seed threads 6 arena/arena.c 'an end of a purge is not noted' \
	'/^static size_t purge_superslab/,/^}/s/ss->free |= mask;//'
seed threads 7 heap/thin.c 'a slab can be taken from while it is purged' \
	'/slab->state = SLAB_PURGING;/d'
seed threads 8 huge/huge_cache.c 'the freed mappings are read without their lock' \
	'/^struct mapping \*huge_cache_take(/,/^}/ { /lock_/d; }'
seed threads 8 huge/huge.c 'a freed mapping is still known as a block' '
	/^void huge_free/,/^}/ {
		/unregister_mapping(h);/d
		/huge_cache_put(h);/a\
	unregister_mapping(h);
	}'
seed futex 0 base/lock.c 'who is woken does not take the lock' \
	's/while (swap_acquire/if (swap_acquire/'
seed futex 0 base/lock.c 'a lock is looked at, then taken' \
	's/return cas_acquire(&l->state, &expected, (uint32_t)HELD);/return load_relaxed(\&l->state) == expected \&\& (store_relaxed(\&l->state, (uint32_t)HELD), true);/'
seed futex 0 base/lock.c 'nobody is woken' \
	's/== CONTENDED)$/== CONTENDED + 1)/'
