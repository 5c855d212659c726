# SPDX-License-Identifier: MIT
# Shared by the tests of hakmem-bench.
. "${abs_top_srcdir:?}/tests/common.sh"

bench=$abs_top_builddir/tools/hakmem-bench/hakmem-bench
unset LD_PRELOAD

# status WANTED COMMAND...: the command ends so, with at most what it wrote in
# $work/out and $work/err.
status() {
	wanted=$1
	shift
	got=0
	"$@" >"$work/out" 2>"$work/err" || got=$?
	[ "$got" = "$wanted" ] ||
		fail "$* ended with $got, not $wanted: $(cat "$work/err")"
}

# The allocators to test with, at least three of them.
find_allocators() {
	allocators=system
	[ ! -e "$hak_library" ] || [ "$hak_interposition" != yes ] ||
		allocators=$allocators,hakmem=$hak_library
	for name in jemalloc mimalloc tcmalloc tbbmalloc; do
		"$bench" pair --ops=1000000 --with "$name" >/dev/null 2>&1 &&
			allocators=$allocators,$name
	done
	case $allocators in
	*,*,*) ;;
	*) skip "fewer than three allocators are installed: $allocators" ;;
	esac
}

# broken HOW [FLAG...]: a malloc in $work/HOW.so that overlaps, crashes or exits.
broken() {
	how=$1
	shift
	${CC:-cc} -O1 -fno-builtin -shared -fPIC -DHOW="$how" "$@" \
		-o "$work/$how.so" "$abs_top_srcdir/tests/bench/broken_malloc.c" ||
		fail "broken_malloc.c does not compile"
}
