#!/bin/sh
# SPDX-License-Identifier: MIT
# page.sh BENCH: prints the page of the program BENCH, from its --help and page.h2m.
set -eu
page=$(help2man --no-info --section=1 --source="libhakmem $("$1" --version | sed "s/.* //")" \
	--name='measure and compare implementations of malloc' \
	--include="${0%/*}/page.h2m" "$1")
printf '%s\n' "$page" | sed '1s/^/.\\" SPDX-License-Identifier: MIT\n/'
