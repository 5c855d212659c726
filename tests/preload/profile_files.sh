#!/bin/sh
# SPDX-License-Identifier: MIT
# HAKMEM_PROFILE_SECONDS and HAKMEM_PROFILE_RESIDENT_MB: numbered profiles while the
# program runs, by a thread that hurts nobody, and the growth between two of them.
. "$abs_top_srcdir/tests/common.sh"
[ "${hak_profiler:?}" = yes ] || skip "the profiler was not built"

compile profile_files -g -fno-optimize-sibling-calls
heap=$abs_top_builddir/tools/hakmem-heap/hakmem-heap
export HAKMEM_PROFILE=65536

# ran FOLDER SETTINGS ACTION...: the program, which must succeed in silence.
ran() {
	folder=$1
	settings=$2
	shift 2
	# shellcheck disable=SC2086 # words without blanks
	said "$folder" timeout -s KILL 300 env LD_PRELOAD="$hak_library" $settings \
		"$work/profile_files" "$@"
	[ "$(cat "$folder/status")" = 0 ] && [ ! -s "$folder/out" ] && [ ! -s "$folder/err" ] ||
		fail "$folder: $(cat "$folder/status" "$folder/err")"
	[ -z "$(find "$folder" -name '*.tmp')" ] || fail "$folder: half a file: $(ls "$folder")"
}

# grown FOLDER FILE FILE FUNCTION: what grew between the two files is this function.
grown() {
	[ -x "$heap" ] || return 0
	"$heap" diff --json -n 1 "$1/$2" "$1/$3" >grown.json 2>grown.err || fail "diff: $(cat grown.err)"
	grep -q "\"function\": \"$4\"" grown.json || fail "not $4 has grown: $(cat grown.json)"
	growth=$(sed -n 's/.*"growth": \([0-9]*\),/\1/p' grown.json | sed 1q)
	[ "$growth" -gt 30000000 ] && [ "$growth" -lt 50000000 ] ||
		fail "it has grown by $growth bytes, not by 40000000"
}

# ---- each second ----
ran timed "HAKMEM_PROFILE_SECONDS=1 HAKMEM_PROFILE_FILE=p.pb.gz" \
	first wait p.0001.pb.gz threads 2 second wait p.0003.pb.gz
[ "$(stat -c %a timed/p.0001.pb.gz)" = 600 ] || fail "others may read the profile"
# The second file may be of the time when the second place was at work.
grown timed p.0001.pb.gz p.0003.pb.gz second
[ -s timed/p.pb.gz ] || fail "no file at exit: $(ls timed)"
# The thread and what dlopen() allocates in it are nobody's.
if [ -x "$heap" ]; then
	"$heap" top --json -n 0 --value alloc_space timed/p.0003.pb.gz 2>/dev/null |
		grep -q 'dlopen\|dl_open\|libz' && fail "the thread is in the profile"
fi

# Any name, and the usual one.
ran named "HAKMEM_PROFILE_SECONDS=1 HAKMEM_PROFILE_FILE=p" first wait p.0002
ran usual HAKMEM_PROFILE_SECONDS=1 first threads 2
ran usual HAKMEM_PROFILE_RESIDENT_MB=0 first threads 1
[ -n "$(find usual -name 'hakmem.*.pb.gz')" ] || fail "no usual file: $(ls usual)"

# ---- by resident memory ----
ran marked "HAKMEM_PROFILE_RESIDENT_MB=32 HAKMEM_PROFILE_FILE=p.pb.gz" \
	first wait p.0001.pb.gz second wait p.0002.pb.gz
grown marked p.0001.pb.gz p.pb.gz second
[ ! -e marked/p.0004.pb.gz ] || fail "more files than marks: $(ls marked)"

# ---- the thread ----
ran late HAKMEM_PROFILE_SECONDS=1 threads 1
ran ends HAKMEM_PROFILE_SECONDS=86400 first threads 2 leave
ran forked "HAKMEM_PROFILE_SECONDS=1 HAKMEM_PROFILE_FILE=p.%p.pb.gz" \
	first fork second threads 2
# One name for both: the child adds its id.
ran child "HAKMEM_PROFILE_SECONDS=1 HAKMEM_PROFILE_FILE=p" first fork second
[ "$(find child -name 'p.[0-9]*' | wc -l)" -ge 1 ] || fail "no file of the child: $(ls child)"

# ---- sentences ----
# told SENTENCE SETTING... : one line, and the program goes on.
told() {
	sentence=$1
	shift
	said bad preloaded "$@"
	[ "$(cat bad/status)" = 0 ] && [ "$(wc -l <bad/err)" = 1 ] &&
		grep -q "$ours $sentence" bad/err || fail "not '$sentence': $(cat bad/*)"
}
told 'HAKMEM_PROFILE: the program goes on without a profile: the variable itself is not set$' \
	HAKMEM_PROFILE=0 HAKMEM_PROFILE_SECONDS=1 "$work/profile_files" threads 1
# What cannot be written again and again is told once, and at exit.
mkdir once
said bad preloaded HAKMEM_PROFILE_SECONDS=1 HAKMEM_PROFILE_FILE="$work/no/p.pb.gz" \
	"$work/profile_files" first wait "$work/once/go" &
turn=0
until [ -s bad/err ]; do
	turn=$((turn + 1))
	[ "$turn" -lt 600 ] || fail "nothing is said of a folder that is missing"
	sleep 0.1
done
sleep 3
: >once/go
wait
[ "$(sed 's/.*hakmem: //' bad/err)" = "cannot write the profile to $work/no/p.0001.pb.gz: no such directory (error 2)
cannot write the profile to $work/no/p.pb.gz: no such directory (error 2)" ] ||
	fail "a folder that is missing: $(cat bad/err)"
