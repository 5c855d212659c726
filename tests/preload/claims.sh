#!/bin/sh
# SPDX-License-Identifier: MIT
# What the pages say in numbers is so.  The numbers are read from the pages.
. "$abs_top_srcdir/tests/common.sh"

compile claims -ldl
overview=$abs_top_srcdir/man/hakmem.7.in

# stated FILE EXPRESSION: the number in \(...\), which the file says once.
stated() {
	tr '\n' ' ' <"$1" >text
	number=$(sed -n "s/.*$2.*/\1/p" text | tr -d ,)
	[ -n "$number" ] || fail "${1##*/} does not say any more: $2"
}

# measured SETTING... -- CASE...
measured() {
	settings=
	while [ "$1" != -- ]; do
		settings="$settings $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # several words
	said case preloaded env $settings "$work/claims" "$@"
	[ "$(cat case/status)" = 0 ] || fail "$*: $(tail -n 3 case/err)"
	got=$(cat case/out)
}

# is NAME: what was measured is what is stated.
is() {
	[ "$got" = "$number" ] || fail "$1 is $got, and the page says $number"
}

stated "$overview" 'Blocks are aligned to \([0-9]*\) bytes'
measured -- alignment
grep -q 'define HAK_C0_8B 1' "$abs_top_builddir/config.h" || is "the alignment"
stated "$overview" 'An alignment may be up to \([0-9]*\) GiB'
measured -- largest-alignment
is "the largest alignment in GiB"

# default NAME: of this variable.
default() {
	got=$(sed -n "s/^OPTION($1, INT, \"[A-Za-z]*\", [0-9]*, [0-9]*, \([0-9]*\),.*/\1/p" \
		"$abs_top_srcdir/lib/options/options.def")
}

default PURGE_SHARE
stated "$overview" 'KiB, or \([0-9]*\) percent of the memory in use'
is "the default of HAKMEM_PURGE_SHARE"

# What stays after a free: the floor, the caches of the thread, and 1 MiB for
# descriptors and for what is not the library's.
stated "$overview" ' \([0-9]*\) KiB, or 12 percent of the memory in use'
floor=$number
default PURGE_FLOOR
is "the default of HAKMEM_PURGE_FLOOR"
stated "$overview" 'At most \([0-9]*\) MiB in the caches of each thread'
stays=$((floor + number * 1024 + 1024))
default THREAD_CACHE_MAX
got=$((got * 3 / 2 / 1024))
is "one and a half times the default of HAKMEM_THREAD_CACHE_MAX"
stated "$overview" 'At most \([0-9]*\) MiB more, while a program soon wants back'
wanted=$number
default PURGE_HYSTERESIS
got=$((got / 1024))
is "the default of HAKMEM_PURGE_HYSTERESIS"
# Huge pages may keep more than the library does.
if ! grep -qs '\[always\]' /sys/kernel/mm/transparent_hugepage/enabled; then
	measured HAKMEM_PURGE_HYSTERESIS=0 -- freed
	[ "$got" -le $stays ] || fail "$got KiB stay, and the page says $stays"
	measured -- again
	[ "$got" -le $((stays + wanted * 1024)) ] ||
		fail "$got KiB stay, and the page says $stays and $wanted MiB"
fi

# Hardened mode clears a small block, and the first bytes of a large one.
zero=$abs_top_srcdir/man/env/HAKMEM_ZERO_ON_FREE.txt
stated "$zero" 'the first \([0-9]*\) bytes of a larger one'
measured HAKMEM_HARDENED=1 -- zeroed 20000
is "the number of bytes that are cleared"
stated "$zero" 'all of a block of up to \([0-9,]*\) bytes'
measured HAKMEM_HARDENED=1 -- zeroed 4000
[ "$got" -ge 4000 ] || fail "$got bytes of 4000 are cleared"
measured HAKMEM_HARDENED=1 -- zeroed "$number"
is "the number of bytes that are cleared of a small block"
measured HAKMEM_HARDENED=1 HAKMEM_ZERO_ON_FREE=1 -- zeroed 20000
[ "$got" -ge 20000 ] || fail "with HAKMEM_ZERO_ON_FREE=1 $got bytes of 20000 are cleared"

measured HAKMEM_DEBUG_RING=100 -- handlers
[ "$got" = done ] || fail "handlers say $got"

# What a build with this glibc asks of it, but for what libgcc's unwinder takes where
# there is one (2.35).
stated "$overview" 'needs Linux and glibc 2.\([0-9]*\) or newer'
case $(getconf GNU_LIBC_VERSION 2>/dev/null) in
"glibc 2.36")
	got=$(nm -D --undefined-only "$hak_library" | grep -v ' _dl_find_object@' |
		grep -o 'GLIBC_2\.[0-9]*' | cut -d . -f 2 |
		sort -n | tail -n 1)
	is "the minor version of glibc"
	;;
esac

# The last row of the table of SECURITY.md, against what misuse.sh demands.
got=$(awk '!/^#/ && NF { all++; hardened += $2 == "caught"; usual += $3 == "caught" }
	END { print all, hardened, usual }' "$helpers/misuse.txt")
number=$(sed -n 's/^| \*\*all\*\* | \**\([0-9]*\)\** | \**\([0-9]*\)\** | \**\([0-9]*\).*/\1 \2 \3/p' \
	"$abs_top_srcdir/SECURITY.md")
is "the number of all cases, and of those found in hardened and in usual mode,"
