#!/bin/sh
# SPDX-License-Identifier: MIT
# fork() while other libraries' handlers allocate and streams are flushed.
. "$abs_top_srcdir/tests/common.sh"

compile fork_handlers
said handlers proved "$work/fork_handlers" "$work/fork_handlers"
[ "$(cat handlers/out)" = done ] ||
	fail "it ended with $(cat handlers/status): $(cat handlers/out handlers/err)"
