#!/bin/sh
# SPDX-License-Identifier: MIT
# Every seed of every fuzz target passes, without libFuzzer.
set -eu
: "${abs_top_srcdir:?is not set; run this test through make check}"
: "${abs_top_builddir:?is not set; run this test through make check}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ulimit -c 0
for target in options conf calls profile; do
	[ -x "$abs_top_builddir/tests/fuzz/replay_$target" ] || [ "$target" != profile ] || continue
	mkdir "$work/$target"
	sh "$abs_top_srcdir/tests/fuzz/expand.sh" "$target" "$work/$target"
	echo "$target"
	"$abs_top_builddir/tests/fuzz/replay_$target" "$work/$target"/*
done
