#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-heap flame: an SVG that viewers can read, with a box as wide as what each function
# holds, whose script zooms.
. "$abs_top_srcdir/tests/tools/hakmem_heap.common.sh"

server 4 | sed 's/make_entry/make<\&"entry">/' | profile now.gz
server 1 | sed 's/make_entry/make<\&"entry">/' | profile before

# drawn ARGUMENT...: into x.svg, which is well-formed.
drawn() {
	"$heap" flame "$@" -o x.svg >said 2>&1 && [ ! -s said ] || fail "flame $*: $(cat said)"
	if command -v xmllint >/dev/null; then
		xmllint --noout x.svg || fail "flame $* writes no XML"
	fi
	if command -v rsvg-convert >/dev/null; then
		rsvg-convert x.svg -o x.png 2>said && [ ! -s said ] ||
			fail "flame $* writes no SVG: $(cat said)"
	fi
}

# box NAME: its data-x, data-w and the y of its rectangle.
box() {
	grep -A 3 "<title>$1\$" x.svg |
		sed -n '1s/.*data-x="\([^"]*\)" data-w="\([^"]*\)".*/\1 \2/p
			s/.*<rect x="[^"]*" y="\([^"]*\)".*/\1/p' | tr '\n' ' '
}

# label NAME: the text in the box.
label() {
	grep -A 3 "<title>$1\$" x.svg | sed -n 's/.*<text [^>]*>\(.*\)<\/text>.*/\1/p'
}

drawn "$work/now.gz"
entry='make&lt;&amp;&quot;entry&quot;&gt;'
grep -q 'class="t".*>inuse_space: 4\.50 MiB</text>' x.svg || fail "no title: $(cat x.svg)"
[ "$(box all)" = "0.00000 1180.00000 106 " ] || fail "the root: $(box all)"
[ "$(box main)" = "0.00000 1180.00000 88 " ] || fail "main: $(box main)"
# 4.5 MiB of 4.5 MiB and 3000 bytes; names are in their order.
[ "$(box read_file)" = "0.00000 0.74975 70 " ] || fail "read_file: $(box read_file)"
[ "$(box serve)" = "0.74975 1179.25025 70 " ] || fail "serve: $(box serve)"
[ "$(box "$entry")" = "0.74975 1179.25025 52 " ] || fail "$entry: $(box "$entry")"
grep -A 2 "<title>$entry\$" x.svg | tr '\n' ';' |
	grep -q '>make.*;4\.50 MiB, 99\.9%;in server</title>' || fail "no tooltip: $(cat x.svg)"
[ "$(label serve)" = serve ] && [ -z "$(label read_file)" ] || fail "other labels: $(cat x.svg)"
drawn --callers --value alloc_objects "$work/now.gz"
[ "$(box read_file)" = "14.15773 1165.84227 106 " ] || fail "--callers: $(box read_file)"
grep -q 'their callers above' x.svg || fail "--callers is not said"
drawn --min 1 "$work/now.gz"
[ -z "$(box read_file)" ] || fail "--min leaves read_file"

# A long name is cut to its box, at a whole character.
printf '%s\n' 'kind inuse_space bytes' 'function 1 ééééééééééééééé -' 'function 2 b -' \
	'location 1 0 0' 'line 1 1 0' 'location 2 0 0' 'line 2 2 0' 'sample 1 5' \
	'sample 2 100' | profile wide
drawn "$work/wide"
[ "$(label ééééééééééééééé)" = 'éééé..' ] || fail "a long name: $(label ééééééééééééééé)"

# The same colour in each picture, and others for growth.
# colour NAME
colour() {
	grep -A 3 "<title>$1\$" x.svg | sed -n 's/.* fill="\([^"]*\)".*/\1/p'
}
drawn "$work/now.gz"
now=$(colour serve)
drawn "$work/before"
[ -n "$now" ] && [ "$now" = "$(colour serve)" ] || fail "colours differ: $now, $(colour serve)"
drawn --diff "$work/before" "$work/now.gz"
grep -q 'since .*: +3\.00 MiB; red has grown' x.svg || fail "--diff is not said"
grep -A 1 '<title>serve$' x.svg | grep -q '4\.50 MiB, 99\.9%, +3\.00 MiB' || fail "no growth"
case $(colour serve) in
"rgb(245,"*) ;;
*) fail "growth is $(colour serve)" ;;
esac
[ "$(colour read_file)" = "rgb(225,225,225)" ] || fail "no growth is $(colour read_file)"
drawn --diff "$work/now.gz" "$work/before"
case $(colour serve) in
"rgb("*",245)") ;;
*) fail "what has shrunk is $(colour serve)" ;;
esac

# To stdout, and the script: a click on read_file makes it as wide as the picture.
"$heap" flame - <"$work/now.gz" >out && grep -q '</svg>' out || fail "nothing on stdout"
grep -q '>stdin</text>' out || fail "stdin has another name"
"$heap" flame "$work/now.gz" -o x.svg
if command -v node >/dev/null; then
	node "$abs_top_srcdir/tests/tools/zoom.js" x.svg >zoomed || fail "the script fails"
	diff - zoomed <<-'TEXT' || fail "the script does something else (above)"
	click on read_file
	all: 10 1179.5 f a "all"
	main: 10 1179.5 f a "main"
	read_file: 10 1179.5 f "read_file"
	serve: hidden
	make<&"entry">: hidden
	click on all
	all: 10 1179.5 f "all"
	main: 10 1179.5 f "main"
	read_file: 10 0.75 f ""
	serve: 10.75 1178.75 f "serve"
	make<&"entry">: 10.75 1178.75 f "make<&"entry">"
	TEXT
fi
