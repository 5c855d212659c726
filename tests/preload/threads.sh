#!/bin/sh
# SPDX-License-Identifier: MIT
# Threads: many, short, on small stacks, cancelled, detached at exit, and with
# destructors that come after the library's.
. "$abs_top_srcdir/tests/common.sh"

compile threads
# Nothing is kept in the hope that it is wanted again: what adds up is lost.
export HAKMEM_PURGE_HYSTERESIS=0
same threads "$work/threads"
