#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The new_handler and std::bad_alloc of a C++ runtime that only a plugin sees:
# the same as on the runtime's own operators.
set -eu

if [ "$hak_cxx_operators" != yes ]; then
	echo "the C++ operators are not in this build"
	exit 77
fi
sources=$abs_top_srcdir/tests/preload
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

${CXX:-c++} -std=c++17 -O1 -shared -fPIC -o "$dir/plugin.so" \
	"$sources/cxx_plugin.cpp"
${CC:-cc} -o "$dir/program" "$sources/cxx_plugin.c" -ldl
"$dir/program" "$dir/plugin.so" >"$dir/wanted"
LD_DEBUG=bindings LD_DEBUG_OUTPUT=$dir/bindings LD_PRELOAD=$hak_library \
	"$dir/program" "$dir/plugin.so" >"$dir/got" ||
	echo "exit status $?" >>"$dir/got"
diff "$dir/wanted" "$dir/got"
grep -q "/plugin.so .* to $hak_library .*\`_Znw" "$dir"/bindings.* || {
	echo "cxx_plugin: the plugin did not call operator new of $hak_library"
	exit 1
}
