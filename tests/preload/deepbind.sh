#!/bin/sh
# SPDX-License-Identifier: MIT
#
# RTLD_DEEPBIND is dropped, and nothing else about dlopen changes: an object is
# still searched for by the RUNPATH of whoever asks for it.
set -eu

sources=$abs_top_srcdir/tests/preload
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# build OUTPUT RUNPATH ARGUMENT...
build() {
	output=$dir/$1 runpath=$2
	shift 2
	mkdir -p "${output%/*}"
	${CC:-cc} -o "$output" -Wl,--enable-new-dtags,-rpath,"$runpath" "$@"
}

# expect WANTED ENVIRONMENT...
expect() {
	wanted=$1
	shift
	got=$(env "$@" "$dir/program" | xargs)
	[ "$got" = "$wanted" ] && return
	echo "deepbind with $*: printed '$got', not '$wanted'"
	exit 1
}

build plugins/deepbind_plugin.so '$ORIGIN' -shared -fPIC \
	"$sources/deepbind_plugin.c"
build lib/plugins/deepbind_plugin_of_user.so '$ORIGIN' -shared -fPIC \
	"$sources/deepbind_plugin.c"
build lib/deepbind_user.so '$ORIGIN/plugins' -shared -fPIC \
	"$sources/deepbind_user.c" -ldl
build program '$ORIGIN/lib:$ORIGIN/plugins' "$sources/deepbind.c" \
	"$dir/lib/deepbind_user.so" -ldl

expect 'shared shared' LD_PRELOAD="$hak_library"
# The flag that is kept proves that the library was there.
expect 'other other' LD_PRELOAD="$hak_library" HAKMEM_KEEP_DEEPBIND=1
