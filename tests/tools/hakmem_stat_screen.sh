#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-stat on a terminal: it never shows more than the window holds, and keys
# scroll, sort and end it.
. "$abs_top_srcdir/tests/tools/hakmem_stat.common.sh"

need tic
[ "$hak_screen" = yes ] || skip "hakmem-stat was built without ncurses"
compile terminal -lutil

# A terminal that can only clear its screen and put its cursor somewhere.
cat >entry <<'ENTRY'
hakscreen|a terminal for the test,
	cols#80, lines#24, clear=\E[H\E[2J, cup=\E[%i%p1%d;%p2%dH,
	kcud1=\E[B, kcuu1=\E[A, knp=\E[6~, kpp=\E[5~, khome=\E[H, kend=\E[F,
ENTRY
tic -x -o "$work/terminfo" entry 2>tic.err || fail "tic fails: $(cat tic.err)"
esc=$(printf '\033')

# What it says on stderr, after the screen, goes to seen/told.
printf '#!/bin/sh\nexec %s "$@" 2>told\n' "$stat" >watch
chmod +x watch
watch=$work/watch

# on_terminal STATUS ROWS COLUMNS ACTION... -- ARGUMENT...: hakmem-stat on a
# terminal, with what is printed of the screen in seen/out.
on_terminal() {
	wanted=$1
	shift
	said seen env -u LINES -u COLUMNS TERMINFO="$work/terminfo" TERM=hakscreen \
		"$work/terminal" "$@"
	[ "$(cat seen/status)" = "$wanted" ] ||
		fail "$*: status $(cat seen/status): $(cat seen/err seen/out)"
}

begin "$hak_library"
one=$pid
need_sight "$one"
"$stat" "$one" >plain

# One process: 75 lines in a window of 20.
on_terminal 0 20 60 see 'q: end' print type q -- "$watch" -w 0.5 "$one"
[ "$(wc -l <seen/out)" = 20 ] || fail "a window of 20 rows shows: $(cat seen/out)"
[ "$(head -n 1 seen/out | grep -c "^process $one, hakmem_stat, [0-9]* KiB")" = 1 ] ||
	fail "no process in the first row: $(cat seen/out)"
last=$(($(wc -l <plain) - 2))
grep -q "^lines 1-17 of $last  q: end *$" seen/out || fail "no lines in: $(cat seen/out)"
[ "$(head -n 19 seen/out | tail -n 17 | cut -c 1-16)" = \
	"$(head -n 19 plain | tail -n 17 | cut -c 1-16)" ] ||
	fail "the screen shows other lines: $(cat seen/out)"

# Keys scroll, to the end and not beyond.
on_terminal 0 20 60 see 'lines 1-17' type "${esc}[B" see 'lines 2-18' \
	type "${esc}[6~" see 'lines 19-35' type "${esc}[F" see "-$last of $last" \
	type "${esc}[B${esc}[B" see "-$last of $last" type "${esc}[5~" \
	type "${esc}[A" type "${esc}[H" see 'lines 1-17' type q -- \
	"$watch" -w 100 "$one"

# Windows of other sizes, also while it runs.
on_terminal 0 1 10 see 'lines 1-0' type q -- "$watch" -w 100 "$one"
on_terminal 0 200 250 see "lines 1-$last of $last" type q -- "$watch" -w 100 "$one"
on_terminal 0 20 60 see 'lines 1-17' size 8 30 see 'lines 1-5' print type q -- \
	"$watch" -w 100 "$one"
[ "$(wc -l <seen/out)" = 8 ] || fail "a window of 8 rows shows: $(cat seen/out)"

# All processes: keys sort them.
LD_PRELOAD=$hak_library sleep 1000 &
two=$!
children="$children $two"
wait_until "sleep does not get ready" "$stat" "$two"
on_terminal 0 200 120 see 'sort: p pid n name [r resident] l live t retained' \
	see "$one hakmem_stat" see "$two sleep" print type q -- "$watch" --all -w 100
grep -q '^ *PID COMMAND  *RES KiB  *LIVE  *RETAINED' seen/out ||
	fail "--all has no heading: $(cat seen/out)"
for order in 1:'l live' 2:'t retained' 0:'r resident'; do
	key=${order#*:}
	on_terminal 0 250 120 see 'sort:' type n see '[n name]' \
		type "${key%% *}" see "[$key]" print type q -- "$watch" --all -w 100
	awk -v begin="$((24 + 10 * ${order%%:*}))" '/^ *[0-9]+ [^:]/ {
		print substr($0, begin, 10) }' seen/out >sorted
	[ "$(wc -l <sorted)" -ge 2 ] && sort -rn sorted | cmp -s - sorted ||
		fail "the key $key does not sort: $(cat seen/out)"
done

# What grows: the heading stays, and keys sort.
on_terminal 0 9 60 see 'LIVE      GROWN       LAST' see '  all blocks' \
	see 'lines 1-6 of' type "${esc}[F" see "${one}, hakmem_stat" \
	see 'no profile is on' type v see 'sort: g grown l last v live' type q -- \
	"$watch" --top -w 100 "$one"

# The end of the process is the end of the watch, and no failure.
on_terminal 0 20 60 see 'q: end' run "kill $one" -- \
	"$watch" -w 0.1 "$one"
[ "$(cat seen/told)" = "hakmem-stat: process $one has ended" ] ||
	fail "the end is told so: $(cat seen/told)"

# Where the cursor cannot be moved there are plain blocks.
on_terminal 130 200 200 see allocated type "$(printf '\003')" -- \
	env TERM=unknown "$watch" -w 100 "$two"
