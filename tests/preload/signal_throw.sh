#!/bin/sh
# SPDX-License-Identifier: MIT
# A signal handler that throws: the exception finds its way past the library.
. "$abs_top_srcdir/tests/common.sh"

${CXX:-c++} -O1 -fnon-call-exceptions -o "$work/signal_throw" \
	"$helpers/signal_throw.cpp" || fail "signal_throw.cpp does not compile"
same signal_throw "$work/signal_throw"
