#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-run: the program runs on the library, or one sentence says why not.
. "$abs_top_srcdir/tests/common.sh"

run=$abs_top_builddir/tools/hakmem-run
[ -x "$run" ] || skip "hakmem-run is not built"

# ours ARGUMENT...: hakmem-run with the library of this build.
ours() {
	"$run" -l "$hak_library" "$@"
}

# refused STATUS PATTERN ARGUMENT...: it ends so, and says one line like that.
refused() {
	status=$1
	pattern=$2
	shift 2
	said case ours "$@"
	[ "$(cat case/status)" = "$status" ] ||
		fail "hakmem-run $* ends with $(cat case/status), not $status: $(cat case/err)"
	grep -q "^hakmem-run: $pattern" case/err ||
		fail "hakmem-run $* says: $(cat case/err)"
	[ ! -s case/out ] || fail "hakmem-run $* prints: $(cat case/out)"
}

# build NAME FLAG...: a program that the shell writes to standard input.
build() {
	name=$1
	shift
	${CC:-cc} -x c -o "$work/$name" - "$@" 2>/dev/null
}

# The program is on the library: it says so itself.
expect_hello() {
	printf '%s\n' "$1" | grep -q "$ours version " || fail "no hakmem in: $1"
}
expect_hello "$(ours HAKMEM_DEBUG_VERBOSE=1 -- true 2>&1)"
expect_hello "$(ours HAKMEM_DEBUG_VERBOSE=1 true 2>&1)"
printf '#!/bin/sh\necho "$@"\nexit 7\n' >script
printf 'echo "no #! line"\n' >bare
chmod +x script bare
said case ours -- "$work/script" a "b  c" --library x=y
[ "$(cat case/status) $(cat case/out)" = "7 a b  c --library x=y" ] ||
	fail "a script gets other arguments or another status: $(cat case/*)"
[ "$(ours ./bare)" = "no #! line" ] || fail "a script without #! does not run"
( ours -- true <&- >&- ) || fail "a program with closed standard files does not run"
said case ours -v -- true
grep -q "^hakmem-run: /.*/true runs on .*libhakmem" case/err ||
	fail "-v says: $(cat case/err)"
[ "$(LD_PRELOAD=other ours -- sh -c 'echo ${LD_PRELOAD#*:}' 2>/dev/null)" = other ] ||
	fail "what was preloaded before is lost"

# A program that is not position-independent and takes the address of malloc: its
# malloc is undefined, but has an address, that of the program's PLT entry.
# A library that takes the address as well is then bound to the program.
echo '#include <stdlib.h>
void *(*address(void))(size_t) { return malloc; }' | build libaddress.so -shared -fPIC ||
	fail "a library that takes the address of malloc does not compile"
build plt -O0 -no-pie -fno-pic -x none "$work/libaddress.so" <<'C' || fail "a program without PIE does not compile"
#include <stdlib.h>
void *(*address(void))(size_t);
int main(void)
{
	void *(*taken)(size_t) = malloc;
	return taken != address() || malloc(1) == NULL;
}
C
case $(readelf -W --dyn-syms plt | awk '$7 == "UND" && $8 ~ /^malloc/ { print $2 }') in
"") fail "the program without PIE has no undefined malloc" ;;
*[!0]*) expect_hello "$(ours HAKMEM_DEBUG_VERBOSE=1 -- ./plt 2>&1)" ;;
*) echo "left out: ${CC:-cc} makes no PLT entry the address of malloc" ;;
esac
# Interpreters of distributions are such programs.
for program in /usr/bin/python3 /usr/bin/node; do
	[ ! -x "$program" ] ||
		expect_hello "$(ours HAKMEM_DEBUG_VERBOSE=1 -- "$program" --version 2>&1)"
done

# What cannot be.
printf '#!/nonexistent/interpreter\n' >lost
printf '#!%s\n' "$work/loop" >loop
printf '\177ELF' >damaged
: >plain
chmod +x lost loop damaged
refused 127 'nothing-like-it: not found' nothing-like-it
refused 127 '\./nothing: No such file' ./nothing
refused 127 'the name of the program is longer' "$(printf '%5000s' x)"
refused 126 '.*/plain cannot be executed' "$work/plain"
refused 126 '/ cannot be executed' /
refused 126 'the interpreter /nonexistent/interpreter' "$work/lost"
refused 126 '.* too many scripts' "$work/loop"
refused 125 '.*/damaged is for another kind of machine' "$work/damaged"
refused 125 'no program was given'
refused 125 'no program was given' HAKMEM_STATS=1 --
refused 125 'a setting has no name' =x true
refused 125 'the library /nonexistent: No such file' -l /nonexistent true
refused 125 'the loader does not say\|.* would not use' -l /etc/passwd true
said case ours --no-such-option true
[ "$(cat case/status)" = 125 ] || fail "an unknown option ends with $(cat case/status)"

echo 'int main(void) { return 0; }' | build static -static &&
	refused 125 '.*/static is linked statically' "$work/static"
# A sanitizer whose runtime is a library, and one that is linked into the program.
for kind in address:AddressSanitizer leak:LeakSanitizer thread:ThreadSanitizer \
	memory:MemorySanitizer; do
	name=${kind%:*}
	for cc in "${CC:-cc}" clang "gcc -static-lib${name%"${name#?}"}san"; do
		echo 'int main(void) { return 0; }' |
			$cc -fsanitize="$name" -x c -o "$name" - 2>/dev/null || continue
		readelf -W --dyn-syms "$name" | grep -q '__[a-z]*san_init' || continue
		refused 125 ".*/$name is built with ${kind#*:}, which has a malloc" "$work/$name"
	done
done
echo 'int main(void) { return 0; }' | build checked -fsanitize=undefined &&
	expect_hello "$(ours HAKMEM_DEBUG_VERBOSE=1 -- ./checked 2>&1)"
build own -rdynamic -fno-builtin <<'C' || fail "a program with its own malloc does not compile"
#include <stddef.h>
static char heap[1 << 20];
static size_t used;
void *malloc(size_t size) { return heap + (used += size + 15 & ~(size_t)15); }
void free(void *block) { (void)block; }
int main(void) { return malloc(1) == NULL; }
C
refused 125 '.*/own would not use the malloc of .*, but that of .*/own' "$work/own"
if [ "$(id -u)" = 0 ]; then
	cp /bin/true setuid
	chown 1 setuid
	chmod 4755 setuid
	refused 125 '.*/setuid is set-user-ID' "$work/setuid"
fi

# Every variable of the table is in the list.
said case "$run" --help-env
rows=$(sed -n 's/^OPTION(\([A-Z0-9_]*\),.*/HAKMEM_\1/p' \
	"$abs_top_srcdir/lib/options/options.def" | sort)
[ "$(sed -n 's/^\(HAKMEM_[A-Z0-9_]*\)=.*/\1/p' case/out | sort)" = "$rows" ] ||
	fail "--help-env has other variables than the table"
grep -q '^HAKMEM_PREWARM=adaptive|no|eager (' case/out || fail "--help-env: $(cat case/out)"
