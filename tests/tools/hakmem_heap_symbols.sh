#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-heap: symbols of a real program, which the loader puts anywhere: C and C++,
# inlined functions and lines, separate debug files, and a program that has changed.
. "$abs_top_srcdir/tests/tools/hakmem_heap.common.sh"

source=$abs_top_srcdir/tests/tools/heap_program.cpp
[ -n "$CXX" ] && $CXX -g -O1 -fPIE -pie -Wl,--build-id -o program "$source" 2>said ||
	skip "there is no C++ compiler"

# line_of COMMENT: the line of the source that has it.
line_of() {
	grep -n "/\* $1 \*/" "$source" | cut -d: -f1
}

# described FOLDER: what the program there says of a stack of its own.
described() {
	build_id=$(readelf -n "$1/program" | sed -n 's/.*Build ID: //p')
	echo "kind inuse_space bytes"
	"$1/program" | sed "s/BUILD-ID/$build_id/" || fail "the program fails"
}
described "$work" >description
profile real.gz <description
real=$work/real.gz

shows tree "$real" <<'TEXT'
inuse_space: 4.00 KiB in 1 stack
     total               self  function, and below it what it calls
  4.00 KiB  100.0%             main
  4.00 KiB  100.0%             serve_all
  4.00 KiB  100.0%             int shop::visit<shop::Basket>(shop::Basket*)
  4.00 KiB  100.0%   4.00 KiB  shop::Basket::add(int, char const*)
TEXT
[ "$("$heap" top -n 1 "$real" | sed -n '3s/.*%  //p')" = 'shop::Basket::add(int, char const*) [program]' ] ||
	fail "top shows: $("$heap" top "$real")"
# gcc writes an inlined function without its namespace.
"$heap" tree --lines "$real" | sed -n 's/shop::fill()/fill/; s/.*  //p' | tail -n 2 >lines
printf '%s\n' "shop::Basket::add(int, char const*) heap_program.cpp:$(line_of 'line of add')" \
	"fill heap_program.cpp:$(line_of 'line of fill')" | diff - lines ||
	fail "other lines (above)"

# A part of the file that does not begin at its start, and a program at fixed addresses.
mkdir fixed
$CXX -g -O1 -fno-pie -no-pie -Wl,--build-id -o fixed/program "$source"
described "$work/fixed" | profile fixed.gz
"$heap" tree "$real" >expected
"$heap" tree "$work/fixed.gz" | diff expected - || fail "a program that is not PIE (above)"

# Frames of the library are left out, with the functions that call it to allocate.
sed 's/^sample /location 90 8 1010\nsample 90,/' description |
	sed "2s|^|mapping 8 1000 0 $hak_library -\n|" | profile inner.gz
"$heap" tree "$work/inner.gz" | diff expected - || fail "the library's frames are shown (above)"
"$heap" tree --all-frames "$work/inner.gz" 2>/dev/null | grep -q '  libhakmem\.so\.0' ||
	fail "--all-frames does not show them"
# But a stack of nothing else is shown.
printf '%s\n' 'kind inuse_space bytes' "mapping 8 1000 0 $hak_library -" 'location 1 8 1010' \
	'sample 1,1 4096' | profile own
"$heap" top "$work/own" | grep -q '(allocator) \[libhakmem\.so\.0\]' || fail "a stack is lost"

# Separate debug files: beside the program, through its link.
cp program whole
objcopy --only-keep-debug program program.debug
strip program
objcopy --add-gnu-debuglink=program.debug program
"$heap" tree "$real" | diff expected - || fail "the debug file is not found (above)"
# In the cache of debuginfod, whose server does not answer.
build_id=$(readelf -n program | sed -n 's/.*Build ID: //p')
mkdir -p "cache/$build_id"
mv program.debug "cache/$build_id/debuginfo"
if ldconfig -p | grep -q libdebuginfod; then
	DEBUGINFOD_URLS=http://127.0.0.1:9 DEBUGINFOD_CACHE_PATH=$work/cache \
		"$heap" tree "$real" | diff expected - || fail "the cache is not used (above)"
fi
# Without it there are offsets, which are those of the symbols.
said case "$heap" tree "$real"
[ "$(cat case/status)" = 0 ] || fail "no symbols: $(cat case/err)"
[ "$(cat case/err)" = "hakmem-heap: functions without a symbol are shown as offsets; debug files of these may have them: program" ] ||
	fail "no symbols: $(cat case/err)"
[ "$(grep -c '  program+0x[0-9a-f]*$' case/out)" = 4 ] || fail "no symbols: $(cat case/out)"
said case "$heap" top --lines "$real"
grep -q 'no lines are known of these, which have no debug information: program$' case/err ||
	fail "no debug information: $(cat case/err)"
# Symbols alone have no lines, but names.
strip -g -o program whole
"$heap" tree --lines "$real" 2>said | diff expected - || fail "names are lost (above)"
[ "$(wc -l <said)" = 1 ] || fail "symbols alone: $(cat said)"

# A symbol is shown without its version.
printf 'void body(void) {}\n__asm__(".symver body,name@@V1");\n' >versioned.c
echo 'V1 { name; };' >versions
${CC:-cc} -shared -fPIC -Wl,--version-script=versions -o versioned.so versioned.c
objcopy --strip-symbol=body versioned.so
address=$(nm versioned.so | awk '/ name@@V1/ { print $1 }')
printf '%s\n' 'kind inuse_space bytes' "mapping 1 0 0 $work/versioned.so -" \
	"location 1 1 $address" 'sample 1 1' | profile versioned
"$heap" top "$work/versioned" | grep -q '  name \[versioned\.so\]' ||
	fail "a symbol with a version: $("$heap" top "$work/versioned" 2>&1)"

# changed SENTENCE: it says that, and shows offsets.
changed() {
	said case "$heap" tree "$real"
	[ "$(cat case/status)" = 0 ] && [ "$(cat case/err)" = "hakmem-heap: $work/program: $1" ] &&
		[ "$(grep -c '  program+0x[0-9a-f]*$' case/out)" = 4 ] ||
		fail "not \"$1\": $(cat case/*)"
}
cp fixed/program program
changed "the file has changed since the profile was made; its functions are shown as offsets"
echo text >program
changed "not a valid ELF file; its functions are shown as offsets"
rm program
changed "No such file or directory; its functions are shown as offsets"
mkfifo program
changed "it is not a regular file; its functions are shown as offsets"
