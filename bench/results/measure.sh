#!/bin/sh
# SPDX-License-Identifier: MIT
# measure.sh: the runs behind the defaults, as JSON in the folder named.
#
# Each file is what hakmem-bench wrote, with a line for the license put in front.
set -eu

if [ $# -lt 3 ]; then
	cat >&2 <<'END'
usage: measure.sh BENCH FOLDER LIB [LIB-SMALL LIB-ALL] [-- OPTION...]
BENCH is the program hakmem-bench, LIB a libhakmem.so.0; with the other two, built
with --enable-header-classidx=small and =all, the header modes are compared too.
OPTIONs, such as --full, go to each run.
END
	exit 2
fi
bench=$1 folder=$2 lib=$3
shift 3
small= all=
if [ $# -ge 2 ] && [ "$1" != -- ]; then
	small=$1 all=$2
	shift 2
fi
[ "${1-}" != -- ] || shift

# keep NAME ARGUMENT...: FOLDER/NAME.json
keep() {
	name=$1
	shift
	"$bench" "$@" --json -o "$folder/$name.new"
	licensed "$name"
}

# licensed NAME: FOLDER/NAME.new becomes NAME.json, with its license.
licensed() {
	sed '1a "license": "SPDX-License-Identifier: MIT",' "$folder/$1.new" \
		>"$folder/$1.json"
	rm "$folder/$1.new"
	echo "$folder/$1.json" >&2
}

# sides NAME A B WORKLOAD...: the library under two environments.
sides() {
	name=$1 a=$2 b=$3
	shift 3
	keep "$name" ab --with "hakmem=$lib" --a "$a" --b "$b" "$@"
}

small_loads='random-mixed:maxsize=256 random-mixed:maxsize=1024 fixed-size:size=64'
thread_loads='producer-consumer:producers=1,consumers=1 larson:threads=2'
start_loads='startup first-touch thread-churn'

peers=system,hakmem=$lib
for name in jemalloc mimalloc tcmalloc tbbmalloc; do
	"$bench" pair --ops=1000000 --with "$name" >/dev/null 2>&1 &&
		peers=$peers,$name || echo "without $name" >&2
done
keep peers compare --with "$peers" "$@"
keep threads sweep-threads --with "$peers" "$@"
# shellcheck disable=SC2086 # lists of words
[ -z "$small" ] || keep header compare $small_loads startup \
	--with "no=$lib,small=$small,all=$all" "$@"
# shellcheck disable=SC2086
{
	sides p0 HAKMEM_TINY_P0_ENABLE=1 HAKMEM_TINY_P0_ENABLE=0 \
		$small_loads pool-tls $thread_loads "$@"
	sides p0-no-drain HAKMEM_TINY_P0_NO_DRAIN=0 HAKMEM_TINY_P0_NO_DRAIN=1 \
		$thread_loads "$@"
	sides direct-fc HAKMEM_TINY_P0_DIRECT_FC=1 HAKMEM_TINY_P0_DIRECT_FC=0 \
		fixed-size:size=256,slots=4096 producer-consumer:size=256 "$@"
	sides direct-fc-c7 HAKMEM_TINY_P0_DIRECT_FC_C7=1 \
		HAKMEM_TINY_P0_DIRECT_FC_C7=0 \
		fixed-size:size=1024,slots=4096 producer-consumer:size=1024 "$@"
	sides prewarm-no HAKMEM_PREWARM=adaptive HAKMEM_PREWARM=no $start_loads "$@"
	sides prewarm-eager HAKMEM_PREWARM=adaptive HAKMEM_PREWARM=eager \
		$start_loads "$@"
}
keep arena sweep --with "hakmem=$lib" "$@"
"${0%/*}/../memory.sh" --bench "$bench" -o "$folder/memory.json" "$lib"
"${0%/*}/../real.sh" --bench "$bench" "$lib" -- "$@" --json -o "$folder/programs.new"
licensed programs
