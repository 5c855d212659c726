#!/bin/sh
# SPDX-License-Identifier: MIT
# 200 MB of address space, or HAKMEM_LIMIT_MB: programs start and work, and out of
# memory is NULL with ENOMEM, after which the program goes on.
. "$abs_top_srcdir/tests/common.sh"

compile limits

# The limit is set inside, so that what runs the programs is free of it.
limited() {
	sh -c 'ulimit -v 200000 && exec "$@"' limited "$@"
}

for size in 24 500 4000 30000 200000 3000000; do
	said limited limited env LD_PRELOAD="$hak_library" "$work/limits" "$size"
	[ "$(cat limited/out)" = ok ] ||
		fail "blocks of $size under ulimit -v: $(cat limited/err)"
done

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
