#!/bin/sh
# SPDX-License-Identifier: MIT
# memcheck works on a program under the library, both when it puts its own
# malloc in the place of ours (it does by default) and when it is told not to.
. "${abs_top_srcdir:?}/tests/common.sh"

need valgrind
compile valgrind -g -ldl

# check STATUS FLAG...: what the program printed is in `out`.
check() {
	wanted=$1
	shift
	status=0
	preloaded valgrind -q --error-exitcode=9 "$@" >out 2>err || status=$?
	[ "$status" = "$wanted" ] ||
		fail "valgrind $*: status $status, not $wanted: $(cat err)"
}

said() {
	grep -qx "$1" out || fail "the blocks are $(head -n 1 out)'s, not $1's"
}

# An older valgrind gives up on the debug information of a newer compiler.
preloaded valgrind -q ./valgrind >out 2>err || :
grep -q 'Possibly corrupted debuginfo' err &&
	skip "this valgrind cannot read what $CC writes about the library"
check 0 --leak-check=full --errors-for-leak-kinds=definite ./valgrind
said valgrind
grep -q . err && fail "memcheck complains: $(cat err)"
check 9 ./valgrind use-freed
grep -q 'Invalid read' err || fail "a use after free is not seen: $(cat err)"

# Ours then is a malloc like a program's own: its blocks are plain memory.
ours=--soname-synonyms=somalloc=nouserintercepts
check 0 $ours ./valgrind
said hakmem
grep -q . err && fail "memcheck complains of the library: $(cat err)"
exit 0
