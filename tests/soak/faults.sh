#!/bin/sh
# SPDX-License-Identifier: MIT
# Each fault that the stress knows how to make is seen, and called by its name.
set -eu
program=${abs_top_builddir:?is not set; run this test through make check}/tests/soak/soak_core
said=$(mktemp)
trap 'rm -f "$said"' EXIT
ulimit -c 0

# seen FAULT WORDS: the stress aborts and says so.
seen() {
	status=0
	"$program" -s 5 -w 1 -n 500000 -x "$1" >"$said" 2>&1 || status=$?
	[ "$status" = 134 ] && grep -q "$2" "$said" && return
	echo "the fault $1 is not seen (status $status):" >&2
	cat "$said" >&2
	exit 1
}

seen twice 'overlaps a live one'
seen dirty 'is not zero at byte'
seen askew 'is not aligned to'
seen refuse 'bytes were refused'
seen tail 'realloc: block .* changed near byte'
seen short 'and is 0$\|bytes has 0$'
seen long 'and is \|overlaps a live one'
seen scribble 'check: block .* changed near byte'
seen errno 'changed errno'
seen leak 'bytes are lost'
"$program" -s 5 -w 1 -n 500000
