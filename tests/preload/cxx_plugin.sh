#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The new_handler and std::bad_alloc of a C++ runtime that only a plugin sees:
# the same as on the runtime's own operators.
. "${abs_top_srcdir:?}/tests/common.sh"

[ "$hak_cxx_operators" = yes ] || skip "the C++ operators are not in this build"
${CXX:-c++} --version >/dev/null 2>&1 || skip "there is no C++ compiler"

${CXX:-c++} -std=c++17 -O1 -shared -fPIC -o "$work/plugin.so" \
	"$helpers/cxx_plugin.cpp"
${CC:-cc} -o "$work/program" "$helpers/cxx_plugin.c" -ldl
"$work/program" "$work/plugin.so" >"$work/wanted"
LD_DEBUG=bindings LD_DEBUG_OUTPUT=$work/bindings LD_PRELOAD=$hak_library \
	"$work/program" "$work/plugin.so" >"$work/got" ||
	echo "exit status $?" >>"$work/got"
diff "$work/wanted" "$work/got"
grep -q "/plugin.so .* to $hak_library .*\`_Znw" "$work"/bindings.* || {
	echo "cxx_plugin: the plugin did not call operator new of $hak_library"
	exit 1
}
