#!/bin/sh
# SPDX-License-Identifier: MIT
# The version of configure.ac is that of hakmem.h, README, the top of ChangeLog, and
# both packages; the name of the library in the RPM follows from -version-info.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

version=$(sed -n 's/^AC_INIT(\[libhakmem\], \[\([0-9.]*\)\].*/\1/p' configure.ac)
macro() {
	sed -n "s/^#define HAKMEM_VERSION_$1 \"*\([0-9.]*\)\"*\$/\1/p" include/hakmem.h
}
told=$(sed -n 's/^Version \([0-9.]*\)\. .*/\1/p' README.md)
logged=$(sed -n 's/^libhakmem \([0-9.]*\).*/\1/p' ChangeLog | head -n 1)

[ -n "$version" ] || verdict "configure.ac has the version" "AC_INIT was not found"
offences=
for found in "$(macro STRING)" "$(macro MAJOR).$(macro MINOR).$(macro PATCH)" "$told" "$logged"; do
	[ "$found" = "$version" ] || offences="configure.ac says $version, include/hakmem.h \
$(macro STRING) and $(macro MAJOR).$(macro MINOR).$(macro PATCH), README $told, ChangeLog $logged"
done
hold "one version" "$offences"

# A tarball need not have debian/ with it.
packaged=$version
[ ! -e debian/changelog ] ||
	packaged=$(sed -n 's/^libhakmem (\([0-9.]*\)-.*/\1/p' debian/changelog | head -n 1)
spec=$(sed -n 's/^Version: *//p' rpm/hakmem.spec)
offences=
for found in "$packaged" "$spec"; do
	[ "$found" = "$version" ] || offences="configure.ac says $version, debian/changelog \
$packaged, rpm/hakmem.spec $spec"
done
hold "the packages have that version" "$offences"

# CURRENT:REVISION:AGE becomes (CURRENT - AGE).AGE.REVISION.
expected=$(sed -n 's/.*-version-info \([0-9]*\):\([0-9]*\):\([0-9]*\).*/\1 \2 \3/p' lib/lib.am |
	awk '{ print $1 - $3 "." $3 "." $2 }')
named=$(sed -n 's/^%global soversion //p' rpm/hakmem.spec)
offences=
[ "$named" = "$expected" ] ||
	offences="rpm/hakmem.spec says $named, lib/lib.am makes $expected"
verdict "the RPM names the file that -version-info makes" "$offences"
