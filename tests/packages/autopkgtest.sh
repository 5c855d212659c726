#!/bin/sh
# SPDX-License-Identifier: MIT
# autopkgtest runs the tests of the Debian source package in FOLDER, on the packages
# beside it (tests/packages/build.sh makes them all).  They change the machine, so
# that is a Debian system of its own.
#
#   tests/packages/autopkgtest.sh FOLDER [MIRROR]
#
# What it needs stands in ../system/debian.sh; exit 77 where that is not.

. "$(dirname "$0")/../system/debian.sh"

prepare() {
	cp "$folder"/*.dsc "$folder"/*.tar.* "$work/root/current"
}

# The status is 0 only if every test ran and passed.
inside() {
	step "install autopkgtest" '
		apt-get update
		apt-get install -y --no-install-recommends autopkgtest'
	step "the tests of the packages" '
		cd /current
		autopkgtest -B --summary-file=/summary libhakmem0_*.deb \
			libhakmem-common_*.deb libhakmem-dev_*.deb hakmem-tools_*.deb *.dsc -- null'
	cat "$root/summary"
}

run_test "$@"
