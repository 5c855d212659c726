# SPDX-License-Identifier: MIT
# Shared by the meta tests, which hold rules of the source and of the built
# library.  Each gathers its offences, one a line, and ends with verdict().
# `make check` sets the variables of the environment (tests/tests.am).

set -eu
: "${abs_top_srcdir:?is not set; run this test through make check}"
: "${abs_top_builddir:?is not set; run this test through make check}"
export LC_ALL=C
cd "$abs_top_srcdir"

# verdict RULE OFFENCES: passes when OFFENCES is empty.
verdict() {
	[ -n "$2" ] || exit 0
	printf '%s\nThe rule: %s\n' "$2" "$1" >&2
	exit 1
}

# hold RULE OFFENCES: the same for a rule with others after it.
hold() {
	[ -z "$2" ] || verdict "$1" "$2"
}

# skip SENTENCE
skip() {
	echo "$1"
	exit 77
}

# Every file that a person wrote, in a clone as in an unpacked tarball: what
# autoreconf, configure, make, its tests and distcheck generate is left out.
# What is compiled bears no common name, but ELF magic.
written_files() {
	build=$(cd "$abs_top_builddir" && pwd)
	find . \( -name .git -o -name autom4te.cache -o -name .deps \
		-o -name .libs -o -path ./build -o -path ./_build -o -path ./_inst \
		-o -path "./${build#"$(pwd)"/}" \
		-o -path './build-aux/[!.]*' -o -path './m4/l*' \) -prune \
		-o -type f ! -path ./aclocal.m4 ! -path ./configure \
		! -path './config.*' ! -path ./Makefile ! -path ./Makefile.in \
		! -path ./libtool ! -path ./stamp-h1 ! -name '*~' \
		! -name '*.[ao]' ! -name '*.l[ao]' ! -name .dirstamp \
		! -name '*.pb-c.[ch]' ! -name '*.log' ! -name '*.trs' -print |
		xargs grep -Ls "^$(printf '\177ELF')" || :
}

# The library's C, of all boxes.
library_files() {
	find lib -name '*.[ch]' -o -name '*.def'
}

# The library that was built; the test is skipped where there is none.
need_library() {
	[ -e "$hak_library" ] || skip "there is no shared library in this build"
}
