#!/bin/sh
# SPDX-License-Identifier: MIT
# A signal handler that throws: the exception finds its way past the library.
. "$abs_top_srcdir/tests/common.sh"

${CXX:-c++} -O1 -fnon-call-exceptions -o "$work/signal_throw" \
	"$helpers/signal_throw.cpp" || fail "signal_throw.cpp does not compile"
# clang 14 has no table for a throw out of a plain load or store.
said plain "$work/signal_throw"
[ "$(cat plain/status)" = 0 ] ||
	skip "${CXX:-c++} makes no program that can throw out of a signal handler"
same signal_throw "$work/signal_throw"
