#!/bin/sh
# SPDX-License-Identifier: MIT
# HAKMEM_DISABLE=1 hands a program to libc, by the environment and for one program
# by the file; programs that are not named stay.
. "$abs_top_srcdir/tests/common.sh"

compile disable -w
cp "$work/disable" "$work/other"

# expect SENTENCE COMMAND...: what the program says of who serves it.
expect() {
	sentence=$1
	shift
	said case "$@"
	[ "$(cat case/status) $(cat case/out)" = "0 $sentence" ] ||
		fail "$*: $(cat case/out case/err)"
	[ ! -s case/err ] || fail "$* says: $(cat case/err)"
}

expect 'ok library uncounted' preloaded "$work/disable"
expect 'ok libc counted' preloaded HAKMEM_DISABLE=1 "$work/disable"
printf '[disable]\nHAKMEM_DISABLE=1\n' >conf
expect 'ok libc counted' preloaded HAKMEM_CONF="$work/conf" "$work/disable"
expect 'ok library uncounted' preloaded HAKMEM_CONF="$work/conf" "$work/other"

# A pointer that is no block is libc's to judge, and the heap is empty at exit.
preloaded HAKMEM_DISABLE=1 HAKMEM_STATS=json HAKMEM_STATS_FILE="$work/stats" "$work/disable" >out
grep -q '"disabled": 1, "heaps": 0,.*"mmap": 0,' "$work/stats" || fail "the heap is in use: $(cat "$work/stats")"

# In a static program there is no other malloc.
archive=$abs_top_builddir/.libs/libhakmem.a
cat >static.c <<'PROGRAM'
#include <stdlib.h>
int hak_owns(const void *block);
int main(void) { return !hak_owns(malloc(100)); }
PROGRAM
if [ -e "$archive" ] && ${CC:-cc} -static -fno-builtin -o static static.c "$archive" \
	2>/dev/null; then
	said fixed env HAKMEM_DISABLE=1 "$work/static"
	[ "$(cat fixed/status)" = 0 ] || fail "a static program: $(cat fixed/err)"
	grep -q 'there is no other malloc' fixed/err || fail "a static program is not told"
fi

# A program that brings an allocator along keeps that one.
cat >own.c <<'LIBRARY'
#include <stddef.h>
static _Alignas(16) char room[1 << 20];
static size_t used;
void *malloc(size_t size)
{
	void *block = room + used;
	used += (size + 15) / 16 * 16;
	return block;
}
void *calloc(size_t count, size_t size) { return malloc(count * size); }
void *realloc(void *block, size_t size) { return block ? NULL : malloc(size); }
void *memalign(size_t alignment, size_t size) { return malloc(size + 0 * alignment); }
void free(void *block) { (void)block; }
int own_has(char *block) { return block >= room && block < room + used; }
LIBRARY
cat >brings.c <<'PROGRAM'
#include <stdlib.h>
int own_has(char *block);
int main(void) { return !own_has(malloc(100)); }
PROGRAM
${CC:-cc} -fno-builtin -shared -fPIC -o libown.so own.c
${CC:-cc} -fno-builtin -o brings brings.c -L. -lown -Wl,-rpath,"$work"
preloaded HAKMEM_DISABLE=1 "$work/brings" || fail "a program's own allocator is passed over"

# Real programs.
if command -v python3 >/dev/null; then
	[ "$(preloaded HAKMEM_DISABLE=1 python3 -c 'print(len([str(i) for i in range(300000)]))')" = 300000 ] ||
		fail "python3 does not run on libc's allocator"
fi
if command -v perl >/dev/null; then
	printf '[perl*]\nHAKMEM_DISABLE=1\n' >conf
	[ "$(preloaded HAKMEM_CONF="$work/conf" HAKMEM_STATS=json HAKMEM_STATS_FILE="$work/perl" perl -e '
		my %h; $h{$_ x 3} = $_ for 1 .. 50000; print scalar(keys %h)')" = 50000 ] ||
		fail "perl does not run on libc's allocator"
	grep -q '"disabled": 1, "heaps": 0,' perl || fail "perl uses the heap: $(cat perl)"
fi
