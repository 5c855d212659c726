#!/bin/sh
# SPDX-License-Identifier: MIT
# C++: the operators are the library's and behave as the standard's.
. "$abs_top_srcdir/tests/common.sh"

# CXX may be several words.
${CXX:-c++} --version >/dev/null 2>&1 || skip "there is no C++ compiler"
[ "${hak_cxx_operators:-yes}" = yes ] || skip "built without the C++ operators"
include="-I$abs_top_srcdir/include -Wall -Wextra -pedantic -Werror"
${CXX:-c++} -std=c++17 -O1 -fno-builtin -fsized-deallocation -pthread $include \
	-o "$work/cxx" "$helpers/cxx.cc" || fail "cxx.cc does not compile"
echo '#include "hakmem.h"' >"$work/header.cc"
${CXX:-c++} -std=c++98 -Wno-long-long $include -fsyntax-only "$work/header.cc" ||
	fail "hakmem.h is no C++98"

same cxx "$work/cxx"
for form in _Znwm _Znam _ZdlPv _ZdlPvm _ZdaPv _ZnwmRKSt9nothrow_t \
	_ZnwmSt11align_val_t _ZdlPvSt11align_val_t; do
	bound cxx "$form"
done
