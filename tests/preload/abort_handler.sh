#!/bin/sh
# SPDX-License-Identifier: MIT
# A program's handler of SIGABRT may allocate although the library aborted with
# locks in its hands.
. "$abs_top_srcdir/tests/common.sh"

compile abort_handler -w
said case preloaded "$work/abort_handler"
[ "$(cat case/out)" = reported ] ||
	fail "it ended with $(cat case/status): $(cat case/out case/err)"
grep -q "$ours free(): " case/err ||
	fail "the double free was not named: $(cat case/err)"
