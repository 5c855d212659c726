#!/bin/sh
# SPDX-License-Identifier: MIT
# Ordinary programs in hardened mode say what they say without the library.
. "$abs_top_srcdir/tests/common.sh"

need sort python3 gcc
export HAKMEM_HARDENED=1

# It is the mode that runs: only it keeps the exact size of a block.
cat >"$work/exact.c" <<'PROGRAM'
#include <malloc.h>
int main(void) { return malloc_usable_size(malloc(37)) != 37; }
PROGRAM
gcc -fno-builtin -o "$work/exact" "$work/exact.c"
preloaded "$work/exact" || fail "HAKMEM_HARDENED=1 is not in force"
! preloaded HAKMEM_HARDENED=0 "$work/exact" || fail "it cannot be switched off"
standard=no
preloaded env -u HAKMEM_HARDENED "$work/exact" && standard=yes
[ "$standard" = "$hak_hardened" ] ||
	fail "without the variable it is $standard, configured was $hak_hardened"

# A free with a wrong size gets a line, and the block is freed; one variable switches
# that check off.
cat >"$work/sized.c" <<'PROGRAM'
#include <malloc.h>
void free_sized(void *block, size_t size);
int main(void)
{
	size_t before = mallinfo2().uordblks;

	for (int i = 0; i < 300; i++)
		free_sized(malloc(i % 2 ? 100 : 60000), 50);
	return mallinfo2().uordblks != before;
}
PROGRAM
gcc -w -fno-builtin -o "$work/sized" "$work/sized.c" -L"$abs_top_builddir/.libs" -lhakmem
# sized LINES SETTING...
sized() {
	lines=$1
	shift
	said case env "$@" LD_LIBRARY_PATH="$abs_top_builddir/.libs" "$work/sized"
	[ "$(cat case/status)" = 0 ] || fail "$*: a block freed with a wrong size is lost: $(tail -1 case/err)"
	[ "$(grep -c 'wrong size' case/err)" = "$lines" ] || fail "$*: not $lines lines"
}
sized 300 HAKMEM_BAD_FREE=warn
sized 0 HAKMEM_BAD_FREE=ignore
sized 0 HAKMEM_CHECK_SIZE=0

awk 'BEGIN { for (i = 0; i < 200000; i++) print (i * 7919) % 1000003, i }' >"$work/lines"
same sort sort -n --parallel=4 -S 2M "$work/lines"

python=$(python3 -c 'import sys; print(sys.executable)')
cat >"$work/program.py" <<'PROGRAM'
import hashlib, json, subprocess, sys, threading

def tree(depth, seed):
    if depth == 0:
        return "leaf%d" % seed
    return {"n%d" % i: tree(depth - 1, seed * 7 + i) for i in range(6)}

text = json.dumps(tree(4, 1), sort_keys=True)
print(len(text), hashlib.sha256(text.encode()).hexdigest())
results = [None] * 8
def work(place):
    words = [("w%x" % (i * i % 9973)) * 50 for i in range(20000)]
    results[place] = hashlib.sha256("".join(sorted(words)).encode()).hexdigest()
threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
for t in threads: t.start()
child = [sys.executable, "-c", "print(sum(map(len, map(str, range(100000)))))"]
for i in range(5):
    print(subprocess.run(child, capture_output=True, text=True).stdout)
for t in threads: t.join()
print(set(results))
grown = bytearray()
for i in range(1000):
    grown += bytes([i % 251]) * 5000
print(len(grown), hashlib.md5(grown).hexdigest())
PROGRAM
export PYTHONMALLOC=malloc PYTHONHASHSEED=0
same "${python##*/}" "$python" "$work/program.py"

cat >"$work/unit.c" <<'PROGRAM'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) { printf("%d %s\n", argc, argv[0]); return 0; }
PROGRAM
same cc1 gcc -O2 -S -o - "$work/unit.c"

# Forks of a threaded program; see fork.c.
compile fork
preloaded "$work/fork" || fail "fork.c fails in hardened mode"
