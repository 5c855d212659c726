#!/bin/sh
# SPDX-License-Identifier: MIT
# Static C++ programs: new without memory throws std::bad_alloc, calls the
# new_handler or returns NULL, as on the runtime's own operators.
. "$abs_top_srcdir/tests/common.sh"

[ "$hak_cxx_operators" = yes ] || skip "the C++ operators are not in this build"
${CXX:-c++} --version >/dev/null 2>&1 || skip "there is no C++ compiler"
archive=$abs_top_builddir/.libs/libhakmem.a
[ -e "$archive" ] || skip "there is no static library in this build"

# build NAME SOURCE FLAG...: fails where the toolchain does not make such programs.
build() {
	name=$1
	source=$2
	shift 2
	${CXX:-c++} -std=c++17 -O1 -fno-builtin -fsized-deallocation -pthread \
		-I"$abs_top_srcdir/include" -o "$name" "$helpers/$source" "$@" "$archive" \
		2>err
}

# says TEXT NAME: the program NAME ends well and says that.
says() {
	said case timeout 60 "$work/$2"
	[ "$(cat case/status)" = 0 ] && [ "$(cat case/out)" = "$1" ] ||
		fail "$2 ends with $(cat case/status) and says: $(cat case/out case/err)"
}

all=$(printf 'every form\nobjects\nbad_alloc\nnew_handler\ncontainers')
kinds=0
# The archive in a dynamic program is the third way.
for kind in -static -static-pie -pie; do
	echo 'int main() { return 0; }' >plain.cc
	${CXX:-c++} $kind -o plain plain.cc 2>err && ./plain || continue
	kinds=$((kinds + 1))
	build "all$kind" cxx.cc $kind || fail "cxx.cc with $kind: $(cat err)"
	says "$all" "all$kind"
	build "any$kind" cxx_static.cpp $kind || fail "cxx_static.cpp with $kind: $(cat err)"
	says "$(printf 'caught\ncaught')" "any$kind"
	for class in std::exception std::bad_alloc; do
		build "one$kind" cxx_static.cpp $kind -DCAUGHT=$class ||
			fail "cxx_static.cpp with $kind: $(cat err)"
		says "$(printf 'caught std::bad_alloc\ncaught std::bad_alloc')" "one$kind"
	done
done
[ $kinds != 0 ] || skip "the compiler makes no such programs"
