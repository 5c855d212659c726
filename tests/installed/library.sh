#!/bin/sh
# SPDX-License-Identifier: MIT
# make installcheck: the installed library as its users meet it.  A program is
# compiled through pkg-config and must find its malloc replaced; a program
# that knows nothing of the library is preloaded; the pages open.
. "$(dirname "$0")/common.sh"

cat >"$work/user.c" <<'PROGRAM'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <hakmem.h>

/* Prints who owns malloc; fails unless header and library agree. */
int main(void)
{
	Dl_info info;
	void *block = hak_malloc(100);

	if (!block || strcmp(hak_version(), HAKMEM_VERSION_STRING) != 0)
		return 1;
	hak_free(block);
	if (!dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info))
		return 1;
	puts(info.dli_fname);
	return 0;
}
PROGRAM

for page in man1/hakmem-run.1 man1/hakmem-stat.1 man3/libhakmem.3 man3/hak_malloc.3 man3/hak_free.3 \
	man5/hakmem.conf.5 man7/hakmem.7 man7/HAKMEM_PREWARM.7; do
	grep -q '^\.SH NAME' "$MANDIR/$page" || fail "the page $MANDIR/$page is not there"
done

# `man NAME` opens the right page, also where section 3 has a page of that name.
if man --version 2>/dev/null | grep -q '^man '; then
	for page in 'hakmem(7)' 'HAKMEM_PREWARM(7)' 'hak_free(hak_malloc(3)' 'hakmem.stats(5)'; do
		name=${page%%(*}
		title=${page#hak_free(}
		LC_ALL=C MANPAGER=cat man -M "$MANDIR" "$name" 2>/dev/null | head -n 1 |
			grep -qF "$title" || fail "man $name does not open $title"
	done
fi

# gdb looks for the commands under the name of the library, without symbolic links.
name=$(readlink -f "$LIBDIR/libhakmem.so.0")
name=${name##*/}-gdb.py
grep -q '"hakmem block\|"hakmem "' "$GDBDIR/$name" || fail "there is no $GDBDIR/$name for gdb"

# CC and the flags may be several words.
$CC -o "$work/user" "$work/user.c" $(pkg-config --cflags --libs hakmem) ||
	fail "a program does not compile with pkg-config --cflags --libs hakmem"
owner=$(LD_LIBRARY_PATH=$LIBDIR "$work/user") ||
	fail "a program linked with hakmem does not run"
[ "$hak_interposition" = yes ] || exit 0
case $owner in
*/libhakmem.so.0) ;;
*) fail "a program linked with hakmem has its malloc from $owner" ;;
esac

LD_PRELOAD=$LIBDIR/libhakmem.so.0 LD_DEBUG=bindings \
	LD_DEBUG_OUTPUT=$work/bindings ls / >/dev/null ||
	fail "ls does not run with libhakmem preloaded"
grep -q "binding file [^ ]*ls .* to $LIBDIR/libhakmem.so.0 .*symbol .malloc'" \
	"$work"/bindings.* || fail "the malloc of a preloaded ls is not libhakmem's"
said=$("$BINDIR/hakmem-run" -l "$LIBDIR/libhakmem.so.0" HAKMEM_DEBUG_VERBOSE=1 -- ls / 2>&1) ||
	fail "hakmem-run does not run ls: $said"
case $said in
*"hakmem: version"*) ;;
*) fail "hakmem-run runs ls without libhakmem" ;;
esac
