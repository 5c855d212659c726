#!/bin/sh
# SPDX-License-Identifier: MIT
# HAKMEM_PROFILE: go's pprof reads what comes out and names the places of a program
# with the memory that they have; what cannot be written is said, and nothing is left.
. "$abs_top_srcdir/tests/common.sh"
[ "${hak_profiler:?}" = yes ] || skip "the profiler was not built"
need go zcat

compile profile -g -fno-inline -fno-optimize-sibling-calls
export HAKMEM_PROFILE=16384 HOME="$work"

# shown FILE KIND: the file KIND becomes "BYTES FUNCTION" for each function, as pprof
# shows them.
shown() {
	go tool pprof -sample_index="$2" -unit=B -top -nodefraction=0 -edgefraction=0 \
		"$work/profile" "$1" 2>pprof.err >pprof.out ||
		fail "pprof cannot read $1: $(cat pprof.err)"
	awk 'seen { sub(/B$/, "", $1); print $1, $6 } /flat%/ { seen = 1 }' pprof.out >"$2"
}

# holds KIND FUNCTION BYTES: within a third, which is more than five standard deviations;
# 0: exactly.
holds() {
	got=$(awk -v name="$2" '$2 == name { n = $1 } END { print n + 0 }' "$1")
	awk -v got="$got" -v want="$3" 'BEGIN { d = got - want; exit d * d * 9 > want * want }' ||
		fail "$1 of $2 is $got, and not $3: $(cat "$1")"
}

# complete FILE: it has all that run() of profile.c does.
complete() {
	shown "$1" inuse_space
	shown "$1" alloc_space
	holds inuse_space in_small 8388000
	holds inuse_space in_large 16000000
	holds inuse_space in_freed 0
	holds inuse_space in_grown 4194000
	holds alloc_space in_freed 33552000
	holds alloc_space in_grown 4403700
}

said one preloaded HAKMEM_PROFILE_FILE=p.gz "$work/profile"
[ "$(cat one/status one/out one/err)" = "0
done" ] || fail "it says: $(cat one/*)"
[ "$(stat -c %a one/p.gz)" = 600 ] || fail "others may read the profile"
[ "$(find one | wc -l)" = 5 ] || fail "there is more than the profile: $(ls one)"
complete one/p.gz
go tool pprof -raw "$work/profile" one/p.gz >raw 2>/dev/null || fail "no -raw"
grep -q '^PeriodType: space bytes$' raw && grep -q '^Period: 16384$' raw &&
	grep -q 'alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes' raw ||
	fail "pprof reads other types: $(sed 12q raw)"
id=$(readelf -n "$work/profile" | awk '/Build ID/ { print $3 }')
[ -z "$id" ] || grep -q "$work/profile $id" raw || fail "there is no build id $id: $(tail raw)"
# No frame of the library is there, and the callers are in order.
go tool pprof -traces -sample_index=inuse_space "$work/profile" one/p.gz 2>/dev/null |
	grep -A2 'in_small' | tr -d ' \n' | grep -q 'in_smalltwicerun' || fail "the callers are wrong"
! grep -qi 'hakmem\|malloc$\|profiled' alloc_space || fail "the library shows: $(cat alloc_space)"

said api preloaded HAKMEM_PROFILE=0 "$work/profile" api p.gz
[ "$(cat api/status)" = 0 ] || fail "by the functions: $(cat api/*)"
complete api/p.gz
holds alloc_space in_child 0

# A child has its own file, and what its parent had.
for name in p.gz p.%p.gz; do
	said child preloaded HAKMEM_PROFILE_FILE=$name "$work/profile" fork
	# shellcheck disable=SC2012 # names without blanks
	[ "$(ls child/p.* | wc -l)" = 2 ] || fail "two processes write: $(ls child)"
	both=0
	for file in child/p.*; do
		complete "$file"
		! grep -q in_child inuse_space || both=$((both + 1))
	done
	[ "$both" = 1 ] || fail "$both files have the blocks of the child"
done

# Each sentence, and nothing besides.
# refused SENTENCE COMMAND...: the program runs, and the library says so in a line.
refused() {
	sentence=$1
	shift
	said bad preloaded "$@"
	[ "$(cat bad/status bad/out)" = "0
done" ] || fail "with $* the program ends otherwise: $(cat bad/*)"
	[ "$(wc -l <bad/err)" = 1 ] && grep -q "$ours $sentence" bad/err ||
		fail "with $* it says: $(cat bad/err)"
	[ "$(find bad | wc -l)" = 4 ] || fail "with $* something is left: $(ls bad)"
}

cannot='cannot write the profile to'
refused "$cannot no/p.gz: no such directory" HAKMEM_PROFILE_FILE=no/p.gz "$work/profile"
refused "$cannot $work/: it is a directory" HAKMEM_PROFILE_FILE="$work/" "$work/profile"
ln -s "$work/profile" "$work/link"
refused "$cannot ../link: it is a symbolic link" HAKMEM_PROFILE_FILE=../link "$work/profile"
mkfifo "$work/pipe"
refused "$cannot ../pipe: it is not a file" HAKMEM_PROFILE_FILE=../pipe "$work/profile"
refused 'HAKMEM_PROFILE: the program goes on without a profile: hardened mode has none' \
	HAKMEM_HARDENED=1 "$work/profile"
refused "HAKMEM_PROFILE: the program goes on without a profile: libc's malloc serves it" \
	HAKMEM_DISABLE=1 "$work/profile"
# As on a full disk, writing fails after the file was made: it may have no byte.
mkdir full
told=$(cd full && trap '' XFSZ && ulimit -f 0 &&
	preloaded HAKMEM_PROFILE_FILE=p.gz "$work/profile" 2>&1)
printf '%s\n' "$told" | grep -q "$ours $cannot p.gz: larger than ulimit -f allows" ||
	fail "where nothing can be written: $told"
[ -z "$(ls full)" ] || fail "half a profile is left: $(ls full)"

# Without the plug-in.
mkdir alone
cp "$hak_library" alone/libhakmem.so.0
if [ ! -e "$(readelf -p .rodata "$hak_library" | sed -n 's|.* \(/.*/libhakmem/profiler\.so\)$|\1|p' | head -1)" ]; then
	said lonely env LD_PRELOAD="$work/alone/libhakmem.so.0" "$work/profile"
	[ "$(cat lonely/status lonely/out)" = "0
done" ] && grep -q "$ours HAKMEM_PROFILE: the program goes on without a profile: install hakmem-tools" lonely/err ||
		fail "without the plug-in: $(cat lonely/*)"
fi

# With that of another version.
mkdir alone/libhakmem
printf 'const struct { char version[16]; int (*write)(void); } hak_profiler = {"9.9.9", 0};\n' >other.c
${CC:-cc} -shared -fPIC -o alone/libhakmem/profiler.so other.c
said other env LD_PRELOAD="$work/alone/libhakmem.so.0" "$work/profile"
[ "$(cat other/status other/out)" = "0
done" ] && [ "$(wc -l <other/err)" = 1 ] &&
	grep -q "$ours HAKMEM_PROFILE: the program goes on without a profile: install hakmem-tools [0-9.]*: there is no profiler of this version at /" other/err ||
	fail "with the plug-in of another version: $(cat other/*)"
[ -z "$(find other -name '*.gz*')" ] || fail "it writes: $(ls other)"

# What programs do that are hard on an allocator, each allocation sampled.
# Nothing is kept in the hope that it is wanted again: threads asks what adds up.
export HAKMEM_PURGE_HYSTERESIS=0
for name in threads fork; do
	compile "$name"
	said plain preloaded HAKMEM_PROFILE=0 "$work/$name"
	said every preloaded HAKMEM_PROFILE=1 "$work/$name"
	diff plain/out every/out && diff plain/err every/err && [ "$(cat every/status)" = 0 ] ||
		fail "$name differs when it is sampled: $(cat every/status)"
done
compile signals -I"$abs_top_srcdir/include" -w -ldl
for case in sigaction siginfo onstack nested jump fork-step; do
	said "$case" preloaded HAKMEM_PROFILE=100 timeout 120 "$work/signals" "$case"
	[ "$(cat "$case/out")" = done ] ||
		fail "$case, sampled, ended with $(cat "$case/status"): $(cat "$case/err")"
done
