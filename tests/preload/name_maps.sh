#!/bin/sh
# SPDX-License-Identifier: MIT
# HAKMEM_NAME_MAPS: every mapping gets its name, and without the variable there is no such
# system call.  strace plays a kernel that has names where this one has none.
. "${abs_top_srcdir:?}/tests/common.sh"
need strace
strace -o probe -e trace=prctl true 2>/dev/null || skip "strace can trace nothing here"
compile name_maps

# traced FOLDER STRACE-OPTION... -- VARIABLE=VALUE...: `calls` has the system calls.
traced() {
	into=$1
	shift
	set -- "$@" "$work/name_maps"
	said "$into" strace -f -o calls "$@"
	[ "$(cat "$into/status")" = 0 ] && [ ! -s "$into/err" ] ||
		fail "it ends with $(cat "$into/status"): $(cat "$into/err")"
}

traced off -e trace=prctl env LD_PRELOAD="$hak_library"
! grep -q PR_SET_VMA off/calls || fail "it names: $(cat off/calls)"

# A kernel without names is asked once.
traced none -e inject=prctl:error=EINVAL env LD_PRELOAD="$hak_library" HAKMEM_NAME_MAPS=1
[ "$(grep -c PR_SET_VMA none/calls)" = 1 ] || fail "it asks again: $(cat none/calls)"

# named KIND WORD FILE: the blocks of that kind lie in memory that was named so last.
# strace writes prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0xADDRESS, SIZE, "NAME").
ranges() {
	sed -n 's/.*PR_SET_VMA_ANON_NAME, \(0x[0-9a-f]*\), \([0-9]*\), "hakmem: \([a-z]*\)".*/\3 \1 \2/p' "$1"
}

# holds FOLDER KIND NAME
holds() {
	ranges "$1/calls" >ranges
	awk -v kind="$2" '$1 == kind { print $2 }' "$1/out" >blocks
	[ -s blocks ] || fail "there is no block: $(cat "$1/out")"
	while read -r block; do
		found=no
		while read -r name start size; do
			[ "$name" != "$3" ] || [ $((block)) -lt $((start)) ] ||
				[ $((block)) -ge $((start + size)) ] || found=yes
		done <ranges
		[ $found = yes ] || fail "$block is not in memory named $3: $(cat ranges)"
	done <blocks
}

played="-e inject=prctl:retval=0"
# shellcheck disable=SC2086 # two words
traced plain $played env LD_PRELOAD="$hak_library" HAKMEM_NAME_MAPS=1 HAKMEM_DEBUG_RING=10
holds plain arena arena
grep -q '^meta ' ranges || fail "descriptors have no name: $(cat ranges)"
# shellcheck disable=SC2086
traced hardened $played env LD_PRELOAD="$hak_library" HAKMEM_NAME_MAPS=1 HAKMEM_HARDENED=1
holds hardened arena hardened
# What mremap moves keeps its name, so only the other one is named where it is.
grep '^huge' plain/out | tail -n 1 >plain/last
mv plain/last plain/out
holds plain huge huge

# The page has every name, and no other.
sed -n 's/.*"hakmem: \([a-z]*\)".*/\1/p' "$abs_top_srcdir"/lib/*/*.c | sort -u >in_code
sed -n 's/^\thakmem: \([a-z]*\) .*/\1/p' "$abs_top_srcdir/man/env/HAKMEM_NAME_MAPS.txt" |
	sort -u >in_page
diff in_code in_page || fail "the page has other names than the code"

# The names themselves, where this kernel has them.
said real env LD_PRELOAD="$hak_library" HAKMEM_NAME_MAPS=1 "$work/name_maps"
[ "$(cat real/status)" = 0 ] && [ ! -s real/err ] || fail "it says: $(cat real/err)"
grep -q 'anon:hakmem: ' real/out || {
	echo "all else holds; this kernel has no names (CONFIG_ANON_VMA_NAME)"
	exit 77
}
awk '
	/^(arena|huge) 0x/ {
		kind[$2] = $1
		next
	}
	/ \[anon:hakmem: / {
		split($1, end, "-")
		range[++count] = end[1] " " end[2] " " $NF
	}
	END {
		for (i = 1; i <= count; i++)
			print range[i]
	}' real/out >named
awk '/^(arena|huge) 0x/ { print $1, $2 }' real/out | while read -r kind block; do
	found=no
	while read -r start end name; do
		[ "$name" != "$kind]" ] || [ $((block)) -lt $((0x$start)) ] ||
			[ $((block)) -ge $((0x$end)) ] || found=yes
	done <named
	[ $found = yes ] || fail "$block is in no memory named $kind: $(cat real/out)"
done
