#!/bin/sh
# SPDX-License-Identifier: MIT
# The commands of tools/gdb in a live process and in a core: what blocks are, the heaps, and
# faults that were put into them.
. "${abs_top_srcdir:?}/tests/common.sh"
helpers=$abs_top_srcdir/tests/tools
need gdb readelf
gdb -nx -batch -ex 'python print("it has")' 2>/dev/null | grep -q 'it has' ||
	skip "gdb was built without Python"
gdb -nx -batch -ex run "$(command -v true)" 2>/dev/null | grep -q 'exited normally' ||
	skip "gdb can run no program here"
readelf -SW "$hak_library" | grep -q '\.debug_info' ||
	skip "the library was built without debug information"
compile gdb -g
commands=$abs_top_builddir/tools/gdb/hakmem.py

# debug NAME LIBRARY VARIABLE=VALUE... -- GDB-COMMAND...: runs the program to ready(), and
# there the commands; what they print goes to the file NAME.
debug() {
	name=$1
	shift
	wrapper="env LD_PRELOAD=$1"
	shift
	while [ "$1" != -- ]; do
		wrapper="$wrapper $1"
		shift
	done
	shift
	{
		printf '%s\n' 'set pagination off' "set exec-wrapper $wrapper" 'break ready' \
			run "source $commands" 'echo begin\n'
		printf '%s\n' "$@"
	} >script
	timeout 120 gdb -nx -batch -x script "$work/gdb" >log 2>&1 || :
	sed -n '1,/^begin$/!p' log >"$name"
	grep -q '^begin$' log || fail "gdb does not come to ready(): $(cat log)"
}

# tells FILE PATTERN...: for each pattern the file has a line.
tells() {
	file=$1
	shift
	for pattern; do
		grep -Eq "$pattern" "$file" || fail "no '$pattern' in: $(cat "$file")"
	done
}

set -- 'hakmem block live' 'hakmem block live + 10' 'hakmem block in_cache' \
	'hakmem block in_slab' 'hakmem block purged' 'hakmem block in_inbox' \
	'hakmem block in_outbox' 'hakmem block large' 'hakmem block huge' \
	'hakmem block huge + 4000000' 'hakmem block on_stack' 'hakmem block of_dead' \
	'hakmem block never' 'hakmem heap' 'hakmem check'
debug live "$hak_library" -- "$@" "generate-core-file $work/core"
block='0x[0-9a-f]+:'
tells live "^$block a live block, 1[0-9][0-9] bytes, bin [0-9]+ \(C[45]\), of heap 3\.$" \
	"^  It begins at 0x[0-9a-f]+, 10 bytes before 0x" \
	"^$block free, [0-9]+ bytes, bin [0-9]+ \(MID\), of heap 3, in the FastCache of heap 3\.$" \
	"^$block free, .* \(C6\), of heap 3, in its slab\.$" \
	"^$block free, .* \(C6\), of heap 3, in its slab, on pages that went back" \
	"^$block free, .* \(C7\), of heap 4, in the inbox of heap 4\.$" \
	"^$block free, .* \(C7\), of heap 4, in the outbox of heap 3\.$" \
	"^$block a live block, 262144 bytes, Large\.$" \
	"^  It begins at 0x[0-9a-f]+, 70000 bytes before" \
	"^$block a live block, 50[0-9]+ bytes, Huge\.$" \
	"^  It begins at 0x[0-9a-f]+, 4000000 bytes before" \
	"^$block no block of libhakmem\.$" \
	"^$block a live block, .* of heap 5\.$" \
	"^$block never handed out, in a slab of heap 5 for blocks of" \
	'^heap 3: of a thread, [1-9][0-9]* bytes in slabs' \
	'^heap 4: of a thread, ' \
	'^heap 5: without a thread, 65536 bytes in slabs' \
	'^  [1-9][0-9]* blocks wait for other heaps$' \
	'^ +[0-9]+ +C7 +10[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +29[0-9]$' \
	'^Large: 262144 bytes; Huge: 1 blocks, 50[0-9]+ bytes mapped$' \
	'^3 heaps, [0-9]+ slabs, [0-9]+ free blocks and 1 Huge blocks: no fault$'
[ "$(wc -l <live)" -ge 30 ] || fail "something is missing: $(cat live)"

# All of it in the core, too.
[ -s core ] || fail "gdb wrote no core: $(cat live)"
{
	printf '%s\n' 'set pagination off' "source $commands" 'echo begin\n'
	printf '%s\n' "$@"
} >script
timeout 120 gdb -nx -batch -x script "$work/gdb" core >log 2>&1 || :
sed -n '1,/^begin$/!p' log >in_core
grep -v '^Saved corefile\|^warning:' live | diff - in_core ||
	fail "the core tells something else than the process"

# This variable makes the SLL the cache.
debug spare "$hak_library" HAKMEM_TINY_FAST_STATS=1 -- 'hakmem block in_cache' 'hakmem heap' \
	'hakmem check'
tells spare "^$block free, .* \(MID\), of heap 3, in the SLL of heap 3\.$" \
	'^ +[0-9]+ +MID +[0-9]+ +1 +0 +0 +1 +0$' 'no fault$'

# Each fault is found, and no other.
debug faults "$hak_library" -- 'set var in_slab[8] ^= 1' 'set var in_inbox[9] ^= 1' \
	'set var heap_first->held_bytes += 65536' 'set var stats_totals.large = 1' \
	'hakmem check'
found=$(grep -c '^FAULT: ' faults) || :
if [ "${hak_free_checks:?}" = yes ]; then
	[ "$found" = 4 ] || fail "$found faults, not 4: $(cat faults)"
	[ "$(grep -c 'was written to after it was freed' faults)" = 2 ] ||
		fail "no two blocks: $(cat faults)"
else
	[ "$found" = 2 ] || fail "$found faults, not 2: $(cat faults)"
fi
tells faults 'heap [0-9]+ has not the bytes of its slabs' \
	'Large blocks have 262144 bytes, and not 1$' ": $found faults$"

# Who allocated a sampled block.
if [ "${hak_profiler:?}" = yes ]; then
	debug site "$hak_library" HAKMEM_PROFILE=1 -- 'hakmem block live' 'hakmem check'
	tells site 'It is a sample of the profile' '^    0x[0-9a-f]+ at_a_known_place' \
		'^    0x[0-9a-f]+ main.* at .*gdb.c:[0-9]+$' 'no fault$'
fi

# Sentences.
debug hardened "$hak_library" HAKMEM_HARDENED=1 -- 'hakmem block live'
tells hardened '^The program runs in hardened mode, whose blocks these commands do not know\.$'
debug disabled "$hak_library" HAKMEM_DISABLE=1 -- 'hakmem heap'
tells disabled '^HAKMEM_DISABLE: the malloc of libc serves the program\.$'
debug without '' -- 'hakmem check'
tells without '^The program has no libhakmem\.$'
mkdir bare
strip -g -o bare/libhakmem.so.0 "$hak_library"
debug stripped "$work/bare/libhakmem.so.0" -- 'hakmem check'
tells stripped '/bare/libhakmem.so.0 has no debug information: install libhakmem0-dbgsym'
gdb -nx -batch -x "$commands" -ex 'hakmem heap' "$work/gdb" >log 2>&1 || :
tells log '^There is no process and no core\.$'
debug usage "$hak_library" -- 'hakmem block'
tells usage '^usage: hakmem block ADDRESS$'

# gdb finds it by the name of the library.
real=$(readlink -f "$hak_library")
mkdir -p "$work/auto$(dirname "$real")"
cp "$commands" "$work/auto$real-gdb.py"
timeout 120 gdb -nx -batch -iex "set auto-load scripts-directory $work/auto" \
	-iex "set auto-load safe-path $work/auto" -ex 'set pagination off' \
	-ex "set exec-wrapper env LD_PRELOAD=$hak_library" -ex 'break ready' -ex run \
	-ex 'hakmem check' "$work/gdb" >log 2>&1 || :
tells log 'no fault$'
