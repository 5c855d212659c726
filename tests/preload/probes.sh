#!/bin/sh
# SPDX-License-Identifier: MIT
# The probes for tracers: their notes agree with lib/base/probes.def, and a tracer gets
# what the program does: samples from when it comes until it leaves, memory from the
# system, and bad pointers.
. "${abs_top_srcdir:?}/tests/common.sh"
[ "${hak_usdt:?}" = yes ] || skip "the library was built without probes"
need readelf

# PROVIDER:NAME, whether it has a semaphore, and the number of its arguments.
sed -n 's/^PROBE(\([a-z_]*\), \([a-z_]*\), \([a-z]*\), \([0-9]\), .*/\1:\2 \3 \4/p' \
	"$abs_top_srcdir/lib/base/probes.def" | sort >rows
[ -s rows ] || fail "probes.def has no rows"

# noted FILE: the notes of a file in the same form.
noted() {
	readelf -n "$1" 2>/dev/null | awk '
		$1 == "Provider:" { provider = $2 }
		$1 == "Name:" { name = $2 }
		/Semaphore:/ { semaphore = $NF ~ /^0x0*$/ ? "no" : "yes" }
		$1 == "Arguments:" { print provider ":" name, semaphore, NF - 1 }' | sort -u
}

noted "$hak_library" >notes
diff rows notes || fail "the notes of the library are not those of probes.def"

[ "$(uname -m)" = x86_64 ] || skip "tests/preload/probes.c reads the registers of x86_64 alone"
compile probes -Wall
compile probes_program
real=$(readlink -f "$hak_library")

# traced MEAN FILE BYTES VARIABLE=VALUE...: the program does its work, and what the tracer
# sees is that.
traced() {
	mean=$1 file=$2 bytes=$3
	shift 3
	said traced timeout 300 env HAKMEM_BAD_FREE=warn "$@" \
		"$work/probes" "$file" "$work/$program" "$bytes"
	[ "$(cat traced/status)" = 0 ] || fail "$program $*: $(cat traced/err)"
	awk -v mean="$mean" -f "$helpers/probes.awk" traced/out >differences
	[ ! -s differences ] || fail "$program $*: $(sed 9q differences)"
}

program=probes_program
traced 524288 "$real" 200000000 TO_PRELOAD="$hak_library"
traced 0 "$real" 0 TO_PRELOAD="$hak_library" HAKMEM_HARDENED=1
# The samples of a profile that is on already.
[ "${hak_profiler:?}" != yes ] ||
	traced 16384 "$real" 200000000 TO_PRELOAD="$hak_library" HAKMEM_PROFILE=16384

archive=$abs_top_builddir/.libs/libhakmem.a
[ -e "$archive" ] || exit 0
program=static
${CC:-cc} -O1 -fno-builtin -static -o static "$helpers/probes_program.c" "$archive" \
	2>err || skip "the rest holds; the compiler makes no static programs"
noted static >notes
diff rows notes || fail "the notes of a static program are not those of probes.def"
# It has no profile, but its tracer takes the mean of the variable.
traced 16384 "$work/static" 200000000 HAKMEM_PROFILE=16384
