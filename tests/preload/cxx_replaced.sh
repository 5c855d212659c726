#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A program's own operator new and delete serve every form of them.
. "${abs_top_srcdir:?}/tests/common.sh"

[ "$hak_cxx_operators" = yes ] || skip "the C++ operators are not in this build"
${CXX:-c++} --version >/dev/null 2>&1 || skip "there is no C++ compiler"

${CXX:-c++} -std=c++17 -O1 -fsized-deallocation -o "$work/program" \
	"$helpers/cxx_replaced.cpp"
got=$(LD_DEBUG=bindings LD_DEBUG_OUTPUT=$work/bindings LD_PRELOAD=$hak_library \
	"$work/program") || got="$got, exit status $?"
if [ "$got" != balanced ]; then
	echo "cxx_replaced: printed '$got', not 'balanced'"
	exit 1
fi
grep -q "/program .* to $hak_library .*\`_Zna" "$work"/bindings.* || {
	echo "cxx_replaced: the program did not call operator new[] of $hak_library"
	exit 1
}
