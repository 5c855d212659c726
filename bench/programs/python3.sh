# SPDX-License-Identifier: MIT
# Dictionaries, lists, strings and JSON; every object through malloc.
needs=python3 who=python3

prepare() {
	cat >job.py <<'END'
import json
rows = [{"key": str(i), "list": list(range(i % 50))} for i in range(40000)]
text = json.dumps(rows)
words = {}
for word in text.split():
    words[word] = words.get(word, 0) + 1
again = json.loads(text)
tree = None
for i in range(300000):
    tree = (tree, i) if i % 100 else None
print(len(text), len(words), sum(len(row["list"]) for row in again))
END
	# Not a wrapper of the same name, as version managers have.
	python=$(python3 -c 'import sys; print(sys.executable)')
	run="PYTHONMALLOC=malloc exec '$python' job.py"
}
