#!/bin/sh
# SPDX-License-Identifier: MIT
# programs.conf, the file with settings for programs that are known to need some, in
# a root of its own: its sections hold, hakmem.conf wins over it, the file of this
# version is in order, and the way out that an error shows is right beside it.
. "${abs_top_srcdir:?}/tests/common.sh"

. "$abs_top_srcdir/tests/packages/preload.sh"

programs=$(sed -n 's/^#define HAK_PROGRAMS_FILE "\(.*\)"/\1/p' "$abs_top_builddir/config.h")
[ -n "$programs" ] || fail "config.h does not name the file"
grep -qF /etc/hakmem.conf "$hak_library" || skip "this build has another hakmem.conf"
mkdir -p "$root$(dirname "$programs")"
printf '%s' "$entry" >"$file"

# set_files PROGRAMS.CONF HAKMEM.CONF
set_files() {
	printf '%b' "$1" >"$root$programs"
	printf '%b' "$2" >"$conf"
}

# sets NAME=VALUE ORIGIN: true runs with this setting from there.
sets() {
	expect 0 in_system env HAKMEM_VERBOSE=2 true
	says ": hakmem: $2: $1"
}

echo "the file is read, and hakmem.conf wins"
set_files '[true]\nHAKMEM_PURGE_FLOOR=64\n[sort]\nHAKMEM_PREWARM=no\n' ''
sets HAKMEM_PURGE_FLOOR=64 "$programs, line 2"
says_not HAKMEM_PREWARM
says "settings files: $programs /etc/hakmem.conf"
set_files '[true]\nHAKMEM_PURGE_FLOOR=64\n' '[tru?]\nHAKMEM_PURGE_FLOOR=99\n'
sets HAKMEM_PURGE_FLOOR=99 "/etc/hakmem.conf, line 2"
set_files '[true]\nHAKMEM_DISABLE=1\n' 'HAKMEM_DISABLE=0\n'
sets HAKMEM_DISABLE=0 "/etc/hakmem.conf, line 1"
rm "$conf"
sets HAKMEM_DISABLE=1 "$programs, line 2"

echo "HAKMEM_CONF names another file in place of hakmem.conf; empty, neither is read"
set_files '[true]\nHAKMEM_PURGE_FLOOR=64\n' '[true]\nHAKMEM_PREWARM=no\n'
expect 0 in_system env HAKMEM_VERBOSE=2 HAKMEM_CONF=/dev/null true
says "$programs, line 2: HAKMEM_PURGE_FLOOR=64"
says_not PREWARM
expect 0 in_system env HAKMEM_VERBOSE=2 HAKMEM_CONF= true
says "settings files: none was read"
says_not PURGE_FLOOR

echo "bad lines of both files are counted together"
set_files "$(printf 'x\\n%.0s' 1 2 3 4 5 6)" "$(printf 'y\\n%.0s' 1 2 3 4 5 6)"
expect 0 in_system true
[ "$(grep -c 'this is neither' "$work/said")" = 10 ] || fail "$(cat "$work/said")"
says "2 more lines are wrong"

echo "the way out of an error is right"
cat >"$work/wrong.c" <<'PROGRAM'
#include <stdlib.h>
int main(void) { char *p = malloc(100); free(p); free(p); return 0; }
PROGRAM
${CC:-cc} -w -O0 -fno-builtin -o "$root/usr/bin/wrong" "$work/wrong.c"
set_files '[wrong]\nHAKMEM_PURGE_FLOOR=64\n' ''
rm "$conf"
! in_system wrong || fail "a double free is not seen"
lines=$(sed -n 's/.* add two lines to \/etc\/hakmem.conf: \(\[.*\]\) and \(.*\)/\1 \2/p' "$work/said")
[ "$lines" = "[wrong] HAKMEM_DISABLE=1" ] || fail "no way out in: $(cat "$work/said")"
printf '%s\n' $lines >"$conf"
! in_system wrong || fail "libc sees no double free"
says_not hakmem

echo "the file of this version has nothing wrong in it"
cp "$abs_top_srcdir/tools/programs.conf" "$root$programs"
rm "$conf"
expect 0 in_system true
[ ! -s "$work/said" ] || fail "$(cat "$work/said")"
awk '/^\[/ && before !~ /^# / { exit 1 } { before = $0 }' "$root$programs" ||
	fail "a section of programs.conf has no reason before it"

echo "its programs may delete with a wrong size in hardened mode, others not"
cat >"$work/sized.c" <<'PROGRAM'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
int main(void)
{
	void (*give)(void *, size_t) = dlsym(RTLD_DEFAULT, "free_sized");

	give(malloc(28), 16);
	return 0;
}
PROGRAM
for name in povray squid sized; do
	${CC:-cc} -w -O0 -fno-builtin -o "$root/usr/bin/$name" "$work/sized.c"
done
! in_system env HAKMEM_HARDENED=1 sized || fail "a wrong size is not seen"
says "HAKMEM_CHECK_SIZE=0 lets it pass"
for name in povray squid; do
	expect 0 in_system env HAKMEM_HARDENED=1 "$name"
	says_not hakmem
done

if command -v strace >/dev/null && strace true 2>/dev/null; then
	echo "system calls of a start"
	# calls: how many of the library's own are for the two files.
	calls() {
		strace -f -o "$work/trace" -e trace=openat,fstat,read,close,readlinkat \
			sh -c 'exec chroot "$1" /usr/bin/true' sh "$root" 2>/dev/null
		sed -n '/O_NOCTTY/,$p' "$work/trace" | grep -c '('
	}
	rm "$root$programs"
	[ "$(calls)" = 2 ] || fail "without files: $(sed -n '/O_NOCTTY/,$p' "$work/trace")"
	printf '# nothing\n' >"$root$programs"
	[ "$(calls)" = 5 ] || fail "with a file: $(sed -n '/O_NOCTTY/,$p' "$work/trace")"
	printf '[a]\n[b]\n' >>"$root$programs"
	# Without /proc each section asks for the program again.
	mkdir -p "$root/proc/self"
	ln -s /usr/bin/true "$root/proc/self/exe"
	[ "$(calls)" = 6 ] || fail "with sections: $(sed -n '/O_NOCTTY/,$p' "$work/trace")"
fi
