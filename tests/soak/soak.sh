#!/bin/sh
# SPDX-License-Identifier: MIT
# soak.sh [-m MINUTES] [-s FIRST-SEED] [-o LOG] BUILD-FOLDER
#
# Runs the stress on what was built there, again and again: each run with its
# own seed and a random choice of settings, threads, forks and limits, all of
# which follow from the seed.  One line for each run goes to the log.  Stops
# at the first fault, and keeps its core and what it said next to the log.
# Where a sanitizer owns malloc, the static core is run instead of the library.

set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
minutes=10
seed=$(date +%s)
log=soak.log

usage() {
	sed -n '3s/^# /usage: /p' "$0" >&2
	exit 2
}

while getopts m:s:o: letter; do
	case $letter in
	m) minutes=$OPTARG ;;
	s) seed=$OPTARG ;;
	o) log=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
build=$(cd "$1" && pwd)
log=$(cd "$(dirname "$log")" && pwd)/$(basename "$log")
library=$build/.libs/libhakmem.so.0
sanitizer=$(sed -n 's/^SANITIZER_CFLAGS = -fsanitize=\([^ ]*\).*/\1/p' "$build/Makefile")

# pick COUNT: 0..COUNT-1, from the seed and how often it was asked.
asked=0
pick() {
	asked=$((asked + 1))
	picked=$(((seed * 2654435761 + asked * 40503 * 65537) / 4096 % 1000003 % $1))
}

# A run of one seed; sets `settings` and `arguments`.
plan() {
	settings=$(awk -v seed="$seed" -f "$source/tests/soak/options.awk" \
		"$source/lib/options/options.def")
	pick 40
	seconds=$((5 + picked))
	pick 12
	arguments="-s $seed -w $((1 + picked)) -t $seconds -n 1000000000"
	pick 6
	if [ "$picked" = 0 ]; then
		pick 400
		settings="$settings HAKMEM_LIMIT_MB=$((16 + picked))"
		arguments="$arguments -r"
	fi
	# Sanitizers need address space, and do not live on in a child.
	[ -z "$sanitizer" ] || return 0
	pick 2
	[ "$picked" = 0 ] || arguments="$arguments -f"
	pick 6
	if [ "$picked" = 0 ]; then
		pick 900
		arguments="$arguments -l $((48 + picked))"
	fi
}

# The program that there is, with its malloc; `timeout` ends what hangs.
run() {
	if [ -z "$sanitizer" ]; then
		set -- LD_PRELOAD="$library" "$build/tests/soak/soak"
	else
		set -- "$build/tests/soak/soak_core"
	fi
	# shellcheck disable=SC2086 # lists of words
	timeout -s ABRT $((seconds + 600)) \
		env $settings "$@" $arguments >"$work/out" 2>&1
}

# Does the library say anything but that settings exclude each other, or that no profile
# fits under the limit of address space?
complains() {
	grep ': hakmem: ' out | grep -v 'cannot write the profile to .*: no memory' |
		grep -qv 'HAKMEM_PROFILE: the program goes on without a profile'
}

fault() {
	kept=$log.$seed
	mkdir -p "$kept"
	cp "$work"/* "$kept"
	echo "soak: a fault at seed $seed; see $kept" >&2
	exit 1
}

make -s -C "$build" tests/soak/soak tests/soak/soak_core >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ulimit -c unlimited
end=$(($(date +%s) + minutes * 60))
{
	echo "# $(date -u +%FT%TZ) $(git -C "$source" describe --always --dirty 2>/dev/null || echo "no git") $build"
	echo "# configure $("$build/config.status" --config)"
} >>"$log"
while [ "$(date +%s)" -lt "$end" ]; do
	plan
	begin=$(date +%s)
	status=0
	run || status=$?
	printf '%s s, status %s, %s | %s | %s\n' $(($(date +%s) - begin)) "$status" \
		"$arguments" "$settings" "$(grep '^soak:' out | tail -n 1)" >>"$log"
	[ "$status" = 0 ] && grep -q ': sound$' out && ! complains || fault
	rm -f hakmem.*
	seed=$((seed + 1))
	asked=0
done
