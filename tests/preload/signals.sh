#!/bin/sh
# SPDX-License-Identifier: MIT
# Signal handlers that allocate: after each instruction of malloc and free, and under
# storms of signals; what hakmem(7) promises them.
. "$abs_top_srcdir/tests/common.sh"
need timeout

compile signals -I"$abs_top_srcdir/include" -w -ldl
for case in step step-jump step-fork fork-step leave sigaction siginfo onstack \
	nested jump; do
	said "$case" preloaded timeout 120 "$work/signals" "$case"
	[ "$(cat "$case/out")" = done ] ||
		fail "$case ended with $(cat "$case/status"): $(cat "$case/err")"
done

# There fork() takes several hundred locks.
said hardened preloaded HAKMEM_HARDENED=1 timeout 120 "$work/signals" fork-step
[ "$(cat hardened/out)" = done ] ||
	fail "fork-step, hardened, ended with $(cat hardened/status): $(cat hardened/err)"
