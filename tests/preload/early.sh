#!/bin/sh
# SPDX-License-Identifier: MIT
# Allocation before main() and after it.
. "$abs_top_srcdir/tests/common.sh"

compile early
same early "$work/early"
# Bound at once or one by one, the first call comes at another moment.
export LD_BIND_NOW=1
same early "$work/early"
