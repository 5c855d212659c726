#!/bin/sh
# SPDX-License-Identifier: MIT
# Allocation before main() and after it, and before all constructors.
. "$abs_top_srcdir/tests/common.sh"

# heaps SETTING: what the resolver's thread had is what main()'s has.
heaps() {
	preloaded env "$1" HAKMEM_STATS=1 "$work/ifunc" 2>err >out ||
		fail "ifunc with $1: $(cat err)"
	grep -q '^  heaps  *1 ' err || fail "with $1: $(grep '^  heaps ' err)"
}

compile early
compile ifunc
same early "$work/early"
same ifunc "$work/ifunc"
heaps HAKMEM_HARDENED=0
for setting in HAKMEM_HARDENED=1 HAKMEM_DISABLE=1; do
	said it preloaded env $setting "$work/ifunc"
	[ "$(cat it/out it/err)" = 42 ] || fail "$setting: $(cat it/out it/err)"
done
# Bound at once or one by one, the first call comes at another moment.
export LD_BIND_NOW=1
same early "$work/early"
same ifunc "$work/ifunc"
