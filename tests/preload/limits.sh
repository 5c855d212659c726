#!/bin/sh
# SPDX-License-Identifier: MIT
# 100 MB to 2 GB of address space or of data, or HAKMEM_LIMIT_MB: programs start
# and work, and out of memory is NULL with ENOMEM, after which the program goes on.
#
# `ulimit -d` does to one process what vm.overcommit_memory=2 does to the system:
# closed memory can be had, to open it is refused, and what is purged still counts.
. "$abs_top_srcdir/tests/common.sh"

compile limits

# under OPTION KILOBYTES COMMAND...: the limit is set inside, so that what runs
# the programs is free of it.
under() {
	sh -c 'ulimit "$0" "$1" && shift && exec "$@"' "$@"
}

limited() {
	under -v 200000 "$@"
}

# sizes OPTION KILOBYTES SIZE...: blocks of each size until there are no more.
sizes() {
	option=$1 kilobytes=$2
	shift 2
	for size; do
		said limited under "$option" "$kilobytes" env \
			LD_PRELOAD="$hak_library" HAKMEM_HARDENED="$hardened" \
			"$work/limits" "$size"
		[ "$(cat limited/out)" = ok ] ||
			fail "blocks of $size under ulimit $option $kilobytes: $(
				cat limited/out limited/err)"
	done
}

hardened=0
sizes -v 100000 24 500 30000 3000000
sizes -v 200000 24 500 4000 30000 200000 3000000
sizes -v 500000 4000 3000000
sizes -v 2000000 30000 3000000
sizes -d 50000 24 500 30000
sizes -d 200000 24 4000 200000 3000000
hardened=1
sizes -v 200000 24 4000 200000
sizes -d 50000 24 500 30000
sizes -d 200000 4000 200000 3000000

# Of twice as much address space as the limit allows.
for size in 24 4000 200000 3000000; do
	said limited limited env LD_PRELOAD="$hak_library" HAKMEM_LIMIT_MB=64 \
		"$work/limits" "$size" $((64 << 20))
	[ "$(cat limited/out)" = ok ] ||
		fail "blocks of $size under HAKMEM_LIMIT_MB: $(cat limited/err)"
done

if command -v python3 >/dev/null; then
	got=$(limited env LD_PRELOAD="$hak_library" PYTHONMALLOC=malloc python3 -c '
try:
    held = [bytearray(1 << 20) for i in range(1000)]
except MemoryError:
    held = None
    print(sum(len(str(i)) for i in range(100000)))')
	[ "$got" = 488890 ] || fail "python3 under ulimit -v prints: $got"
fi
if command -v perl >/dev/null; then
	got=$(limited env LD_PRELOAD="$hak_library" perl -e '
		my %h; $h{$_ x 3} = $_ for 1 .. 50000; print scalar(keys %h), "\n"')
	[ "$got" = 50000 ] || fail "perl under ulimit -v prints: $got"
fi
