#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A program's own operator new and delete serve every form of them.
set -eu

if [ "$hak_cxx_operators" != yes ]; then
	echo "the C++ operators are not in this build"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

${CXX:-c++} -std=c++17 -O1 -fsized-deallocation -o "$dir/program" \
	"$abs_top_srcdir/tests/preload/cxx_replaced.cpp"
got=$(LD_DEBUG=bindings LD_DEBUG_OUTPUT=$dir/bindings LD_PRELOAD=$hak_library \
	"$dir/program") || got="$got, exit status $?"
if [ "$got" != balanced ]; then
	echo "cxx_replaced: printed '$got', not 'balanced'"
	exit 1
fi
grep -q "/program .* to $hak_library .*\`_Zna" "$dir"/bindings.* || {
	echo "cxx_replaced: the program did not call operator new[] of $hak_library"
	exit 1
}
