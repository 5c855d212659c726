#!/bin/sh
# SPDX-License-Identifier: MIT
# Debian and RPM packages from a tarball, built in a folder of their own; lintian
# and rpmlint have nothing to say of them, and rpm installs and erases its own in
# an empty root.  A kind whose programs are not installed is left out, which is
# said; exit 77 where that is all of them.
#
#   tests/packages/build.sh [--revision N] TARBALL OUT [deb | rpm]
#
# With --revision the packages are those of the same release with that revision,
# to try an upgrade with; nothing is checked then.

set -eu

usage() {
	echo "usage: $0 [--revision N] TARBALL OUT [deb | rpm]; packages go to the new or empty folder OUT" >&2
	exit 2
}

# fail SENTENCE
fail() {
	printf 'packages: %s\n' "$*" >&2
	exit 1
}

. "$(dirname "$0")/kinds.sh"

# check_empty FOLDER PLACE...: in these packages, unpacked there, each of the
# places has a library with nothing in it for 32-bit programs, where there are
# such programs, and nothing else is for them.
check_empty() (
	cd "$1"
	shift
	[ "$(uname -m)" = x86_64 ] || set --
	expected=$(printf '%s/libhakmem.so.0\n' "$@" | sort)
	found=$(find usr -name '*.so*' ! -name '*.py' -type f -exec sh -c '
		readelf -h "$1" | grep -q "Class: *ELF32" && echo "$1"' sh {} \; | sort)
	[ "$found" = "${*:+$expected}" ] ||
		fail "for 32-bit programs there is '$found', not '${*:+$expected}'"
	for file in $found; do
		readelf -Wld "$file" >"$work/headers"
		grep -q 'GNU_STACK.* RW ' "$work/headers" ||
			fail "$file wants a stack that can be executed"
		! grep -E 'NEEDED|SONAME' "$work/headers" ||
			fail "$file is not empty"
	done
)

# The tarball is upstream's part; debian/ comes from beside this script.
build_deb() {
	cp "$tarball" "$work/libhakmem_$version.orig.tar.gz"
	tar -C "$work" -xf "$tarball"
	cp -R "$source/debian" "$work/libhakmem-$version"
	(
		cd "$work/libhakmem-$version"
		if [ -n "$revision" ]; then
			sed -i "/^libhakmem (/s/-[0-9]*)/-$revision)/" debian/changelog
			export DEB_BUILD_OPTIONS=nocheck
		fi
		dpkg-buildpackage -us -uc
	)
	if [ -z "$revision" ]; then
		lintian --pedantic --fail-on error,warning "$work"/*.changes
		dpkg-deb -x "$work"/libhakmem0_*.deb "$work/unpacked"
		check_empty "$work/unpacked" usr/lib32 usr/lib/i386-linux-gnu
	fi
	mv "$work"/*.deb "$work"/*.dsc "$work"/*.changes "$work"/*.buildinfo \
		"$work"/*.debian.tar.* "$work"/*.orig.tar.gz "$out"
}

# in_rpm_root ARGUMENT...: rpm on a root without any package.
in_rpm_root() {
	rpm --root "$work/root" --dbpath /var/lib/rpm "$@"
}

# check_rpm_root PACKAGE...: nothing is needed but libc with its libm, the libraries of
# the tools, a shell and pkg-config, and nothing is left behind.
check_rpm_root() {
	mkdir "$work/root"
	in_rpm_root --initdb
	lacking=$(in_rpm_root -U --test "$@" 2>&1 | grep 'is needed by' |
		grep -Ev '(libc\.so\.6|libm\.so\.6|libjansson\.so\.4|libdw\.so\.1|libelf\.so\.1|libprotobuf-c\.so\.1|libz\.so\.1|libncurses\.so\.6|libtinfo\.so\.6|rtld)\(|/bin/sh|/pkg-config' || :)
	[ -z "$lacking" ] || fail "the packages need more than they should:
$lacking"
	in_rpm_root -U --nodeps --noscripts "$@"
	in_rpm_root -V --nodeps --noscripts hakmem hakmem-devel hakmem-tools
	check_empty "$work/root" usr/lib
	! in_rpm_root -q --provides hakmem | grep -Fx libhakmem.so.0 ||
		fail "the empty library counts as one for 32-bit programs"
	in_rpm_root -e --noscripts hakmem hakmem-devel hakmem-tools
	left=$(find "$work/root" -name '*hakmem*')
	[ -z "$left" ] || fail "rpm -e left behind: $left"
}

# in_rpmbuild ARGUMENT...: nothing of when, and on which machine.  Where rpm is a
# guest, its database knows of no compiler: --nodeps.
in_rpmbuild() {
	rpm -q glibc >/dev/null 2>&1 || set -- --nodeps "$@"
	rpmbuild --define "_topdir $work/rpm" --define "_buildhost localhost" \
		--define "source_date_epoch_from_changelog 1" \
		--define "use_source_date_epoch_as_buildtime 1" \
		--define "clamp_mtime_to_source_date_epoch 1" "$@"
}

# build_rpms ARGUMENT...: what is not in the source package.
build_rpms() {
	CFLAGS="$(rpm --eval %optflags) -ffile-prefix-map=$work/rpm/BUILD=." \
		in_rpmbuild "$@"
}

# The source package first, then the others from it, as distributions do.  rpm
# notes in a source package the folders of the build, in which nothing is built
# then: those are the same each time.
build_rpm() {
	if [ -n "$revision" ]; then
		sed "s/^Release: .*/Release: $revision/" \
			"$source/rpm/hakmem.spec" >"$work/hakmem.spec"
		build_rpms -bb --nocheck --define "_sourcedir ${tarball%/*}" \
			"$work/hakmem.spec"
	else
		in_rpmbuild -ts --define "_builddir /tmp" \
			--define "_buildrootdir /tmp" "$tarball"
		build_rpms --rebuild "$work"/rpm/SRPMS/*.rpm
		rpmlint --strict -c "$source/rpm/rpmlint.toml" \
			"$source/rpm/hakmem.spec" "$work"/rpm/RPMS/*/*.rpm
		check_rpm_root "$work"/rpm/RPMS/*/*.rpm
		mv "$work"/rpm/SRPMS/*.rpm "$out"
	fi
	mv "$work"/rpm/RPMS/*/*.rpm "$out"
}

revision=
if [ "${1:-}" = --revision ]; then
	[ $# -gt 1 ] || usage
	revision=$2
	shift 2
fi
if [ $# -ne 2 ] && [ $# -ne 3 ]; then
	usage
fi
[ -f "$1" ] || fail "$1 is not there; make one with \`make dist\`"
case ${3:-} in
"") ;;
deb | rpm) kinds=$3 ;;
*) usage ;;
esac
mkdir -p "$2"
[ -z "$(ls -A "$2")" ] || fail "$2 is not empty; empty it, or give another folder"
source=$(cd "$(dirname "$0")/../.." && pwd)
tarball=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
out=$(cd "$2" && pwd)
version=${tarball##*/libhakmem-}
version=${version%.tar.gz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

status=77
for kind in $kinds; do
	program=$(lacking "$kind")
	[ "$kind" != deb ] || [ -d "$source/debian" ] ||
		program="the folder debian of a clone"
	if [ -n "$program" ]; then
		echo "packages: left out: $kind, for which $program is missing"
	else
		"build_$kind"
		status=0
	fi
done
exit $status
