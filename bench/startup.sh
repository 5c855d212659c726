#!/bin/sh
# SPDX-License-Identifier: MIT
# startup.sh: what preloading a library costs a program that does nothing.
#
# Starts /bin/true without and with each library, in turn, round after round.
set -u
. "$(dirname "$0")/common.sh"

help() {
	cat <<END
usage: $me [--rounds N] [--programs DIR] LIB...
Prints the median time of a start of /bin/true in microseconds, what it has
resident at its exit (all pages, and private dirty ones), and how much more
that is than without a library.  --rounds N: rounds of 40 starts (default 15).
END
}

# start LABEL LIB: adds "LABEL MICROSECONDS RESIDENT PRIVATE" to the results.
start() {
	if [ "$2" = system ]; then
		line=$("$programs/startup" 40 /bin/true)
	else
		line=$("$programs/startup" 40 LD_PRELOAD="$2" /bin/true)
	fi || die "/bin/true on $2 failed"
	echo "$1 $(echo "$line" | field median_us) $(echo "$line" |
		field rss_end_kb) $(echo "$line" | field private_end_kb)"
}

read_options --rounds "$@"
shift "$taken"
rounds=${rounds:-15}
find_programs
for library; do
	shift
	path=$(library_path "$library") || exit 1
	probe "$path"
	set -- "$@" "$path"
done
set -- system "$@"

round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	number=0
	for library; do
		start "$number" "$library" || exit 1
		number=$((number + 1))
	done
done >"$scratch/results"

# column NUMBER FIELD: the median of a field over the rounds.
column() {
	awk -v n="$1" -v f="$2" '$1 == n { print $f }' "$scratch/results" |
		sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

printf '%8s %8s %8s %8s %8s %8s  %s\n' us rss_kb priv_kb +us +rss_kb +priv_kb library
number=0
for library; do
	echo "$(column $number 2) $(column $number 3) $(column $number 4)" \
		"$(column 0 2) $(column 0 3) $(column 0 4)" |
		awk -v library="$library" '{
			printf "%8.1f %8d %8d %+8.1f %+8d %+8d  %s\n",
				$1, $2, $3, $1 - $4, $2 - $5, $3 - $6, library
		}'
	number=$((number + 1))
done
