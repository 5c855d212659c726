#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the packages twice, in folders and at times that differ, and fails if
# one byte of them does.
#
#   tests/packages/reproducible.sh TARBALL [deb | rpm]

set -eu

if [ $# -ne 1 ] && [ $# -ne 2 ]; then
	echo "usage: $0 TARBALL [deb | rpm]" >&2
	exit 2
fi
build=$(dirname "$0")/build.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for time in first second; do
	sh "$build" "$1" "$work/$time" ${2:+"$2"} >"$work/log" 2>&1 || {
		status=$?
		tail -n 30 "$work/log" >&2
		exit $status
	}
	rm -f "$work/$time"/*.buildinfo "$work/$time"/*.changes
done
diff -r "$work/first" "$work/second"
ls "$work/second"
