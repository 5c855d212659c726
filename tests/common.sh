# SPDX-License-Identifier: MIT
# Shared by the preload tests: each runs real programs without the library and
# with it, compares what they say, and proves that the library was in use.
# `make check` sets the variables of the environment (tests/tests.am).

set -eu
: "${abs_top_srcdir:?is not set; run this test through make check}"
: "${hak_library:?is not set; run this test through make check}"
export LC_ALL=C
helpers=$abs_top_srcdir/tests/preload
# So begins each line that the library writes to stderr, as a basic expression.
ours='^[^[]*\[[0-9][0-9]*\]: hakmem:'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# skip SENTENCE
skip() {
	echo "$1"
	exit 77
}

# fail SENTENCE
fail() {
	echo "$1" >&2
	exit 1
}

# need PROGRAM...: all of them are installed, or the test is skipped.
need() {
	for program; do
		command -v "$program" >/dev/null ||
			skip "$program is not installed"
	done
}

# compile NAME FLAG...: tests/preload/NAME.c becomes $work/NAME.  CC may be
# several words.  -fno-builtin: every call in the source is made.
compile() {
	name=$1
	shift
	${CC:-cc} -O1 -fno-builtin -pthread -o "$work/$name" \
		"$helpers/$name.c" "$@" || fail "$name.c does not compile"
}

# preloaded COMMAND...: with the library, and nothing else in between.
preloaded() {
	env LD_PRELOAD="$hak_library" "$@"
}

# bound WHO SYMBOL: in some traced process the program WHO ran and SYMBOL was
# the library's.
bound() {
	for trace in "$work"/trace.*; do
		grep -q "binding file [^ ]*$1 \[" "$trace" &&
			grep -F " to $hak_library [" "$trace" |
			grep -q "normal symbol .$2'" && return
	done
	fail "$1 took $2 from elsewhere than $hak_library"
}

# proved WHO COMMAND...: as preloaded, and the loader says that the malloc of
# the program WHO was the library's.
proved() {
	who=$1
	shift
	rm -f "$work"/trace.*
	env LD_DEBUG=bindings LD_DEBUG_OUTPUT="$work/trace" \
		LD_PRELOAD="$hak_library" "$@" || return
	bound "$who" malloc
}

# said FOLDER COMMAND...: runs the command in FOLDER, where the files `out`,
# `err` and `status` tell how it went.
said() {
	folder=$work/$1
	shift
	rm -rf "$folder"
	mkdir "$folder"
	status=0
	(cd "$folder" && "$@" >out 2>err) || status=$?
	echo "$status" >"$folder/status"
}

# same WHO COMMAND...: runs the command without the library in the folder
# `without` and with it in `with`; both must succeed and say the same.
same() {
	runner=$1
	shift
	said without "$@"
	said with proved "$runner" "$@"
	for file in err out status; do
		diff "$work/without/$file" "$work/with/$file" ||
			fail "$* differs with the library: $file"
	done
	[ "$(cat "$work/with/status")" = 0 ] ||
		fail "$* fails: $(cat "$work/with/err")"
}
