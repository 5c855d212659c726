#!/bin/sh
# SPDX-License-Identifier: MIT
# What one thread or a child does with filters of system calls is its own affair, and
# so are the program's signal handlers.
. "$abs_top_srcdir/tests/common.sh"

compile filters -w -ldl
for case in thread vfork handler dlerror exact; do
	said plain "$work/filters" "$case"
	if [ "$(cat plain/status)" = 77 ]; then
		echo "no filters here: not tried: $case"
		continue
	fi
	[ "$(cat plain/out)" = done ] || fail "$case, without the library: $(cat plain/out)"
	said "$case" preloaded timeout 60 "$work/filters" "$case"
	[ "$(cat "$case/out")" = done ] ||
		fail "$case ended with $(cat "$case/status"): $(cat "$case/out" "$case/err")"
done
