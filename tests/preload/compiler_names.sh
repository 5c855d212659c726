#!/bin/sh
# SPDX-License-Identifier: MIT
# The names under which compilers call the allocation functions
# (lib/interpose/compiler_names.h): each gives a block of the library, also in hardened
# mode and in a static program, and each calls what the program replaced.
. "${abs_top_srcdir:?}/tests/common.sh"

need nm
nm -D --defined-only "$hak_library" | sed -n '/ hak_/!s/.* [TW] \(.*\)@@HAKMEM_1\.1$/NAME(\1)/p' >names.h
expected="$(wc -l <names.h) names"
# 9 functions of C under 3 names; 8 forms of new under 7; 4 of __size_returning_new.
if [ "$hak_cxx_operators" = yes ]; then
	[ "$expected" = "99 names" ] || fail "there are $expected, not 99"
else
	[ "$expected" = "27 names" ] || fail "there are $expected, not 27"
fi

# says PROGRAM: it ends well and has called every name.
says() {
	said case timeout 60 "$work/$1"
	[ "$(cat case/status)" = 0 ] && [ "$(cat case/out)" = "$expected" ] ||
		fail "$1 ends with $(cat case/status) and says: $(cat case/out case/err)"
}

# build NAME FLAG...
build() {
	name=$1
	shift
	${CC:-cc} -O1 -fno-builtin -I"$abs_top_srcdir/include" -I. -o "$name" \
		"$helpers/compiler_names.c" "$@" 2>err
}

shared="-L${hak_library%/*} -Wl,-rpath,${hak_library%/*} -lhakmem"
# shellcheck disable=SC2086 # words
build shared $shared || fail "compiler_names.c does not link: $(cat err)"
says shared
HAKMEM_HARDENED=1 says shared
if [ "$hak_cxx_operators" = yes ]; then
	# shellcheck disable=SC2086 # words
	build replaces -DREPLACES $shared || fail "compiler_names.c does not link: $(cat err)"
	says replaces
fi

archive=$abs_top_builddir/.libs/libhakmem.a
for kind in -static -static-pie; do
	echo 'int main(void) { return 0; }' >plain.c
	[ -e "$archive" ] && ${CC:-cc} $kind -o plain plain.c 2>err && ./plain || continue
	build "program$kind" $kind "$archive" ||
		fail "compiler_names.c does not link with $kind: $(cat err)"
	says "program$kind"
done
