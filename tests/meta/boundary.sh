#!/bin/sh
# SPDX-License-Identifier: MIT
# Only the box os calls the kernel for memory: no other object of the library has an
# undefined reference to such a call, or to syscall() without need, and only
# hak_os_map_boundary uses the functions that os_functions found.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

# users PATTERN: the objects with an undefined reference to what matches it.
users() {
	find "$abs_top_builddir/lib" -name '*.o' -exec nm -A -u {} + |
		sed "s|^$abs_top_builddir/||" | grep -E " ($1)(@.*)?$" || :
}

calls='mmap|mmap64|munmap|mremap|mprotect|madvise|posix_madvise|brk|sbrk'
hold "no object calls $calls by name" \
	"$(users "$calls" | grep -v os_functions || :)"

case $(users os_functions) in
*hak_os_map_boundary.o*) ;;
*) verdict "the boundary is where the memory calls are" \
	"no object of hak_os_map_boundary under $abs_top_builddir/lib uses os_functions" ;;
esac
hold "only lib/os/hak_os_map_boundary.c uses os_functions" \
	"$(users os_functions | grep -v hak_os_map_boundary || :)"
verdict "only os_functions, futex, file and message make system calls of their own" \
	"$(users syscall | grep -Ev '(os_functions|futex|file|message)\.o:' || :)"
