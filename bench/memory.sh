#!/bin/sh
# SPDX-License-Identifier: MIT
# memory.sh: resident memory on each allocator, row by row of memory.rows.
#
# hakmem-bench measures.  A row watch:NAME runs the program of memory/NAME.sh, and
# program:NAME that of programs/; each of them runs once on each allocator first,
# as in real.sh, to see that the malloc is that asked for.  With --table or --picture
# nothing is measured: the table of README.md, or a picture, is made of a result.
set -u
. "$(dirname "$0")/common.sh"

help() {
	cat <<END
usage: $me [OPTION]... LIB [NAME=LIB]...
       $me --table FILE.json
       $me --picture PICTURE FILE.json
Measures the memory of the workloads in memory.rows on libc's malloc, on LIB
(libhakmem.so.0), on others named, and on the peers that are installed.
  --rows LIST     of 1 to 12 (default: all)
  --rounds N      how often each is measured (3)
  --seconds N     how long servers work (20)
  --idle MS       how long row 5 idles (2000; khugepaged needs up to 600000)
  --peers LIST    of jemalloc mimalloc tcmalloc (default: all)
  --bench FILE    the program hakmem-bench (else that of ./ or build/)
  -o FILE         where the JSON goes (stdout)
END
}

# rows: the lines of memory.rows, without blanks around their fields.
rows() {
	sed '/^#/d; s/ *| */|/g' "$bench/memory.rows"
}

# words ROW ENVIRONMENT: its workloads; each name of programs/ where it says all.
words() {
	rows | awk -F '|' -v row="$1" -v environment="$2" -v idle="$idle" '
		$1 == row && $3 == environment && !seen[$2]++ {
			sub(/idle=IDLE/, "idle=" idle, $2)
			print $2
		}' | while read -r word; do
		[ "$word" != 'program:*' ] || word=$(cd "$bench/programs" &&
			echo *.sh | sed 's/\.sh//g; s/[^ ]*/program:&/g')
		echo "$word"
	done
}

# ready WORD: whether it can be measured; a program after it was tried on all.  Some end
# with a crash on a peer.
ready() {
	name=${1#*:}
	case $1 in
	watch:*) prepare_program "$name" memory || return ;;
	program:*) prepare_program "$name" || return ;;
	*) return 0 ;;
	esac
	while IFS='=' read -r label path; do
		(BENCH_SECONDS=1 prove "$name" "$label" "$path") || {
			echo "$me: measured without $name" >&2
			return 1
		}
	done <"$scratch/allocators"
	echo "$name: its malloc was that asked for, its output the same" >&2
}

# measure ROW ENVIRONMENT: $scratch/part.N.json.
measure() {
	chosen=
	for word in $(words "$1" "$2"); do
		ready "$word" </dev/null && chosen="$chosen $word"
	done
	[ -n "$chosen" ] || return 0
	parts=$((parts + 1))
	# shellcheck disable=SC2086 # several words
	env $2 BENCH_SECONDS="$seconds" PATH="$scratch:$PATH" "$measure" memory $chosen \
		--rounds="$rounds" --limit=$((seconds + 1200)) --json \
		-o "$scratch/part" --with "$(paste -sd, "$scratch/allocators" |
			sed 's/system=system/system/')" || failed=1
	jq --arg row "$1" --arg environment "$2" '.rows |= map(. + {
		row: ($row | tonumber), environment: $environment})' \
		"$scratch/part" >"$scratch/part.$(printf %03d "$parts")" ||
		die "hakmem-bench gave no result for row $1"
}

# version_of LIB: what it is, in words.
version_of() {
	[ "$1" != system ] || {
		getconf GNU_LIBC_VERSION
		return
	}
	HAKMEM_VERBOSE=1 LD_PRELOAD=$1 /bin/true 2>&1 |
		sed -n 's/.*hakmem: version \([^,]*\),.*/libhakmem \1/p;q' | grep . && return
	dpkg-query -S "$1" 2>/dev/null | cut -d : -f 1 |
		xargs -r dpkg-query -W -f '${Package} ${Version}\n' | grep . ||
		rpm -qf "$1" 2>/dev/null || basename "$1"
}

# merge: the parts as one result that names no folder of this machine.
merge() {
	while IFS='=' read -r label path; do
		jq -n --arg name "$label" --arg version "$(version_of "$path")" \
			'{($name): $version}'
	done <"$scratch/allocators" | jq -s add >"$scratch/versions"
	jq --indent 1 -s --slurpfile versions "$scratch/versions" '
		def file: sub(".*/"; "");
		{license: "SPDX-License-Identifier: MIT"} + .[0] + {
			variants: [.[0].variants[] | .version = $versions[0][.label] |
				.preload |= file],
			rows: (map(.rows) | add | map(.cells |= map(
				(.runs // [])[].malloc_owner |= file |
				(.runs // [])[1:][] |= del(.time_series_ms, .rss_series_kb))))
		} | del(.summary)' "$scratch"/part.[0-9]*
}

# medians FILE: number, workload, environment, variant, member, median; with tabs.
medians() {
	jq -r '.rows[] | . as $row | .cells[] | . as $cell |
		(.runs // [] | map(to_entries[] | select(.value | type == "number")) |
			group_by(.key)[] |
			[.[0].key, (map(.value) | sort | .[(length - 1) / 2 | floor])]) |
		[$row.row, $row.label, $row.environment, $cell.variant] + . | @tsv' "$1"
}

# table FILE: what it says, as a table in Markdown.
table() {
	rows >"$scratch/rows"
	jq -r '.variants[] | [.label, .version] | @tsv' "$1" >"$scratch/variants" &&
		medians "$1" | sed 's/idle=[0-9]*/idle=IDLE/' >"$scratch/medians" ||
		die "$1 is no result of this script"
	awk -f "$bench/memory.awk" "$scratch/rows" "$scratch/variants" "$scratch/medians"
}

# picture PICTURE FILE: of workloads that have a course of their own.
picture() {
	rows | jq -R 'split("|") | {key: .[1], value: (.[6] | sub(": [^:]*$"; ""))}' |
		jq -s 'reverse | from_entries' >"$scratch/titles"
	jq --slurpfile titles "$scratch/titles" '.rows |= map(select(.label | IN(
			"large-rounds:mib=120,rounds=10", "growing-sizes:pause=250",
			"thinned:size=200,keep=50", "watch:node",
			"watch:redis-server")) | .title = $titles[0][.label])' \
		"$2" >"$scratch/picture.json" || die "$2 is no result of this script"
	"$measure" plot "$scratch/picture.json" -o "$1" || exit 1
	case $1 in
	*.svg) sed -i '1a <!-- SPDX-License-Identifier: MIT -->' "$1" ;;
	esac
}

built=tools/hakmem-bench/hakmem-bench
[ -x "$built" ] && measure=./$built || measure=$bench/../build/$built
wanted='1 2 3 4 5 6 7 8 9 10 11 12'
peers='jemalloc mimalloc tcmalloc'
table= picture= output=/dev/stdout
rounds=3 seconds=20 idle=2000
while :; do
	case ${1-} in
	--help) help; exit 0 ;;
	--rows) wanted=${2-} ;;
	--rounds) rounds=${2-} ;;
	--seconds) seconds=${2-} ;;
	--idle) idle=${2-} ;;
	--peers) peers=${2-} ;;
	--bench) measure=${2-} ;;
	-o) output=${2-} ;;
	--table) table=${2-} ;;
	--picture) picture=${2-} ;;
	-*) refuse "there is no option $1" ;;
	*) break ;;
	esac
	shift 2 || refuse "$1 needs a value"
done
if [ -n "$table" ]; then
	table "$table"
	exit
fi
[ -x "$measure" ] || die "there is no $measure; run make, or name it with --bench"
measure=$(readlink -f "$measure")
[ $# -gt 0 ] || refuse "no LIB given"
if [ -n "$picture" ]; then
	picture "$picture" "$1"
	exit
fi
for number in "$rounds" "$seconds" "$idle"; do
	is_number "$number" || refuse "\"$number\" is no number above 0"
done
library=$(library_path "$1") || exit 1
list_allocators "$library" >"$scratch/allocators"
shift
for word; do
	list_other "$word" >>"$scratch/allocators"
done
# A server that gives up root must be able to enter, and write down its bindings.
chmod 1777 "$scratch"

parts=0 failed=0
for row in $wanted; do
	rows | cut -d '|' -f 1 | grep -qx "$row" || refuse "there is no row $row"
	rows | awk -F '|' -v row="$row" '$1 == row && !seen[$3]++ { print $3 }' \
		>"$scratch/environments"
	while read -r environment; do
		measure "$row" "$environment"
	done <"$scratch/environments"
done
[ "$parts" -gt 0 ] || die "nothing of this can be measured here"
merge >"$output"
exit "$failed"
