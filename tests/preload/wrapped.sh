#!/bin/sh
# SPDX-License-Identifier: MIT
# Another preloaded library stands before libc's open, read, mmap and the like,
# and allocates in there: while ours reads its settings, and while it holds its
# locks.  Nothing hangs, and nothing is damaged.
. "${abs_top_srcdir:?}/tests/common.sh"

compile wrapped
${CC:-cc} -O1 -fno-builtin -fPIC -shared -DWRAPPER -o libwrapped.so \
	"$helpers/wrapped.c" || fail "wrapped.c does not compile as a library"
printf '[*wrapped]\nHAKMEM_PURGE_FLOOR=64\nHAKMEM_NO_SUCH=1\n' >conf

# wrapped CALLS SETTING...: at least so many calls are wrapped.
wrapped() {
	calls=$1
	shift
	for before in "$hak_library $work/libwrapped.so" \
		"$work/libwrapped.so $hak_library"; do
		said it timeout 120 env "$@" LD_PRELOAD="$before" "$work/wrapped" "$calls"
		[ "$(cat it/status)" = 0 ] && [ "$(cat it/out)" = sound ] ||
			fail "$*: status $(cat it/status): $(cat it/out it/err)"
	done
}

wrapped 20 HAKMEM_CONF=
wrapped 20 HAKMEM_CONF="$work/conf"
grep -q HAKMEM_NO_SUCH it/err || fail "the settings were not read: $(cat it/err)"
wrapped 20 HAKMEM_HARDENED=1
wrapped 20 HAKMEM_BG_PURGE=1 HAKMEM_ZERO_ON_FREE=1
wrapped 0 HAKMEM_DISABLE=1

# What is freed within madvise, while caches are flushed, is not lost.
said it timeout 120 env LD_PRELOAD="$hak_library $work/libwrapped.so" \
	HAKMEM_PURGE_FLOOR=0 HAKMEM_PURGE_SHARE=0 HAKMEM_PURGE_HYSTERESIS=0 \
	"$work/wrapped" flush
[ "$(cat it/out it/err)" = "0 bytes lost" ] || fail "flush: $(cat it/out it/err)"
