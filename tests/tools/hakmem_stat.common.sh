# SPDX-License-Identifier: MIT
# Shared by the tests of hakmem-stat: programs on the library to look at.
. "$abs_top_srcdir/tests/common.sh"

stat=$abs_top_builddir/tools/hakmem-stat
[ -x "$stat" ] || skip "hakmem-stat is not built"
helpers=$abs_top_srcdir/tests/tools
compile hakmem_stat -ldl

children=
stop() {
	[ -z "$children" ] || kill $children 2>/dev/null || :
	wait
	rm -rf "$work"
}
trap stop EXIT

# wait_until SENTENCE COMMAND...: until the command succeeds; the sentence if it never does.
wait_until() {
	sentence=$1
	shift
	turn=0
	until "$@" >/dev/null 2>&1; do
		turn=$((turn + 1))
		[ "$turn" -lt 600 ] || fail "$sentence"
		sleep 0.1
	done
}

# begin LIBRARY [NAME]: the program hakmem_stat in the background, by another name
# perhaps, its id in $pid, ready to be read, with what it says of itself in ./own.
begin() {
	: >own
	[ $# = 1 ] || ln "$work/hakmem_stat" "$work/$2"
	LD_PRELOAD=$1 "$work/${2:-hakmem_stat}" >own &
	pid=$!
	children="$children $pid"
	wait_until "the program does not get ready" grep '}$' own
}

# need_sight PID: or the test is skipped.
need_sight() {
	said sight "$stat" "$1"
	! grep -q 'permission denied' sight/err ||
		skip "this system lets nobody look at processes"
}

# begin_reader PROGRAM ARGUMENT SETTING...: that program in the background, ready, with
# its id in $pid; it reads the lines that go to descriptor 3, and writes ./own and ./err.
begin_reader() {
	program=$1 argument=$2
	shift 2
	rm -f calls
	mkfifo calls
	: >own
	# shellcheck disable=SC2086 # none, or one
	env "$@" LD_PRELOAD="$hak_library" "$work/$program" $argument <calls >own 2>err &
	pid=$!
	children="$children $pid"
	exec 3>calls
	wait_until "the program does not get ready" grep ready own
}

# ends STATUS PATTERN: so did the last hakmem-stat, whose words are in case.
ends() {
	[ "$(cat case/status)" = "$1" ] && cat case/out case/err | grep -q "$2" ||
		fail "not $1 with '$2': $(cat case/*)"
}
