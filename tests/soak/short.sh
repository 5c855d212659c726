#!/bin/sh
# SPDX-License-Identifier: MIT
# The stress for a few seconds, always the same: on the static core by one
# thread and by several, and on the library with forks and with little memory.
set -eu
programs=${abs_top_builddir:?is not set; run this test through make check}/tests/soak

"$programs/soak_core" -s 1 -w 1 -n 500000
"$programs/soak_core" -s 2 -w 6 -n 1000000
[ -e "$hak_library" ] && [ "$hak_interposition" = yes ] || exit 0
preloaded() {
	env LD_PRELOAD="$hak_library" "$programs/soak" "$@"
}
preloaded -s 3 -w 3 -n 1000000 -f
preloaded -s 4 -w 4 -n 500000 -l 100
