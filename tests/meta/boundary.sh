#!/bin/sh
# SPDX-License-Identifier: MIT
# Only hak_os_map_boundary calls the kernel for memory: no other object of the
# library has an undefined reference to such a call.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

calls='mmap|mmap64|munmap|mremap|mprotect|madvise|posix_madvise|brk|sbrk'
references=$(find "$abs_top_builddir/lib" -name '*.o' -exec nm -A -u {} + |
	sed "s|^$abs_top_builddir/||" | grep -E " ($calls)(@.*)?$" || :)

case $references in
*hak_os_map_boundary.o*) ;;
*) verdict "the boundary is where the memory calls are" \
	"no object of hak_os_map_boundary under $abs_top_builddir/lib calls mmap" ;;
esac
verdict "only lib/os/hak_os_map_boundary.c calls $calls" \
	"$(printf '%s\n' "$references" | grep -v hak_os_map_boundary || :)"
