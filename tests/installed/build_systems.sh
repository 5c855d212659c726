#!/bin/sh
# SPDX-License-Identifier: MIT
# make installcheck: a program keeps the library under --as-needed, however it is
# linked: by each linker that is here, and through CMake and Meson, where these are
# installed.  The program itself calls nothing, so that only the flags can keep it.
. "$(dirname "$0")/common.sh"

mkdir "$work/source"
cd "$work/source"
cat >program.c <<'PROGRAM'
int main(void)
{
	return 0;
}
PROGRAM
cat >allocates.c <<'PROGRAM'
#include <stdlib.h>

int main(void)
{
	void *volatile block = malloc(100);

	free(block);
	return block == NULL;
}
PROGRAM
flags=$(pkg-config --libs hakmem)

# try_linker FLAG...
try_linker() {
	for source in program allocates; do
		# shellcheck disable=SC2086 # words
		$CC "$@" -Wl,--as-needed -o "$source" "$source.c" $flags ||
			fail "a program does not link with $* $flags"
		keeps "$source" "by $CC $* $flags"
	done
}

try_linker
for linker in bfd gold lld; do
	# shellcheck disable=SC2086 # words
	! $CC -fuse-ld=$linker -o plain program.c 2>/dev/null || try_linker -fuse-ld=$linker
done

# --- CMake ---------------------------------------------------------------

cat >CMakeLists.txt <<'PROJECT'
cmake_minimum_required(VERSION 3.16)
project(user C)
set(CMAKE_EXE_LINKER_FLAGS "-Wl,--as-needed")
find_package(hakmem ${VERSION} REQUIRED)
foreach(source program allocates header)
  add_executable(${source} ${source}.c)
  target_link_libraries(${source} PRIVATE hakmem::hakmem)
endforeach()
if(TARGET hakmem::static)
  add_executable(static header.c)
  target_link_libraries(static PRIVATE hakmem::static)
endif()
PROJECT
cat >header.c <<'PROGRAM'
#include <stdlib.h>
#include <string.h>

#include <hakmem.h>

/* Fails unless header and library agree, and this malloc is the library's. */
int main(void)
{
	return strcmp(hak_version(), HAKMEM_VERSION_STRING) != 0 ||
	       hak_owns(malloc(100)) != INTERPOSED;
}
PROGRAM

# with_cmake FOLDER VERSION: makes build files in FOLDER.
with_cmake() {
	CFLAGS="-fno-builtin -DINTERPOSED=$interposed" cmake -S . -B "$1" -DVERSION="$2" \
		-DCMAKE_C_COMPILER="${CC%% *}" -Dhakmem_DIR="$LIBDIR/cmake/hakmem" >said 2>&1
}

try_cmake() {
	version=$(pkg-config --modversion hakmem)
	with_cmake cmake "$version" || fail "find_package(hakmem) fails: $(cat said)"
	! with_cmake other 99 || fail "this version passes for version 99"
	cmake --build cmake >said 2>&1 || fail "a CMake project does not build: $(cat said)"
	for source in program allocates header; do
		keeps "cmake/$source" "by CMake"
	done
	LD_LIBRARY_PATH=$LIBDIR cmake/header || fail "hakmem::hakmem is not this library"
	if [ -e "$LIBDIR/libhakmem.a" ]; then
		cmake/static || fail "hakmem::static is not this library"
	fi
}

# --- Meson ---------------------------------------------------------------

# Its default is --as-needed.
try_meson() {
	cat >meson.build <<-'PROJECT'
	project('user', 'c')
	hakmem = dependency('hakmem')
	foreach source : ['program', 'allocates']
	  executable(source, source + '.c', dependencies : hakmem)
	endforeach
	PROJECT
	meson setup meson >said 2>&1 && ninja -C meson >said 2>&1 ||
		fail "a Meson project does not build: $(cat said)"
	for source in program allocates; do
		keeps "meson/$source" "by Meson"
	done
}

interposed=0
[ "$hak_interposition" != yes ] || interposed=1
for tool in cmake meson; do
	if command -v "$tool" >/dev/null; then
		"try_$tool"
	else
		echo "installcheck: left out: $tool is not installed"
	fi
done
