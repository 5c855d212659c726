#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-heap: one sentence for each profile that cannot be read, and nothing half-written.
. "$abs_top_srcdir/tests/tools/hakmem_heap.common.sh"

# A program that ends with a sentence has not freed all.
export ASAN_OPTIONS=detect_leaks=0
server 1 | profile good.gz
server 1 | profile good
size=$(wc -c <good)

# ---- files ----
refused 1 "/nonexistent: No such file or directory" top /nonexistent
refused 1 "/: Is a directory" top /
: >empty
refused 1 "$work/empty: the file is empty" top "$work/empty"
head -c 200 good.gz >cut.gz
refused 1 "$work/cut.gz: the file is cut: its packed data has no end" top "$work/cut.gz"
{ head -c 60 good.gz; printf 'damage'; tail -c +67 good.gz; } >damaged.gz
refused 1 "$work/damaged.gz: the packed data is damaged" top "$work/damaged.gz"
refused 1 "/etc/passwd is not a profile in pprof's format, or its end is missing" top /etc/passwd
head -c 268435457 /dev/zero | gzip -1 >bomb.gz
refused 1 "$work/bomb.gz: unpacked, the file is larger than 256 MiB; no profile is" top "$work/bomb.gz"
# Empty samples, two bytes each, that need thirty times that in memory.
printf '\022\0' >samples
while [ "$(wc -c <samples)" -lt 30000000 ]; do
	cat samples samples samples samples >more
	mv more samples
done
refused 1 "$work/samples is too large: its records need more than 512 MiB" top "$work/samples"
rm samples
if [ "$(id -u)" != 0 ]; then
	cp good secret
	chmod 0 secret
	refused 1 "$work/secret: Permission denied" top "$work/secret"
fi
# Cut at many places.
part=1
while [ "$part" -lt "$size" ]; do
	head -c "$part" good >cut
	said case "$heap" top "$work/cut"
	[ "$(cat case/status)" = 1 ] && [ ! -s case/out ] && [ "$(wc -l <case/err)" = 1 ] ||
		fail "a profile of $part bytes: $(cat case/status case/out case/err)"
	part=$((part + 3))
done

# ---- records ----
# bad SENTENCE SED-SCRIPT: the profile of the server, changed.
bad() {
	server 1 | sed "$2" | profile bad
	refused 1 "$work/bad $1" top "$work/bad"
}
bad "has no samples" '/^sample/d'
bad "has no values inuse_space, but alloc_objects, alloc_space, cpu, other" \
	's/inuse_objects/cpu/; s/inuse_space/other/'
bad "has no values inuse_space, but none at all" '/^kind/d'
bad "has a sample with 3 values, and 4 kinds of values" 's/,3000$//'
bad "names text 999 of a table of 19; perhaps its end is missing" 's/^location 1 /text 999\n&/'
bad "names text -1 of a table of 19; perhaps its end is missing" 's/^location 1 /text -1\n&/'
bad "has a sample at location 9, which is not there" 's/^sample 6,4,1/sample 6,9,1/'
bad "has an address of mapping 3, which is not there" 's/^location 4 1/location 4 3/'
bad "has a line of function 8, which is not there" 's/^line 4 4/line 4 8/'
bad "has two records location 4" 's/^location 3/location 4/'
bad "has two records mapping 1" 's/^mapping 2/mapping 1/'
bad "has values below zero; use hakmem-heap diff on the two profiles that it was made from" \
	's/,3000$/,-3000/'
bad "has values whose sum needs more than 63 bits" 's/,3000$/,9223372036854775807/'

# What is in a name is no order to the terminal.
server 1 | sed "s/make_entry/$(printf 'a\033[31m\377\302\233b')/" | profile bad
"$heap" top "$work/bad" | grep -qF 'a?[31m???b [server]' || fail "a name has control characters"

# ---- addresses ----
printf '%s\n' 'kind inuse_space bytes' 'location 1 0 1234' 'sample 1 5' | profile bad
said case "$heap" top "$work/bad"
[ "$(cat case/status)" = 0 ] && grep -q '  0x1234$' case/out &&
	[ "$(cat case/err)" = "hakmem-heap: some addresses belong to no file and are shown as numbers" ] ||
	fail "an address of no file: $(cat case/*)"
printf '%s\n' 'kind inuse_space bytes' 'location 1 0 1234' 'sample 1 0' | profile bad
[ "$("$heap" top "$work/bad" | sed 1q)" = "inuse_space: 0 B in 0 stacks" ] || fail "nothing in use"
"$heap" tree "$work/bad" >out && "$heap" diff "$work/bad" "$work/bad" >out &&
	"$heap" flame "$work/bad" >out || fail "nothing in use"
printf '%s\n' 'kind inuse_space bytes' 'sample - 5' | profile bad
"$heap" top "$work/bad" | grep -q '(no stack)' || fail "a sample without a stack"
{
	printf '%s\n' 'kind inuse_space bytes' 'function 1 deep -' 'location 1 0 0' 'line 1 1 0'
	echo "sample 1$(printf ',1%.0s' $(seq 1500)) 5"
} | profile deep
said case "$heap" tree "$work/deep"
[ "$(cat case/status)" = 0 ] && [ "$(grep -c deep case/out)" = 1000 ] &&
	grep -q 'more than 1000 functions' case/err || fail "a deep stack: $(cat case/err)"

# ---- arguments ----
good=$work/good
refused 2 "no command was given"
refused 2 "there is no command bottom" bottom "$good"
refused 2 "top takes one profile" top
refused 2 "diff takes two profiles" diff "$good"
refused 2 "--value knows no cpu" top --value cpu "$good"
refused 2 "--number takes a whole number, not 1x" top -n 1x "$good"
refused 2 "--min takes a percentage from 0 to 100, not 101" tree --min 101 "$good"
refused 2 "top does not take an option that was given" top --min 1 "$good"
refused 2 "stdin is one profile, not two" diff - -
refused 2 "leaks takes profiles, or folders of them" leaks
refused 2 "top does not take an option that was given" top --suppress good "$good"
refused 1 "$good has no values lost_objects, but alloc_objects, alloc_space, inuse_objects, inuse_space" \
	leaks "$good"
refused 1 "/nonexistent: No such file or directory" leaks /nonexistent
# One of its samples has no block that is lost.
server 1 | sed 's/alloc_/lost_/' | profile lost
said case "$heap" leaks "$work/lost"
[ "$(cat case/status)" = 3 ] && [ "$(grep -c '^leak: ' case/out)" = 3 ] &&
	grep -q '^lost: 1575864 bytes in 18 blocks, from 3 places$' case/out ||
	fail "leaks: $(cat case/status case/out case/err)"

# ---- output ----
refused 1 "cannot write $work/no/x.svg: No such file or directory" flame "$good" -o "$work/no/x.svg"
if [ -c /dev/full ]; then
	status=0
	"$heap" top "$good" >/dev/full 2>err || status=$?
	[ "$status" = 1 ] && grep -q 'cannot write the result: No space' err ||
		fail "a full disk gives status $status: $(cat err)"
fi
echo old >kept.svg
refused 1 "$work/cut.gz: the file is cut: its packed data has no end" flame "$work/cut.gz" -o "$work/kept.svg"
[ "$(cat kept.svg)" = old ] || fail "a bad profile costs the old picture"
small='mount -t tmpfs -o size=4k none "$1" && cd "$1" && shift && exec "$@"'
mkdir disk
if unshare -rm sh -c "$small" sh "$work/disk" true 2>err; then
	status=0
	unshare -rm sh -c "$small" sh "$work/disk" sh -c '"$@"; echo $? "$(ls)"' sh \
		"$heap" flame "$work/deep" -o x.svg >out 2>err
	[ "$(cat out)" = "1 " ] && grep -q 'cannot write x.svg: No space' err ||
		fail "a full disk: $(cat out err)"
fi
[ -z "$(find . -name '*.svg.*')" ] || fail "temporary files are left"
