#!/bin/sh
# SPDX-License-Identifier: MIT
# python3, every object of it from malloc: text, numbers, threads, processes.
. "$abs_top_srcdir/tests/common.sh"

need python3
# Behind a wrapper script the program itself is found by what it says.
python=$(python3 -c 'import sys; print(sys.executable)')

cat >"$work/program.py" <<'PROGRAM'
import collections, decimal, hashlib, json, re, subprocess, sys, threading

def tree(depth, seed):
    if depth == 0:
        return "leaf%d" % seed
    return {"n%d" % i: tree(depth - 1, seed * 7 + i) for i in range(6)}

def words(count):
    return " ".join("w%x" % (i * i % 9973) for i in range(count))

def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()

text = json.dumps(tree(5, 1), sort_keys=True)
print("json", len(text), digest(text), json.loads(text) == tree(5, 1))
found = re.findall(r"w([0-9a-f]{2,3})\b", words(60000))
print("re", len(found), collections.Counter(found).most_common(3))
decimal.getcontext().prec = 2000
print("decimal", digest(str(decimal.Decimal(2).sqrt())))
print("int", digest(hex(pow(3, 20000) // pow(7, 3000))))

results = [None] * 8
def work(place):
    pieces = [words(200 + i % 50) for i in range(300)]
    results[place] = digest("".join(sorted(pieces)))
threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print("threads", set(results))
child = [sys.executable, "-c", "print(sum(map(len, map(str, range(100000)))))"]
print("child", subprocess.run(child, capture_output=True, text=True).stdout)
grown = bytearray()
for i in range(2000):
    grown += bytes([i % 251]) * 5000
print("bytearray", len(grown), hashlib.md5(grown).hexdigest())
PROGRAM

export PYTHONMALLOC=malloc PYTHONHASHSEED=0
same "${python##*/}" "$python" "$work/program.py"
# Small interpreters too, where exit is most of the life.
same "${python##*/}" "$python" -c 'print("hello")'
