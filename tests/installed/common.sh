# SPDX-License-Identifier: MIT
# Shared by the scripts of `make installcheck`, which are about the installed library.
# Environment: CC and CXX, PKG_CONFIG_PATH and PKG_CONFIG_SYSROOT_DIR, LIBDIR, BINDIR,
# MANDIR, DOCDIR and GDBDIR (where things are now), hak_interposition, hak_cxx_operators.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fail SENTENCE
fail() {
	printf 'installcheck: %s\n' "$*" >&2
	exit 1
}

# keeps PROGRAM HOW: the loader will load the library for it.
keeps() {
	readelf -d "$1" >"$work/dynamic" || fail "there is no $1"
	grep -q 'NEEDED.*\[libhakmem\.so\.0\]' "$work/dynamic" ||
		fail "a program linked $2 loses the library"
}
