#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-stat --openmetrics: what Prometheus reads, judged by its promtool.
. "$abs_top_srcdir/tests/tools/hakmem_stat.common.sh"

begin "$hak_library" 'a"b\c
d'
need_sight "$pid"
one=$pid
begin "$hak_library"
said case "$stat" --openmetrics "$one"
[ "$(cat case/status)" = 0 ] && [ ! -s case/err ] || fail "it fails: $(cat case/*)"

# The name of the process in quotes, as its rules are.
grep -q "^hakmem_allocated_bytes{pid=\"$one\",program=\"a\\\\\"b\\\\\\\\c\\\\nd\"} [1-9][0-9]*\$" \
	case/out || fail "no allocated bytes: $(cat case/out)"
grep -q '^# TYPE hakmem_allocated_bytes gauge$' case/out &&
	grep -q '^# TYPE hakmem_purged_bytes_total counter$' case/out &&
	grep -q '^# HELP hakmem_mmap_calls_total ' case/out ||
	fail "no types: $(grep '^#' case/out)"
[ "$(tail -n 1 case/out)" = '# EOF' ] && [ "$(grep -c '^# EOF' case/out)" = 1 ] ||
	fail "the end is not marked: $(tail -n 3 case/out)"

# Each number of the JSON is there, with the same value.
"$stat" --json "$one" | sed 's/, "bins".*//; s/.*"statistics": {//' | tr ',' '\n' |
	sed -n 's/^ *"\([a-z0-9_]*\)": \([0-9][0-9]*\)$/\1 \2/p' >numbers
[ "$(wc -l <numbers)" -gt 30 ] || fail "few numbers: $(cat numbers)"
while read -r name value; do
	grep -q "^hakmem_${name#counter_}[a-z_]*{pid=.*} $value\$" case/out ||
		fail "$name is not $value: $(grep "_$name" case/out)"
done <numbers

# --all: the samples of a metric stand together, behind its one heading.
said case "$stat" --openmetrics --all
awk '
	/^# TYPE/ { if (seen[$3]++) bad = 1; name = $3; next }
	/^#/ { next }
	index($0, name "{") != 1 { bad = 1 }
	{ samples++ }
	END { exit bad || samples < 2 }' case/out || fail "--all gives: $(cat case/out)"
grep -q "^hakmem_resident_bytes{pid=\"$pid\",program=\"hakmem_stat\"} [1-9]" case/out ||
	fail "--all lacks $pid: $(cat case/out)"

need promtool
for what in "$one" --all; do
	"$stat" --openmetrics "$what" >metrics 2>err
	promtool check metrics <metrics >verdict 2>&1 ||
		fail "promtool says of $what: $(cat verdict)"
	[ ! -s verdict ] || fail "promtool says of $what: $(cat verdict)"
done
