#!/bin/sh
# SPDX-License-Identifier: MIT
# The functions that glibc offers beside malloc and free: the helper runs on
# glibc too, which shows that what it demands is glibc's own behaviour.
. "$abs_top_srcdir/tests/common.sh"

# -w: mallopt and friends are marked as old by some headers.
compile glibc_compat -w
"$work/glibc_compat" >without.xml 2>without.txt ||
	fail "on glibc: $(cat without.txt)"
proved glibc_compat "$work/glibc_compat" >with.xml 2>with.txt ||
	fail "on the library: $(cat with.txt)"
for symbol in memalign aligned_alloc posix_memalign valloc pvalloc reallocarray \
	__libc_malloc __libc_calloc __libc_realloc __libc_free __libc_memalign \
	__libc_valloc __libc_pvalloc __libc_mallinfo __libc_mallopt \
	malloc_usable_size mallinfo2 mallopt malloc_trim malloc_info malloc_stats; do
	bound glibc_compat "$symbol"
done

[ -s with.txt ] || fail "malloc_stats writes nothing to stderr"
grep -q '<malloc version="1">' with.xml || fail "malloc_info: $(cat with.xml)"
for name in fast rest mmap; do
	for report in with without; do
		grep -q "<total type=\"$name\" count=\"[0-9]*\" size=\"[0-9]*\"/>" $report.xml ||
			fail "malloc_info has no total of $name: $(cat $report.xml)"
	done
done
if command -v xmllint >/dev/null; then
	xmllint --noout with.xml || fail "malloc_info is no XML: $(cat with.xml)"
elif command -v python3 >/dev/null; then
	python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' \
		with.xml || fail "malloc_info is no XML: $(cat with.xml)"
fi
