#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples of hakmem-profiling(7): each is typed into one shell, in the order of the
# page, and writes what the page says that it writes.
. "$abs_top_srcdir/tests/common.sh"
[ "${hak_profiler:?}" = yes ] || skip "the profiler was not built"

tools=$abs_top_builddir/tools
[ -x "$tools/hakmem-heap/hakmem-heap" ] || skip "hakmem-heap is not built"
need c++ cc python3 python3-config redis-server redis-cli redis-benchmark
mkdir examples bin
awk -v folder=examples -f "$abs_top_srcdir/tests/man/guide.awk" \
	"$abs_top_srcdir/man/hakmem-profiling.7.in" || fail "the page has an untested example"
unset DEBUGINFOD_URLS

# The tools of this build under the names of the page; other tests have servers, too.
printf '#!/bin/sh\nexec "%s" -l "%s" "$@"\n' "$tools/hakmem-run" "$hak_library" >bin/hakmem-run
printf '#!/bin/sh\nredis-cli -s "%s/redis.sock" info server | sed -n "s/^process_id:\\([0-9]*\\).*/\\1/p"\n' \
	"$work" >bin/pidof
chmod +x bin/*
ln -s "$tools/hakmem-stat" "$tools/hakmem-heap/hakmem-heap" bin
PATH=$work/bin:$PATH
export LD_LIBRARY_PATH="${hak_library%/*}"

program=
load=
cleanup() {
	for process in $program $load $(pidof redis-server 2>/dev/null); do
		kill "$process" 2>/dev/null || :
	done
	wait
	rm -rf "$work"
}
trap cleanup EXIT

# plain FILE: its lines without numbers of bytes, without the lines of a tree, and with
# single blanks.
plain() {
	sed 's/[-+ ][0-9.]* \([KMG]i\)\{0,1\}B\>/ N/g; s/[0-9.]*%/N/g; s/[|`-]//g; s/  */ /g; s/^ //' "$1"
}

# says FILE: the last command wrote each line of the example.
says() {
	plain out >got
	plain "$1" | while read -r line; do
		grep -qxF -- "$line" got || {
			echo "the page shows: $line"
			break
		}
	done >missing
	[ ! -s missing ] || fail "$(cat missing)
after $(cat last), which writes: $(cat out)"
}

# Names of functions change with redis.
is_known_redis() {
	redis-server --version | grep -q 'v=7\.0\.'
}

for example in examples/[0-9]*; do
	case $example in
	*.file)
		number=${example#examples/}
		cp "$example" "$(sed -n "s/^${number%.file} //p" examples/paths)" ;;
	*.output)
		! grep -q zmalloc "$example" || is_known_redis || continue
		says "$example" ;;
	*.shell)
		cp "$example" last
		status=0
		# shellcheck source=/dev/null
		. "./$example" >out 2>err || status=$?
		[ "$status" = 0 ] || {
			"$tools/hakmem-stat" $$ 2>&1 | grep -q 'permission denied' &&
				skip "this system lets nobody look at processes"
			fail "$(cat last)
ends with $status: $(cat out err)"
		} ;;
	esac
done

# The widest leaf of the flame graph is what the clients make.
hakmem-heap top --json -n 1 redis.pb.gz 2>err | grep -q '"function": "[a-z]*malloc' ||
	fail "the largest function of redis: $(hakmem-heap top -n 3 redis.pb.gz 2>&1)"
hakmem-heap tree --json --min 50 --callers redis.pb.gz 2>err | grep -q sdsnewlen ||
	fail "the largest callers of redis: $(hakmem-heap tree --callers redis.pb.gz 2>&1)"
grep -q '<title>[_a-z]*sdsnewlen$' redis.svg || fail "redis.svg does not show it"
