#!/bin/sh
# SPDX-License-Identifier: MIT
# Threads: many, short, on small stacks, cancelled, detached at exit, and with
# destructors that come after the library's.
. "$abs_top_srcdir/tests/common.sh"

compile threads
same threads "$work/threads"
