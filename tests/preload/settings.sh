#!/bin/sh
# SPDX-License-Identifier: MIT
# Settings reach a real program: the file and its sections, the environment over
# it, statistics at exit, and a line for each thing that is wrong.
. "$abs_top_srcdir/tests/common.sh"

cp /bin/true "$work/aprogram"
ln -s "$work/aprogram" "$work/alink"

# hello NAME=VALUE...: what the library says of its settings when it is loaded.
hello() {
	preloaded HAKMEM_DEBUG_VERBOSE=1 "$@" 2>&1
}

# expect PATTERN TEXT
expect() {
	printf '%s\n' "$2" | grep -q -e "$1" || fail "no line like $1 in: $2"
}

# count N PATTERN TEXT: so many lines.
count() {
	[ "$(printf '%s\n' "$3" | grep -c -e "$2")" = "$1" ] ||
		fail "not $1 lines like $2 in: $3"
}

cat >conf <<'CONF'
# For all.
HAKMEM_PURGE_FLOOR=64

[aprogram]
HAKMEM_PREWARM=eager
[alink]
HAKMEM_PREWARM=no
CONF
expect 'HAKMEM_PREWARM=eager HAKMEM_PURGE_FLOOR=64' \
	"$(hello HAKMEM_CONF=conf ./aprogram)"
expect 'HAKMEM_PREWARM=eager' "$(hello HAKMEM_CONF=conf ./alink)"
expect 'HAKMEM_PURGE_FLOOR=99' \
	"$(hello HAKMEM_CONF=conf HAKMEM_PURGE_FLOOR=99 ./aprogram)"
count 0 HAKMEM_PREWARM "$(hello HAKMEM_CONF=conf true)"

printf 'HAKMEM_PURGE_FLOOR=x\nHAKMEM_PREWRAM=no\nsomething\n[x\n' >bad
said=$(preloaded HAKMEM_CONF=bad true 2>&1)
count 4 "$ours bad, line [1-4]: " "$said"
count 4 '' "$said"
expect 'line 2: there is no variable HAKMEM_PREWRAM; man hakmem and hakmem-run --help-env list all$' "$said"
expect "$ours nowhere: there is no such file$" \
	"$(preloaded HAKMEM_CONF=nowhere true 2>&1)"
[ -z "$(preloaded HAKMEM_CONF= true 2>&1)" ] || fail "an empty HAKMEM_CONF is no file"

# A byte order mark, as editors on Windows write it, and blanks around the equals sign.
printf '\357\273\277HAKMEM_PURGE_FLOOR = 64\r\nHAKMEM_PREWARM\t=no\nHAKMEM_STATS_FILE= a b\n' >windows
said=$(hello HAKMEM_CONF=windows true)
expect 'HAKMEM_PREWARM=no HAKMEM_PURGE_FLOOR=64 HAKMEM_STATS_FILE=a b HAKMEM_CONF' "$said"
count 1 '' "$said"

# In the environment every blank counts.
expect 'HAKMEM_PREWARM= no is none of' "$(preloaded HAKMEM_PREWARM=' no' true 2>&1)"

# A file does not name another one.
printf 'HAKMEM_CONF=conf\nHAKMEM_CONF =\n' >names
said=$(hello HAKMEM_CONF=names ./aprogram)
count 2 "$ours names, line [12]: HAKMEM_CONF works only in the environment$" "$said"
count 0 HAKMEM_PREWARM "$said"

# Of many bad lines ten are told; lines of other programs are not looked at.
for count in 10 11 5000; do
	seq "$count" >many
	printf '[nobody]\nHAKMEM_NONSENSE=1\n' >>many
	said=$(preloaded HAKMEM_CONF=many HAKMEM_STATS=x true 2>&1)
	count 10 "$ours many, line [0-9]*: this is neither" "$said"
	count 1 'HAKMEM_STATS=x is none of' "$said"
	[ "$count" = 10 ] || expect "$ours $((count - 10)) more lines are wrong; hakmem-run --check-conf shows all$" "$said"
	count "$((count == 10 ? 11 : 12))" '' "$said"
done

# A low limit for all programs is ignored, which is said; one for some is not.
ignored='HAKMEM_LIMIT_MB for all programs is ignored below 64'
printf 'HAKMEM_LIMIT_MB=%s\n' 1 063 >low
printf '[aprogram]\n[*]\nHAKMEM_LIMIT_MB=2\n' >star
for conf in low star; do
	said=$(hello HAKMEM_CONF=$conf ./aprogram)
	count "$(grep -c LIMIT $conf)" "$ignored" "$said"
	count 0 'HAKMEM_LIMIT_MB=' "$said"
done
printf 'HAKMEM_LIMIT_MB=64\n' >enough
printf '[aprogram]\nHAKMEM_LIMIT_MB=3\n' >section
for conf in enough section; do
	said=$(hello HAKMEM_CONF=$conf ./aprogram)
	count 0 "$ignored" "$said"
	count 1 'HAKMEM_LIMIT_MB=' "$said"
done
printf 'HAKMEM_LIMIT_MB=cgroup\n' >cgroup
said=$(preloaded HAKMEM_CONF=cgroup HAKMEM_VERBOSE=2 ./aprogram 2>&1)
expect "$ours cgroup, line 1: HAKMEM_LIMIT_MB=[0-9]*$" "$said"
count 0 "$ignored" "$said"
expect 'HAKMEM_LIMIT_MB=cgroups is not a number from 0 to [0-9]* or cgroup; the default is used' \
	"$(preloaded HAKMEM_LIMIT_MB=cgroups true 2>&1)"
expect HAKMEM_LIMIT_MB=1 "$(hello HAKMEM_LIMIT_MB=1 HAKMEM_CONF= ./aprogram)"

# What is told at start.
[ -z "$(preloaded true 2>&1)" ] || fail "a program is not silent by default"
count 1 "$ours " "$(preloaded HAKMEM_VERBOSE=1 true 2>&1)"
said=$(preloaded HAKMEM_VERBOSE=2 HAKMEM_CONF=conf ./aprogram 2>&1)
expect "$ours version .*; .*HAKMEM_PREWARM=eager" "$said"
expect "$ours built with malloc" "$said"
expect "$ours settings files: \(/[^ ]* \)\{0,1\}conf$" "$said"
expect "$ours conf, line 2: HAKMEM_PURGE_FLOOR=64$" "$said"
expect "$ours conf, line 5: HAKMEM_PREWARM=eager$" "$said"
expect "$ours environment: HAKMEM_VERBOSE=2$" "$said"
count 0 'alink\|PREWARM=no' "$said"
expect "$ours settings files: none was read$" \
	"$(preloaded HAKMEM_VERBOSE=2 HAKMEM_CONF= true 2>&1)"

# Statistics: to stderr, to a file that is added to, one for each process.
expect '^hakmem .* statistics$' "$(preloaded HAKMEM_STATS=1 true 2>&1)"
for turn in 1 2; do
	[ -z "$(preloaded HAKMEM_STATS=json HAKMEM_STATS_FILE=json sort /dev/null 2>&1)" ] ||
		fail "HAKMEM_STATS_FILE does not keep stderr free"
done
count 2 '^{"version": .*}$' "$(cat json)"
count 2 '' "$(cat json)"
preloaded HAKMEM_STATS=1 HAKMEM_STATS_FILE=stats.%p.%p sh -c 'echo $$ >pid; exec true'
pid=$(cat pid)
[ -s "stats.$pid.$pid" ] || fail "%p is not the process id: $(ls)"
ln -s target link
# refuses FILE REASON: a program that ends says why no statistics are there.
refuses() {
	said=$(timeout 10 env LD_PRELOAD="$hak_library" HAKMEM_STATS=1 \
		HAKMEM_STATS_FILE="$1" true 2>&1) ||
		fail "with the file $1 a program ends with $?"
	printf '%s\n' "$said" | grep -qx "$ours cannot write the statistics to $1: $2" ||
		fail "with the file $1 a program says: $said"
}
refuses link 'it is a symbolic link (error 40)'
[ ! -e target ] || fail "HAKMEM_STATS_FILE follows a link"
refuses . 'it is a directory (error 21)'
refuses nowhere/file 'no such directory (error 2)'
[ ! -c /dev/full ] || refuses /dev/full 'no space left on device (error 28)'
mkfifo pipe
refuses pipe 'nobody reads from it (error 6)'
# A pipe takes what it has room for; nobody waits for its reader.
exec 3<>pipe
preloaded HAKMEM_STATS=json HAKMEM_STATS_FILE=pipe true
dd if=pipe iflag=nonblock bs=64k of=piped 2>/dev/null || :
count 1 '^{"version": .*}$' "$(cat piped)"
dd if=/dev/zero oflag=nonblock of=pipe 2>/dev/null || :
refuses pipe 'the reader is too slow (error 11)'
exec 3<&-
! command -v python3 >/dev/null || python3 -c '
import json
for line in open("json"):
    bins = json.loads(line)["bins"]
    assert bins and all(set(b) == {"class", "block", "live", "spare", "slabs", "refills", "hits"} for b in bins)
    assert sum(b["refills"] for b in bins) == json.loads(line)["refills"]'
