#!/bin/sh
# SPDX-License-Identifier: MIT
# A pointer that is no block ends the program with one line that names it, and one
# that says how to exclude the program.
. "$abs_top_srcdir/tests/common.sh"

compile foreign_free -w
ulimit -c 0

# check FUNCTION KIND [WHAT]
check() {
	what=${3:-invalid pointer}
	said case preloaded "$work/foreign_free" "$1" "$2"
	[ "$(cat case/status)" = 134 ] ||
		fail "$1 of a $2 pointer ends with $(cat case/status), not SIGABRT"
	grep -q "$ours $1(): $what $(cat case/out)" case/err ||
		fail "$1 of a $2 pointer, $(cat case/out), says: $(cat case/err)"
	# The shell may add a line about the signal.  A build with the debug ring
	# dumps its events between ours.
	[ "$(grep "$ours" case/err | grep -vc "$ours event ")" = 2 ] ||
		fail "$1 of a $2 pointer says other than two lines: $(cat case/err)"
}

# goes_on FUNCTION KIND [WHAT]: with a line for `warn`, without one for `ignore`.
goes_on() {
	what=${3:-invalid pointer}
	for policy in warn:1 ignore:0; do
		said case preloaded HAKMEM_BAD_FREE="${policy%:*}" \
			"$work/foreign_free" "$1" "$2"
		[ "$(cat case/status)" = 0 ] ||
			fail "$1 of a $2 pointer does not go on with HAKMEM_BAD_FREE=${policy%:*}"
		[ "$(grep -c "$ours .* $what" case/err)" = "${policy#*:}" ] ||
			fail "HAKMEM_BAD_FREE=${policy%:*}, $1, $2: $(cat case/err)"
	done
}

for kind in stack static code mapped small wild inside-large inside-huge \
	freed-large freed-huge; do
	check free "$kind"
	check realloc "$kind"
	goes_on free "$kind"
	goes_on realloc "$kind"
done
check malloc_usable_size stack
goes_on malloc_usable_size stack
check realloc inside-tiny

# What free() sees of a thread's own blocks at once needs the checks on its fast
# path.
[ "$hak_free_checks" = yes ] || exit 0
for kind in unaligned-tiny inside-128 inside-mid inside-pool; do
	check free "$kind"
	check malloc_usable_size "$kind"
	goes_on free "$kind"
done
for kind in freed-tiny freed-tiny-before freed-tiny-elsewhere freed-mid \
	freed-mid-before freed-pool-elsewhere; do
	check free "$kind" "double free of"
	check realloc "$kind" "double free of"
	check malloc_usable_size "$kind" "double free of"
	goes_on free "$kind" "double free of"
done
