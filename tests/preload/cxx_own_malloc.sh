#!/bin/sh
# SPDX-License-Identifier: MIT
# A program brings its own malloc, but no operators of C++: new and delete use it.
. "${abs_top_srcdir:?}/tests/common.sh"

${CXX:-c++} --version >/dev/null 2>&1 || skip "there is no C++ compiler"
[ "$hak_cxx_operators" = yes ] || skip "the C++ operators are not in this build"

# build NAME FLAG...
build() {
	name=$1
	shift
	${CXX:-c++} -std=c++17 -O1 -fno-builtin -fsized-deallocation -o "$name" \
		"$helpers/cxx_own_malloc.cpp" "$@" 2>err
}

# sound NAME WAY...: the program NAME, run that way, ends well.
sound() {
	name=$1
	shift
	said case "$@" timeout 60 "$work/$name"
	[ "$(cat case/status) $(cat case/out)" = "0 sound" ] ||
		fail "$* $name ends with $(cat case/status): $(cat case/out case/err)"
}

build whole || fail "cxx_own_malloc.cpp does not compile: $(cat err)"
build part -DNO_ALIGNED || fail "cxx_own_malloc.cpp does not compile: $(cat err)"
sound whole
for hardened in 0 1; do
	export HAKMEM_HARDENED=$hardened
	sound whole preloaded
	sound part preloaded
done
unset HAKMEM_HARDENED

archive=$abs_top_builddir/.libs/libhakmem.a
for kind in -static -static-pie -pie; do
	echo 'int main() { return 0; }' >plain.cc
	[ -e "$archive" ] && ${CXX:-c++} $kind -o plain plain.cc 2>err && ./plain || continue
	build "whole$kind" $kind "$archive" || fail "it does not link with $kind: $(cat err)"
	sound "whole$kind"
done

# A program without PIE that takes the address of malloc has no malloc of its own.
cat >plt.cc <<'PROGRAM'
#include <cstdlib>
#include <new>
extern "C" int hak_owns(const void *block) __attribute__((weak));
int main()
{
	void *(*volatile taken)(std::size_t) = std::malloc;

	return !hak_owns(operator new(100)) || !taken;
}
PROGRAM
${CXX:-c++} -O0 -no-pie -fno-pic -o plt plt.cc -L"$abs_top_builddir/.libs" -lhakmem ||
	fail "a program without PIE does not link"
said case env LD_LIBRARY_PATH="$abs_top_builddir/.libs" "$work/plt"
[ "$(cat case/status)" = 0 ] || fail "without PIE, new is not the library's: $(cat case/err)"
