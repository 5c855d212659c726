#!/bin/sh
# SPDX-License-Identifier: MIT
# make installcheck: the examples that were installed compile and run with the installed
# library, shared and, where the toolchain makes such programs, static and static-pie.
. "$(dirname "$0")/common.sh"

# compiler SUFFIX: of the sources with that suffix; may be several words.
compiler() {
	case $1 in
	c) echo "$CC" ;;
	cpp) echo "${CXX:-}" ;;
	esac
}

# can_link COMPILER KIND: such programs run here.
can_link() {
	echo 'int main(void) { return 0; }' >"$work/plain.$suffix"
	# shellcheck disable=SC2086 # words
	$1 $2 -o "$work/plain" "$work/plain.$suffix" 2>"$work/said" && "$work/plain"
}

# try_example SOURCE KIND: KIND is the flag for the linker; "" is shared.
try_example() {
	with=$(compiler "$suffix")
	libs=$(pkg-config ${2:+--static} --cflags --libs hakmem)
	# shellcheck disable=SC2086 # words
	$with -O2 -Wall -Wextra -Werror -o "$work/example" "$1" $2 $libs 2>"$work/said" ||
		fail "$1 does not compile with '$2': $(cat "$work/said")"
	LD_LIBRARY_PATH=$LIBDIR "$work/example" >"$work/said" 2>&1 ||
		fail "$1 built with '$2' ends with an error: $(cat "$work/said")"
	[ -s "$work/said" ] || fail "$1 built with '$2' says nothing"
}

tried=0
for source in "$DOCDIR"/examples/*.c "$DOCDIR"/examples/*.cpp; do
	suffix=${source##*.}
	with=$(compiler "$suffix")
	[ -n "$with" ] || continue
	tried=$((tried + 1))
	try_example "$source" ""
	[ -e "$LIBDIR/libhakmem.a" ] || continue
	for kind in -static -static-pie; do
		! can_link "$with" "$kind" || try_example "$source" "$kind"
	done
done
[ "$tried" -ge 4 ] || fail "$DOCDIR/examples has only $tried examples"
