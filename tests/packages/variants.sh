#!/bin/sh
# SPDX-License-Identifier: MIT
# The tarball as those meet it who build it: a normal user, a source folder that
# may not be written, several switches, another machine, and DESTDIR.
#
#   tests/packages/variants.sh TARBALL [VARIANT...]

set -eu
all="default no-static no-interposition no-shared destdir cross"

usage() {
	echo "usage: $0 TARBALL [VARIANT...]; variants: $all" >&2
	exit 2
}

# fail SENTENCE
fail() {
	printf 'variants: %s\n' "$*" >&2
	exit 1
}

# --- What each variant does, in a folder of its own ----------------------

# distcheck SWITCH...: builds, checks, installs, checks that, removes; in the
# end nothing is left, and nothing was written into the source.
distcheck() {
	"$source/configure" -q "$@"
	make -s -j "$jobs" distcheck VERBOSE=1 DISTCHECK_CONFIGURE_FLAGS="$*"
}

# installed SWITCH...: the same without all the tests.
installed() {
	"$source/configure" -q --prefix="$PWD/installed" "$@"
	make -s -j "$jobs" install
	make -s installcheck
	removed "$PWD/installed"
}

# removed FOLDER: after make uninstall there is no file in it.
removed() {
	make -s uninstall DESTDIR="${2-}"
	left=$(find "$1" ! -type d)
	[ -z "$left" ] || fail "make uninstall leaves $left"
}

variant_default() {
	distcheck
}

variant_no_static() {
	distcheck --disable-static
}

variant_no_interposition() {
	distcheck --disable-interposition
}

# Without the library that can be preloaded.
variant_no_shared() {
	installed --disable-shared
}

# The folder is one where a package would go, and nothing is there yet.
variant_destdir() {
	"$source/configure" -q --prefix=/opt/hakmem --libdir=/opt/hakmem/lib64
	make -s -j "$jobs" install DESTDIR="$PWD/root"
	make -s installcheck DESTDIR="$PWD/root"
	removed "$PWD/root" "$PWD/root"
}

# Programs for that machine do not run here.
variant_cross() {
	"$source/configure" -q --prefix=/usr --host="$cross"
	make -s -j "$jobs" install DESTDIR="$PWD/root"
	readelf -h root/usr/lib/libhakmem.so.0 root/usr/bin/hakmem-run >headers
	[ "$(grep -c 'Machine: *AArch64' headers)" -eq 2 ] ||
		fail "this is not for $cross: $(cat headers)"
	removed "$PWD/root" "$PWD/root"
}

links_for_cross() {
	echo 'int main(void) { return 0; }' |
		"$cross-gcc" -x c -o "$work/linked" - 2>/dev/null
}

# --- The outside ---------------------------------------------------------

# try VARIANT: its output is shown only when it fails.
try() {
	begin=$(date +%s)
	mkdir "$work/$1"
	(
		cd "$work/$1"
		as_user sh "$script" --one "$source" "$1"
	) >"$work/$1.log" 2>&1 || {
		grep '^FAIL: ' "$work/$1.log" >&2
		tail -n 150 "$work/$1.log" >&2
		fail "$1 fails"
	}
	echo "variants: $1 holds ($(($(date +%s) - begin)) s)"
}

# as_user COMMAND...: who is root becomes nobody.
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		chown 65534:65534 .
		set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
	env HOME="$work" "$@"
}

clean_up() {
	chmod -R u+w "$work"
	rm -rf "$work"
}

cross=aarch64-linux-gnu
jobs=$(getconf _NPROCESSORS_ONLN)
[ $# -gt 0 ] || usage
if [ "$1" = --one ]; then
	source=$2
	"variant_$(echo "$3" | tr - _)"
	exit
fi
[ -f "$1" ] || fail "$1 is not there; make one with \`make dist\`"
work=$(mktemp -d)
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work"
cp "$0" "$work/variants.sh"
script=$work/variants.sh
mkdir "$work/source"
tar -C "$work/source" --strip-components=1 --no-same-owner -xf "$1"
chmod -R a-w "$work/source"
source=$work/source
shift
for variant in ${*:-$all}; do
	case " $all " in
	*" $variant "*) ;;
	*) usage ;;
	esac
	if [ "$variant" = cross ] && ! links_for_cross; then
		echo "variants: left out: cross, for which $cross-gcc does not link"
	else
		try "$variant"
	fi
done
