#!/bin/sh
# SPDX-License-Identifier: MIT
# System calls for memory: every run tells how many, strace sees as many, and
# where they cannot be counted the result says null.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
find_allocators

# calls FILE: the numbers of a result, a line for each allocator.
calls() {
	tr -d ' \n' <"$1" | grep -o '"mmap":[^}]*' | sort
}

status 0 "$bench" burst 8 64 --with system --json
if grep -q '"memory_calls": null' "$work/out"; then
	skip "system calls cannot be counted on this machine"
fi
grep -q '"brk": [1-9]' "$work/out" || fail "no brk: $(cat "$work/out")"
status 0 "$bench" burst 8 64 --with system
grep -q '^    brk  *[1-9]' "$work/out" || fail "no text of brk: $(cat "$work/out")"

command -v strace >/dev/null && strace -o "$work/probe" true 2>/dev/null || exit 0
# Without random addresses, where that can be had: libc asks for the end of its heap
# once more when that does not begin at a page.
fixed=
! setarch -R true 2>/dev/null || fixed='setarch -R'

# agrees ROW: counted and traced, both are the same.
agrees() {
	# shellcheck disable=SC2086 # two words or none
	status 0 $fixed "$bench" compare "$1" --quick --rounds=1 --with "$allocators" --json
	calls "$work/out" >"$work/counted"
	# shellcheck disable=SC2086
	status 0 $fixed "$bench" syscalls "$1" --with "$allocators" --json
	calls "$work/out" >"$work/traced"
	[ "$(wc -l <"$work/counted")" -ge 3 ] || fail "$1 was not counted"
	cmp -s "$work/counted" "$work/traced"
}

# mimalloc looks at the clock before it gives memory back, so that on a loaded
# machine two runs may differ; who counts wrong does so each time.
for row in burst:mib=8,size=64 thread-churn:lives=20 first-touch:lives=3; do
	agrees "$row" || agrees "$row" || agrees "$row" || agrees "$row" ||
		fail "$row: strace sees other calls:
$(diff "$work/counted" "$work/traced")"
done

# A kernel without it.
status 0 strace -f -qq -o "$work/log" -e trace=seccomp \
	-e inject=seccomp:error=ENOSYS "$bench" pair 1000000 --json
grep -q '"memory_calls": null' "$work/out" ||
	fail "no seccomp gives: $(cat "$work/out")"
status 0 strace -f -qq -o "$work/log" -e trace=seccomp \
	-e inject=seccomp:error=ENOSYS "$bench" pair 1000000
grep -q 'system calls cannot be counted' "$work/out" ||
	fail "no seccomp says: $(cat "$work/out")"
