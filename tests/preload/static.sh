#!/bin/sh
# SPDX-License-Identifier: MIT
# The static library: a program that calls dlopen, and one that links all of the library.
. "${abs_top_srcdir:?}/tests/common.sh"

archive=$abs_top_builddir/.libs/libhakmem.a
[ -e "$archive" ] || skip "there is no static library in this build"
cat >program.c <<'C'
#include <stdlib.h>
#ifdef OPENS
#include <dlfcn.h>
#endif
int hak_owns(const void *block);
int main(void)
{
#ifdef OPENS
	if (dlopen("libno-such-library.so", RTLD_NOW))
		return 2;
#endif
	return !hak_owns(malloc(100));
}
C

# works NAME FLAG...: the program is built so, and ends well.
works() {
	name=$1
	shift
	${CC:-cc} -O1 -fno-builtin -o "$name" program.c "$@" 2>err ||
		fail "$name does not link: $(cat err)"
	said case timeout 60 "$work/$name"
	[ "$(cat case/status)" = 0 ] || fail "$name ends with $(cat case/status): $(cat case/err)"
}

kinds=0
# The archive in a dynamic program is the third way.
for kind in -static -static-pie -pie; do
	echo 'int main(void) { return 0; }' >plain.c
	${CC:-cc} $kind -o plain plain.c 2>err && ./plain || continue
	kinds=$((kinds + 1))
	works "opens$kind" -DOPENS $kind "$archive"
	works "all$kind" $kind -Wl,--whole-archive "$archive" -Wl,--no-whole-archive
done
[ $kinds != 0 ] || skip "the compiler makes no such programs"
