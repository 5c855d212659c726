#!/bin/sh
# SPDX-License-Identifier: MIT
# A setuid program removes every HAKMEM_* variable from its environment: a program
# that it executes as root must not obey them.
. "$abs_top_srcdir/tests/common.sh"

[ "$(id -u)" = 0 ] || skip "only root can make a setuid program"
need setpriv
archive=$abs_top_builddir/.libs/libhakmem.a
chmod 755 "$work"

# The resolver allocates before libc has set `environ`.
cat >early.c <<'PROGRAM'
#include <stdlib.h>
static int two(void) { return 2; }
static int (*choose(void))(void) { return malloc(100) ? two : NULL; }
int chosen(void) __attribute__((ifunc("choose")));
PROGRAM
echo 'int chosen(void) { return 2; }' >late.c
cat >program.c <<'PROGRAM'
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>
int chosen(void);
int main(void)
{
	void *volatile block = malloc(100);
	free(block);
	if (chosen() != 2)
		return 1;
	if (getauxval(AT_SECURE) == 0)
		return 77;
	if (setuid(0) != 0)
		return 1;
	execl("/usr/bin/env", "env", (char *)NULL);
	return 1;
}
PROGRAM

# build NAME FLAG...: a setuid program; it fails if the flags cannot be had.
build() {
	name=$1
	shift
	${CC:-cc} -fno-builtin -o "$name" program.c "$@" 2>/dev/null || return
	chmod 4755 "$name"
}

# as_nobody VARIABLES PROGRAM: what the program that it executes has.
as_nobody() {
	# shellcheck disable=SC2086 # several variables
	said case env -i $1 setpriv --reuid=65534 --regid=65534 --clear-groups "$work/$2"
	[ "$(cat case/status)" != 77 ] || skip "a setuid program gains no rights here"
	[ "$(cat case/status)" = 0 ] || fail "$2 ends with $(cat case/status case/err)"
	[ ! -s case/err ] || fail "$2 says: $(cat case/err)"
	tr '\n' ' ' <case/out
}

# cleans PROGRAM
cleans() {
	left=$(as_nobody "A=1 HAKMEM_STATS=1 HAKMEM_STATS_FILE=$work/stats B=2 HAKMEM_X= HAKMEM=3" "$1")
	[ "$left" = "A=1 B=2 HAKMEM=3 " ] || fail "$1 hands on: $left"
	left=$(as_nobody "HAKMEM_STATS=1 HAKMEM_NO=1" "$1")
	[ -z "$left" ] || fail "$1 hands on: $left"
	left=$(as_nobody "A=1 B=2" "$1")
	[ "$left" = "A=1 B=2 " ] || fail "$1 loses variables: $left"
}

for start in early late; do
	build "$start" "$start.c" "$hak_library" -Wl,-rpath,"${hak_library%/*}" ||
		fail "a program does not compile"
	cleans "$start"
done
for kind in static static-pie; do
	if [ -e "$archive" ] && build $kind -$kind late.c "$archive"; then
		cleans $kind
	fi
done

# Nobody else loses them.
HAKMEM_X=1 preloaded env 2>/dev/null | grep -q '^HAKMEM_X=1$' ||
	fail "an ordinary program loses its variables"
