#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-run --leaks: all that is lost is listed, nothing else is, and the exit status
# says so; also for programs of the system, where valgrind finds no less.
. "$abs_top_srcdir/tests/common.sh"

run=$abs_top_builddir/tools/hakmem-run
heap=$abs_top_builddir/tools/hakmem-heap/hakmem-heap
[ "${hak_profiler:?}" = yes ] || skip "the profiler was not built"
[ -x "$run" ] && [ -x "$heap" ] || skip "hakmem-run or hakmem-heap is not built"
unset DEBUGINFOD_URLS
export TMPDIR="$work"

# The loader would put registers on the stack when a function is called first.
${CC:-cc} -O1 -g -fno-builtin -fno-optimize-sibling-calls -pthread -Wl,-z,now -o leaks \
	"$abs_top_srcdir/tests/tools/leaks.c" -ldl || fail "leaks.c does not compile"
plugin=
if ${CXX:-c++} -O1 -g -fno-inline -fno-optimize-sibling-calls -shared -fPIC -o plugin.so \
	"$abs_top_srcdir/tests/tools/leaks_plugin.cpp" 2>plugin.err; then
	plugin=$work/plugin.so
else
	echo "left out: C++, which ${CXX:-c++} does not compile"
fi
# absent FILE
absent() {
	[ ! -e "$1" ] || fail "$1 is left"
}

# leaks_of ARGUMENT...: hakmem-run --leaks with the library of this build; what the tool
# says of symbols that it does not find is no matter.
leaks_of() {
	said case "$run" -l "$hak_library" --leaks "$@"
	grep -v '^hakmem-heap: functions without a symbol' case/err >report || :
	left=$(find "$work" -maxdepth 1 -name 'hakmem-run.*')
	[ -z "$left" ] || fail "hakmem-run $* leaves $left"
}

# ends STATUS
ends() {
	[ "$(cat case/status)" = "$1" ] ||
		fail "the status is $(cat case/status), not $1: $(cat case/out case/err)"
}

# reports PATTERN: a line of the report is like that.
reports() {
	grep -q "$1" report || fail "there is no line like $1: $(cat report)"
}

# finds PLACE BLOCKS-FROM BLOCKS-TO LOST-FROM LOST-TO: what hangs on the blocks of a place,
# and the blocks themselves.
finds() {
	awk -v place="$1" -v from="$2" -v to="$3" -v lost_from="$4" -v lost_to="$5" '
		/^leak: / { all = lost = $5; if (/allocated here/) lost = $12; head = 1; next }
		head && $1 == place { blocks += all; losts += lost }
		{ head = 0 }
		END { exit !(blocks >= from && blocks <= to && losts >= lost_from && losts <= lost_to) }
	' report || fail "$1 has not $2 to $3 blocks, $4 to $5 of them lost: $(cat report)"
}

# places: the innermost functions of all leaks.
places() {
	awk '/^leak: / { getline; print $1 }' report | sort -u | tr '\n' ' '
}

# A stale pointer may hide a few.
leaks_of -- "$work/leaks" lost $plugin
ends 23
for place in small large huge aligned grown ours; do
	finds "lose_$place" 90 100 90 100
done
finds lose_list 80 100 8 10
finds lose_ring 80 100 8 10
finds lose_pair 180 200 90 100
[ -z "$plugin" ] || finds lose_some 90 100 90 100
[ "$(places)" = "lose_aligned lose_grown lose_huge lose_large lose_list lose_ours lose_pair lose_ring lose_small ${plugin:+lose_some }" ] ||
	fail "other places have leaks: $(places)"
reports "^leaks of process [0-9]*, $work/leaks\$"
reports '^in use: [0-9]* blocks, [0-9]* bytes$'
reports "^    main leaks\.c:[0-9]* \[leaks\]$"

# Its addresses belong to nothing any more.
if [ -n "$plugin" ]; then
	leaks_of -- "$work/leaks" closed "$plugin"
	ends 23
	reports '^lost: [0-9]* bytes in [0-9]* blocks, from 1 place$'
	reports '^    0x[0-9a-f]*$'
	reports '^    use_plugin '
fi

# none: nothing is lost, and the other threads were stopped.
none() {
	ends 0
	reports '^lost: 0 bytes in 0 blocks, from 0 places$'
	! grep '^note' report || fail "$1: the threads were not stopped: $(cat report)"
}
leaks_of -- "$work/leaks" kept $plugin
none kept
leaks_of -- "$work/leaks" coroutine
none "a coroutine"
case $(uname -m) in
x86_64 | aarch64)
	leaks_of -- "$work/leaks" register
	none "a register"
	leaks_of -- "$work/leaks" register refuse
	if [ "$(cat case/status)" = 77 ]; then
		echo "left out: no seccomp filter can be set here"
	else
		ends 23
		finds keep_in_register 1 1 1 1
		reports '^note: its threads could not be stopped (Operation not permitted): '
	fi
	;;
esac
leaks_of -- "$work/leaks" leader
ends 23
finds lose_small 90 100 90 100
[ "$(places)" = "lose_small " ] || fail "the first thread has ended: $(cat report)"
! grep '^note' report || fail "the first thread has ended: $(cat report)"
leaks_of -- timeout 60 "$work/leaks" loader
ends 0
for turn in 1 2 3 4 5; do
	leaks_of -- "$work/leaks" busy
	none "busy, $turn"
	leaks_of -- "$work/leaks" busy refuse
	[ "$(cat case/status)" = 77 ] || ends 0
done

# Processes.
leaks_of -- "$work/leaks" fork
ends 23
[ "$(grep -c '^leaks of process' report)" = 2 ] || fail "two processes say: $(cat report)"
[ "$(grep '^lost: ' report | sort -u | wc -l)" = 2 ] && finds lose_small 90 100 90 100 ||
	fail "the child alone has leaks: $(cat report)"
leaks_of -- sh -c "'$work/leaks' lost; exit 3"
ends 23
leaks_of -- "$work/leaks" status
ends 5
leaks_of -- "$work/leaks" exit
ends 3
reports 'leaks (process [0-9]*) was not searched for leaks: it ended by _exit()'
leaks_of -- "$work/leaks" quick
ends 4
leaks_of -- "$work/leaks" kill
ends 143
reports 'was not searched for leaks: signal 15 has killed it$'
# Nothing was searched: no success.
leaks_of -- "$work/leaks" stop
ends 125
reports "$ours HAKMEM_LEAKS: .*: the program has ended its profile$"
for setting in "HAKMEM_HARDENED=1 hardened mode" "HAKMEM_DISABLE=1 libc's malloc"; do
	leaks_of "${setting%% *}" -- true
	ends 125
	reports "$ours HAKMEM_LEAKS: the program goes on without a search for leaks: ${setting#* }"
done
leaks_of -- /nonexistent
ends 127

# What is sent to hakmem-run is for the program.
mkfifo ready
"$run" -l "$hak_library" --leaks -- sh -c 'trap "exit 9" TERM; echo >ready; while :; do sleep 0.1; done' 2>/dev/null &
pid=$!
read -r _ <ready
kill "$pid"
status=0
wait "$pid" || status=$?
[ "$status" = 9 ] || fail "a program that catches SIGTERM ends with $status, not 9"

# The status, and what is known.
leaks_of --leak-status 9 -- "$work/leaks" lost
ends 9
leaks_of --leak-status 0 -- "$work/leaks" lost
ends 0
finds lose_small 90 100 90 100
leaks_of --leak-status 256 -- true
ends 125
printf '# known\n\nleak:lose_s\n  leak:^lose_*ge \nleak:ned$\n' >"$work/known"
leaks_of --suppress "$work/known" -- "$work/leaks" lost
ends 23
[ "$(places)" = "lose_grown lose_list lose_ours lose_pair lose_ring " ] ||
	fail "what is known is listed, or more is not: $(places)"
reports '^suppressed: [0-9]* bytes in [0-9]* blocks, from [0-9]* places$'
echo 'leak:^leaks$' >all
leaks_of --suppress "$work/known" --suppress "$work/all" -- "$work/leaks" lost
ends 0
reports '^lost: 0 bytes'
echo 'leak:leaks.c:' >all
leaks_of --suppress "$work/all" -- "$work/leaks" lost
ends 0
printf 'leak:lose_$\nleak:^ose_\nleak:lose*lose_small*x\nleak:Leaks\n' >all
leaks_of --suppress "$work/all" -- "$work/leaks" lost
ends 23
! grep '^suppressed' report || fail "a pattern matches too much: $(cat report)"

# wrong SENTENCE ARGUMENT...: one sentence, and the program does not run.
wrong() {
	sentence=$1
	shift
	rm -f "$work/ran"
	leaks_of "$@" -- touch "$work/ran"
	ends 125
	reports "$sentence"
	absent "$work/ran"
}
printf '\nrace:main\n' >bad
wrong "^hakmem-heap: $work/bad, line 2: it does not begin with leak:$" --suppress "$work/bad"
echo 'leak:*' >bad
wrong "^hakmem-heap: $work/bad, line 1: the pattern would leave out every leak$" \
	--suppress "$work/bad"
wrong '^hakmem-heap: /nonexistent: No such file' --suppress /nonexistent
wrong '^hakmem-heap: cannot write no/report: No such file' -o no/report
wrong '^hakmem-run: the folder no/no: No such file' --profiles no/no
wrong "^hakmem-run: the folder $work is not empty" --profiles "$work"
TMPDIR=/nonexistent wrong '^hakmem-run: no folder for profiles can be made in /nonexistent: ' -v
said case "$run" -o report -- true
ends 125
said case "$run" --leaks --without -- true
ends 125

# Files.
leaks_of -o text --profiles profiles -- "$work/leaks" lost
ends 23
[ ! -s report ] || fail "the report is on stderr too: $(cat report)"
grep -q '^lost: ' case/text || fail "the report is not in its file: $(cat case/text)"
set -- case/profiles/*
[ $# = 1 ] || fail "one process has $# profiles"
"$heap" top "$1" >top 2>&1 && grep -q ' lose_huge \[leaks\]$' top || fail "top: $(cat top)"
"$heap" tree --min 0 "$1" >tree 2>&1 && grep -q 'lose_pair' tree || fail "tree: $(cat tree)"
"$heap" flame "$1" -o flame.svg && grep -q lose_huge flame.svg || fail "no picture"
"$heap" leaks "$1" >again 2>&1 && fail "leaks are no success"
diff -q again case/text || fail "a second look differs"
rm -rf case
HAKMEM_LEAKS=no/leaks preloaded "$work/leaks" status 2>told || :
grep -q "$ours cannot write the leaks to no/leaks: no such directory" told ||
	fail "where nothing can be written: $(cat told)"
HAKMEM_LEAKS=now.gz preloaded "$work/leaks" fork
[ "$(find . -name 'now.gz*' | wc -l)" = 2 ] || fail "two processes write: $(ls)"
HAKMEM_PROFILE=1 HAKMEM_PROFILE_FILE=profile.gz HAKMEM_LEAKS=now.gz preloaded \
	"$work/leaks" status || :
absent profile.gz

# As on a full disk, and without the plug-in.
mkdir full
told=$(cd full && trap '' XFSZ && ulimit -f 0 &&
	HAKMEM_LEAKS=l.gz preloaded "$work/leaks" fork 2>&1) || :
printf '%s\n' "$told" | grep -q "$ours cannot write the leaks to l\.gz.*: larger than ulimit -f allows" ||
	fail "where nothing can be written: $told"
[ -z "$(ls full)" ] || fail "half a profile is left: $(ls full)"
# Hides /proc, for the command alone.
# shellcheck disable=SC2016 # for another shell
hide='mount -t tmpfs none /proc && exec "$@"'
if unshare -rm sh -c "$hide" sh true 2>/dev/null; then
	unshare -rm sh -c "$hide" sh env LD_PRELOAD="$hak_library" HAKMEM_LEAKS=l.gz \
		"$work/leaks" kept 2>told || fail "it fails without /proc: $(cat told)"
	grep -q "$ours HAKMEM_LEAKS: .*: its files in /proc cannot be read: no such directory" told ||
		fail "without /proc: $(cat told)"
	absent l.gz
else
	echo "left out: no namespace of mounts can be made"
fi
mkdir alone
cp "$hak_library" alone/libhakmem.so.0
if [ ! -e "$(readelf -p .rodata "$hak_library" | sed -n 's|.* \(/.*/libhakmem/profiler\.so\)$|\1|p' | head -1)" ]; then
	said case "$run" -l "$work/alone/libhakmem.so.0" --leaks -- true
	ends 125
	grep -q "$ours HAKMEM_LEAKS: .* without a search for leaks: install hakmem-tools" case/err ||
		fail "without the plug-in: $(cat case/err)"
fi

# A debugger, or what traces the system calls.
if command -v strace >/dev/null && strace -f -o trace true 2>/dev/null; then
	HAKMEM_LEAKS=traced.gz LD_PRELOAD='' strace -f -o trace \
		-E LD_PRELOAD="$hak_library" "$work/leaks" kept $plugin || fail "kept fails in strace"
	"$heap" leaks traced.gz >report || fail "kept, traced: $(cat report)"
	reports '^note: process [0-9]* traces this one, '
else
	echo "left out: strace"
fi

# What programs of the system lose, memcheck finds as well.
# explained COMMAND...: one process
explained() {
	leaks_of -- "$@"
	lost=$(awk '/^lost: / { print $2 }' report)
	[ "$lost" != 0 ] || return 0
	command -v valgrind >/dev/null || fail "$* loses $lost bytes: $(cat report)"
	LC_ALL=C valgrind --leak-check=full --undef-value-errors=no "$@" 2>memcheck >/dev/null || :
	sum=$(awk '/(definitely|indirectly|possibly) lost: / { gsub(/,/, ""); n += $4 }
		END { print n + 0 }' memcheck)
	[ "$lost" -le "$sum" ] ||
		fail "$* loses $lost bytes, and $sum for valgrind: $(cat report memcheck)"
}
python='
import threading, json, sys
t = [threading.Thread(target=lambda: json.dumps([str(i) for i in range(5000)])) for _ in range(4)]
[x.start() for x in t]
[x.join() for x in t]
'
# shellcheck disable=SC2016 # for bash
functions='f() { local a=(1 2 3); echo "${a[@]}"; }; for i in {1..50}; do f; done'
# That of the system: what stands before it in $PATH may be a script.
for program in /usr/bin/python3 sqlite3 git sort bash tar; do
	command -v "$program" >/dev/null || {
		echo "left out: $program"
		continue
	}
	case $program in
	*python3) explained "$program" -c "$python" ;;
	sqlite3) explained sqlite3 :memory: 'create table t(a); insert into t values (1),(2);
		select sum(a) from t; select * from t order by a desc;' ;;
	git)
		git init -q repository
		(cd repository && seq 500 >file && git add file &&
			git -c user.name=n -c user.email=e@example.org commit -qm one)
		explained git -C repository --no-pager log -p
		explained git -C repository status
		explained git -C repository --no-pager blame file
		;;
	sort) explained sort /etc/passwd ;;
	bash) explained bash -c "$functions" ;;
	tar) explained tar cf /dev/null /etc/passwd ;;
	esac
done
exit 0
