# SPDX-License-Identifier: MIT
# Shared by the tests of hakmem-heap.
. "$abs_top_srcdir/tests/common.sh"

heap=$abs_top_builddir/tools/hakmem-heap/hakmem-heap
make_profile=$abs_top_builddir/tests/tools/make_profile
# No server is asked for debug files.
unset DEBUGINFOD_URLS

# profile FILE: of what stdin describes (make_profile.c); packed if it ends in .gz.
profile() {
	"$make_profile" >plain || fail "no profile $1 can be made"
	case $1 in
	*.gz) gzip -c plain >"$1" ;;
	*) mv plain "$1" ;;
	esac
}

# shows ARGUMENT...: hakmem-heap writes what stdin has, and nothing else.
shows() {
	cat >expected
	said case "$heap" "$@"
	[ "$(cat case/status)" = 0 ] && [ ! -s case/err ] ||
		fail "hakmem-heap $* ends with $(cat case/status): $(cat case/err)"
	diff expected case/out || fail "hakmem-heap $* writes something else (above)"
}

# refused STATUS SENTENCE ARGUMENT...: it ends so, says that and writes nothing.
refused() {
	status=$1
	sentence=$2
	shift 2
	said case "$heap" "$@"
	[ "$(cat case/status)" = "$status" ] ||
		fail "hakmem-heap $* ends with $(cat case/status): $(cat case/err)"
	[ "$(sed 1q case/err)" = "hakmem-heap: $sentence" ] ||
		fail "hakmem-heap $* says: $(cat case/err)"
	[ ! -s case/out ] || fail "hakmem-heap $* writes: $(cat case/out)"
	[ "$status" = 2 ] || [ "$(wc -l <case/err)" = 1 ] || fail "more than one line: $(cat case/err)"
}

# server FACTOR: the description of a small server, in which one function has made so
# many entries.
server() {
	cat <<-TEXT
	kind alloc_objects count
	kind alloc_space bytes
	kind inuse_objects count
	kind inuse_space bytes
	mapping 1 400000 0 /usr/bin/server -
	mapping 2 7f0000000000 0 /usr/lib/libhakmem.so.0 -
	function 1 main main.c
	function 2 serve serve.c
	function 3 make_entry src/table.c
	function 4 read_file file.c
	function 5 _ZN5Table4growEv table.cpp
	location 1 1 400100
	line 1 1 10
	location 2 1 400200
	line 2 2 20
	location 3 1 400300
	line 3 3 30
	location 4 1 400400
	line 4 4 40
	location 5 1 400500
	line 5 5 50
	line 5 3 31
	location 6 2 7f0000000600
	sample 6,3,2,1 100,104857600,$((10 * $1)),$((1048576 * $1))
	sample 6,4,1 7,7000,3,3000
	sample 6,5,2,1 50,5000,5,524288
	sample 6,4,2,2,1 12345,1234500,0,0
	TEXT
}
