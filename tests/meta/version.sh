#!/bin/sh
# SPDX-License-Identifier: MIT
# The version of configure.ac is that of hakmem.h and of the top of ChangeLog.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

version=$(sed -n 's/^AC_INIT(\[libhakmem\], \[\([0-9.]*\)\].*/\1/p' configure.ac)
macro() {
	sed -n "s/^#define HAKMEM_VERSION_$1 \"*\([0-9.]*\)\"*\$/\1/p" include/hakmem.h
}
logged=$(sed -n 's/^libhakmem \([0-9.]*\).*/\1/p' ChangeLog | head -n 1)

[ -n "$version" ] || verdict "configure.ac has the version" "AC_INIT was not found"
offences=
for found in "$(macro STRING)" "$(macro MAJOR).$(macro MINOR).$(macro PATCH)" "$logged"; do
	[ "$found" = "$version" ] || offences="configure.ac says $version, include/hakmem.h \
$(macro STRING) and $(macro MAJOR).$(macro MINOR).$(macro PATCH), ChangeLog $logged"
done
verdict "one version" "$offences"
