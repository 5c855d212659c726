#!/bin/sh
# SPDX-License-Identifier: MIT
# fork() and vfork() in a program whose threads allocate all the time.
. "$abs_top_srcdir/tests/common.sh"

compile fork
same fork "$work/fork"
