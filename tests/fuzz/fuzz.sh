#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh [-t SECONDS] [-o FOLDER] BUILD-FOLDER [TARGET...]
#
# Builds each target with clang's libFuzzer and the sanitizers, and runs it for
# so long (60) from its seeds.  What is found stays in FOLDER (fuzz-out): an
# input for each fault, and a corpus that grows from run to run.

set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
seconds=60
out=fuzz-out

usage() {
	sed -n '3s/^# /usage: /p' "$0" >&2
	exit 2
}

while getopts t:o: letter; do
	case $letter in
	t) seconds=$OPTARG ;;
	o) out=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage
build=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- options conf calls profile
mkdir -p "$out"
out=$(cd "$out" && pwd)

# sources_of TARGET: those of the core, but what the target includes, or of hakmem-heap.
sources_of() {
	case $1 in
	profile)
		echo "$build/tools/hakmem-heap/profile.pb-c.c"
		echo "$source/bench/common.c $source/tools/hakmem-bench/memory.c"
		find "$source/tools/hakmem-heap" -name '*.c' ! -name main.c ! -name '*.pb-c.c'
		;;
	options) core_sources | grep -v /options/options.c ;;
	conf) core_sources ;;
	calls) core_sources && echo "$source/tests/soak/shadow.c" ;;
	esac
}

core_sources() {
	find "$source/lib" -name '*.c' ! -path '*/interpose/*'
}

# libraries_of TARGET
libraries_of() {
	[ "$1" != profile ] || pkg-config --cflags --libs libprotobuf-c libdw zlib jansson
}

compile() {
	# shellcheck disable=SC2046 # lists of files and of flags
	clang -g -O1 -std=gnu11 -pthread -fno-builtin-malloc -w \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-include "$build/config.h" -I"$source/lib" -I"$source/include" \
		-I"$source" -I"$build/tools/hakmem-heap" -D_GNU_SOURCE \
		-o "$out/$1" "$source/tests/fuzz/$1.c" \
		$(sources_of "$1") $(libraries_of "$1")
}

status=0
for target; do
	compile "$target"
	mkdir -p "$out/$target.corpus"
	"$source/tests/fuzz/expand.sh" "$target" "$out/$target.corpus"
	echo "$target: $seconds seconds"
	"$out/$target" -max_total_time="$seconds" -max_len=1000 -close_fd_mask=2 \
		-artifact_prefix="$out/$target." -print_final_stats=1 \
		"$out/$target.corpus" \
		>"$out/$target.log" 2>&1 || status=1
	grep -a -e number_of_executed -e 'not so' "$out/$target.log" || :
done
ls "$out" | grep -E '\.(crash|leak|timeout|oom)-' || [ "$status" = 0 ]
