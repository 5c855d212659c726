#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad input: one clear sentence, status 2 for a bad command line and 1 for what
# cannot be read, written or run; no file is left half written.
. "${abs_top_srcdir:?}/tests/bench/common.sh"

# refused STATUS WORDS ARGUMENT...: ends so, and says a sentence with the words.
refused() {
	wanted=$1
	words=$2
	shift 2
	status "$wanted" "$bench" "$@"
	[ ! -s "$work/out" ] || fail "$* printed: $(cat "$work/out")"
	grep -q "^hakmem-bench: .*$words" "$work/err" ||
		fail "$* does not say \"$words\": $(cat "$work/err")"
}

refused 2 'no command given'
status 0 "$bench" -h
"$bench" --help | cmp -s - "$work/out" || fail "-h is not --help: $(cat "$work/out")"
refused 2 'no command or workload "nosuch"' nosuch
refused 2 'OPS is 0, but must be from 1' random-mixed 0
refused 2 'SIZE is 0, but must be from 1' fixed-size 1000 0
refused 2 'SIZE is 9223372036854775808, but' fixed-size 1000 9223372036854775808
refused 2 'SIZE is 18446744073709551616, but' pair 1000 18446744073709551616
refused 2 'OPS is "-1", which is not a number' pair -- -1
refused 2 'THREADS is 100000, but must be' pool-tls 100000
refused 2 'THREADS is 100000, but must be' pool-tls --threads=100000
refused 2 '"9" is one argument too many' pair 1000 64 9
refused 2 'mixed-trace needs FILE: mixed-trace REPEAT FILE' mixed-trace
refused 2 'mixed-trace needs FILE' mixed-trace 2
refused 2 'mixed-trace needs FILE' compare mixed-trace --with system
refused 2 '"3" is one argument too many' mixed-trace file 3
refused 2 'REPEAT is "2x", which is not a number' mixed-trace 2x file
refused 2 'has a parameter --threads' pair --threads=2
refused 2 'no allocator named "nosuch"' pair --with nosuch
refused 1 'cannot use the library /nosuch/x.so: No such file' pair --with /nosuch/x.so
refused 1 'that of .*libc' pair --with "x=$abs_top_srcdir/LICENSE"
echo 'int nothing;' >"$work/nothing.c"
${CC:-cc} -shared -fPIC -o "$work/nothing.so" "$work/nothing.c" ||
	fail "an empty library does not compile"
refused 1 'that of .*libc' pair --with "$work/nothing.so"
refused 2 'limit is 0, but must be' pair --limit=0
refused 2 '"threads" in "pool-tls:threads" is not' compare pool-tls:threads
refused 2 'no parameter "nosuch"' compare pool-tls:nosuch=1
refused 2 'no workload "nosuch"' compare nosuch
refused 2 'ROUNDS\|rounds is 0' compare pair --rounds=0
refused 2 'contradict' compare pair --quick --full
refused 2 'cannot both' compare pair --json --csv
refused 2 'needs both' ab pair --a X=1
refused 2 'neither NAME=VALUE' ab pair --with system --a word --b X=1
refused 2 'no variable HAKMEM_NOPE;' ab pair --a HAKMEM_NOPE=1 --b X=1
refused 2 'no variable HAKMEM_NOPE;' ab pair --a X=1 --b HAKMEM_NOPE=1
refused 2 'no variable HAKMEM_NOPE;' startup 3 X=1 HAKMEM_NOPE=1 true
refused 2 'HAKMEM_PREWARM is "x", but must be one of adaptive|no' ab pair \
	--a HAKMEM_PREWARM=x --b X=1
refused 2 'HAKMEM_TINY_FAST_CAP_C1 is 257, but must be from 1 to 256' ab pair \
	--a 'X=1 HAKMEM_TINY_FAST_CAP_C1=257' --b X=1
refused 2 'HAKMEM_HARDENED is "yes", which is not a number' ab pair \
	--a HAKMEM_HARDENED=yes --b X=1
refused 2 'given twice' pair --with system --with system
refused 2 'does not take --a' compare pair --a X=1
refused 2 'needs a workload' syscalls
refused 2 'needs one FILE.json' plot
refused 2 'ends in neither' plot x.json -o x.gif
refused 1 'cannot write .*/nosuch/x' pair -o "$work/nosuch/x"
refused 1 'not a regular file' pair -o "$work"

# Results that are none.
refused 1 'cannot read .*/nosuch.json: No such file' plot "$work/nosuch.json" -o "$work/x.svg"
: >"$work/empty.json"
refused 1 'line 1' plot "$work/empty.json" -o "$work/x.svg"
refused 1 'cannot read' plot "$work" -o "$work/x.svg"
! grep -q 'line -1' "$work/err" || fail "jansson's own words: $(cat "$work/err")"
status 0 "$bench" pair --json -o "$work/whole.json"
head -c 200 "$work/whole.json" >"$work/short.json"
refused 1 'cannot read .*short.json' plot "$work/short.json" -o "$work/x.svg"
echo '{"tool": "hakmem-bench", "rows": [], "variants": []}' >"$work/none.json"
refused 1 'no result of hakmem-bench' plot "$work/none.json" -o "$work/x.svg"
echo '{"tool": "hakmem-bench", "rows": [5], "variants": [7]}' >"$work/odd.json"
refused 1 'there is nothing to draw' plot "$work/odd.json" -o "$work/x.svg"
refused 1 'there is no picture' plot "$work/whole.json" -o "$work/x.svg"
[ ! -e "$work/x.svg" ] || fail "a picture was made of nothing"

# A full disk.
if [ -c /dev/full ]; then
	got=0
	"$bench" pair --json >/dev/full 2>"$work/err" || got=$?
	[ "$got" = 1 ] && grep -q 'cannot write the result: No space' "$work/err" ||
		fail "a full disk gives status $got: $(cat "$work/err")"
fi
# Two pages of room: enough to begin a result, not to end it.
small='mount -t tmpfs -o size=8k none "$1" && cd "$1" && shift && exec "$@"'
mkdir "$work/disk"
if unshare -rm sh -c "$small" sh "$work/disk" true 2>"$work/err"; then
	status 1 unshare -rm sh -c "$small" sh "$work/disk" sh -c '
		"$1" compare pair --quick --rounds=40 --with system --json -o x
		got=$?
		[ -z "$(ls -A .)" ] || echo "left: $(ls -A .)"
		exit $got' sh "$bench"
	grep -q 'cannot write x: No space' "$work/err" ||
		fail "a full disk says: $(cat "$work/err")"
	[ ! -s "$work/out" ] || fail "a full disk: $(cat "$work/out")"
fi

ls "$work" | grep -q '\.json\.' && fail "a temporary file is left: $(ls "$work")"
exit 0
