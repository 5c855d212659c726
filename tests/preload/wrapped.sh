#!/bin/sh
# SPDX-License-Identifier: MIT
# Another preloaded library stands before libc's open, read, mmap and the like, and
# allocates in there: the library reaches libc's own functions past it, as libc's
# malloc does.  Nothing hangs, and nothing is damaged.
. "${abs_top_srcdir:?}/tests/common.sh"

compile wrapped -w -ldl
${CC:-cc} -O1 -fno-builtin -fPIC -shared -DWRAPPER -o libwrapped.so \
	"$helpers/wrapped.c" || fail "wrapped.c does not compile as a library"
printf '[*wrapped]\nHAKMEM_PURGE_FLOOR=64\nHAKMEM_NO_SUCH=1\n' >conf

# wrapped SETTING...
wrapped() {
	for before in "$hak_library $work/libwrapped.so" \
		"$work/libwrapped.so $hak_library"; do
		said it timeout 120 env "$@" LD_PRELOAD="$before" "$work/wrapped" by-name
		[ "$(cat it/status)" = 0 ] && [ "$(cat it/out)" = sound ] ||
			fail "$*: status $(cat it/status): $(cat it/out it/err)"
	done
}

wrapped HAKMEM_CONF=
wrapped HAKMEM_CONF="$work/conf"
grep -q HAKMEM_NO_SUCH it/err || fail "the settings were not read: $(cat it/err)"
wrapped HAKMEM_HARDENED=1
wrapped HAKMEM_BG_PURGE=1 HAKMEM_ZERO_ON_FREE=1

said it preloaded HAKMEM_PURGE_HYSTERESIS=0 timeout 60 "$work/wrapped" patched
[ "$(cat it/status)" = 77 ] || [ "$(cat it/out)" = sound ] ||
	fail "patched: status $(cat it/status): $(cat it/out it/err)"
