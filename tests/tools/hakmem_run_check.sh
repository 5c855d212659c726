#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-run --check-conf: each line with its effect, as the library sees it; an error
# for each line that has none for a wrong reason.  And hakmem-run --without.
. "$abs_top_srcdir/tests/common.sh"

run=$abs_top_builddir/tools/hakmem-run
[ -x "$run" ] || skip "hakmem-run is not built"

# check STATUS ARGUMENT...: its lines go to case/out and case/err.
check() {
	expected=$1
	shift
	said case "$run" --check-conf "$@"
	[ "$(cat case/status)" = "$expected" ] ||
		fail "--check-conf $* ends with $(cat case/status), not $expected: $(cat case/out case/err)"
}

# has FILE LINE: exactly this line.
has() {
	grep -qxF -e "$2" "case/$1" || fail "not \"$2\" in: $(cat "case/$1")"
}

# wrong LINE SENTENCE: an error, and no other line is one.
wrong() {
	printf '%b' "$1" >wrong.conf
	check 1 "$work/wrong.conf"
	grep -q ": hakmem: $work/wrong.conf, line [0-9]*: $2" case/err ||
		fail "$1: not \"$2\" in: $(cat case/err)"
	[ "$(wc -l <case/err)" = 1 ] || fail "$1: more than one error: $(cat case/err)"
}

cp /bin/true aprogram
cp /bin/true other
real=$work/aprogram
cat >good.conf <<CONF
# All.
HAKMEM_PURGE_FLOOR = 64
HAKMEM_PREWARM=no
[aprogram]
HAKMEM_PREWARM=eager
HAKMEM_PURGE_SHARE=1
HAKMEM_PURGE_SHARE=2
[$work/oth?r]
HAKMEM_PURGE_FLOOR=99
CONF
f=$work/good.conf
check 0 "$f" --for "$real"
[ ! -s case/err ] || fail "it finds an error: $(cat case/err)"
has out "$f, line 2: HAKMEM_PURGE_FLOOR = 64: holds for $real"
has out "$f, line 3: HAKMEM_PREWARM=no: no effect: $f, line 5, sets it again"
has out "$f, line 5: HAKMEM_PREWARM=eager: holds for $real"
has out "$f, line 6: HAKMEM_PURGE_SHARE=1: no effect: $f, line 7, sets it again"
has out "$f, line 7: HAKMEM_PURGE_SHARE=2: holds for $real"
has out "$f, line 9: HAKMEM_PURGE_FLOOR=99: no effect on $real: it is for [$work/oth?r]"
[ "$(wc -l <case/out)" = 6 ] || fail "other lines: $(cat case/out)"

# The library agrees, whichever program it is.
for program in aprogram other; do
	check 0 --for "$work/$program" "$f"
	sed -n 's/ = /=/; s/: holds for .*//p' case/out | sort >told
	preloaded HAKMEM_VERBOSE=2 HAKMEM_CONF="$f" "./$program" 2>&1 |
		sed -n "s|.*: hakmem: \($f, line .*\)|\1|p" | sort >so
	[ -s so ] && diff told so || fail "the library sees $f in another way"
done

# Without a program, for whom a line is.
check 0 "$f"
has out "$f, line 2: HAKMEM_PURGE_FLOOR = 64: holds for all programs"
has out "$f, line 7: HAKMEM_PURGE_SHARE=2: holds for [aprogram]"
has out "$f, line 3: HAKMEM_PREWARM=no: holds for all programs"
has out "$f, line 6: HAKMEM_PURGE_SHARE=1: no effect: $f, line 7, sets it again"

# What is wrong, in lines for other programs too.
wrong 'HAKMEM_PREWRAM=no\n' 'there is no variable HAKMEM_PREWRAM'
wrong '[nobody]\nHAKMEM_PREWARM=maybe\n' 'HAKMEM_PREWARM=maybe is none of'
wrong 'some text\n' 'this is neither'
wrong 'HAKMEM_CONF=/x\n' 'HAKMEM_CONF works only in the environment'
wrong '[*]\nHAKMEM_LIMIT_MB=1\n' 'HAKMEM_LIMIT_MB for all programs is ignored'
wrong '[nobody\nHAKMEM_PREWARM=no\n' 'the section has no ]'
has out "$work/wrong.conf, line 2: HAKMEM_PREWARM=no: no effect: its section is passed over"
wrong '[]\nHAKMEM_PREWARM=no\n' '\[\] matches no program'
wrong '[bin/true]\n' 'the section matches no program: a path begins with a slash'
wrong "$(printf '%600s' x)" 'the line is longer'
ln -s aprogram alink
printf '#!%s\n' "$work/aprogram" >script
chmod +x script
wrong "[$work/alink]\n" "\[$work/alink\] matches no program: $work/alink runs as $real"
wrong "[$work/script]\n" "\[$work/script\] matches no program: $work/script runs as $real"
check 1 "$work/nothing"
grep -q "$work/nothing: there is no such file" case/err || fail "$(cat case/err)"
check 1 "$work"
printf '[%s]\n[%s/none]\n[*link]\n' "$real" "$work" >fine.conf
check 0 "$work/fine.conf"
seq 20 >many.conf
check 1 "$work/many.conf"
[ "$(wc -l <case/err)" = 20 ] || fail "it does not show all: $(cat case/err)"

# The files of the system, and programs that read none.
said case "$run" --check-conf
grep -q '/programs\.conf' case/out && grep -q '/hakmem\.conf' case/out ||
	fail "it does not name the files of the system: $(cat case/out)"
check 0 --for "$run" "$f"
has out "$(realpath "$run") reads no settings file: its name begins with hakmem-"
check 127 --for "$work/nothing" "$f"
for arguments in "--for true" "--check-conf a b" "--without -l x true" "--check-conf --for"; do
	# shellcheck disable=SC2086
	said case "$run" $arguments
	[ "$(cat case/status)" = 125 ] || fail "$arguments ends with $(cat case/status)"
done
for option in -h --help -V --version; do
	"$run" "$option" | grep -q hakmem-run || fail "$option is not known"
done

# --without: on libc's malloc, although the library is preloaded.
cat >who.c <<'PROGRAM'
#include <stdio.h>
#include <stdlib.h>
#include <malloc.h>
int main(void)
{
	size_t before = mallinfo2().uordblks;
	void *block = malloc(100000);
	const char *preload = getenv("LD_PRELOAD");

	printf("%d %s\n", block && mallinfo2().uordblks > before, preload ? preload : "none");
	return 0;
}
PROGRAM
${CC:-cc} -fno-builtin -o who who.c
said case env LD_PRELOAD="$hak_library" "$run" --without -v X=1 -- "$work/who"
[ "$(cat case/out)" = "1 " ] || fail "--without: $(cat case/out case/err)"
grep -q "^hakmem-run: $work/who runs on the malloc of libc$" case/err ||
	fail "--without -v says: $(cat case/err)"
# shellcheck disable=SC2016
[ "$(env LD_PRELOAD="/no.so:$hak_library /none.so" "$run" --without sh -c 'echo "$LD_PRELOAD $HAKMEM_DISABLE"' 2>/dev/null)" = "/no.so:/none.so 1" ] ||
	fail "what else is preloaded does not stay"
# The preload file cannot be emptied from here; the variable hands the program to libc.
[ "$(env HAKMEM_STATS=json LD_PRELOAD="$hak_library" HAKMEM_DISABLE=1 true 2>&1 | grep -c '"disabled": 1')" = 1 ] ||
	fail "HAKMEM_DISABLE does not"
if [ "$(id -u)" = 0 ]; then
	cp /bin/true setuid
	chown 1 setuid
	chmod 4755 setuid
	said case "$run" --without "$work/setuid"
	[ "$(cat case/status)" = 125 ] || fail "--without of a setuid program ends with $(cat case/status)"
	grep -q '\[setuid\] and HAKMEM_DISABLE=1' case/err || fail "$(cat case/err)"
fi
