# SPDX-License-Identifier: MIT
# Dictionaries, lists, strings and JSON; every object through malloc.  Strings have the
# same hashes in each run.
needs=python3 who=python3

prepare() {
	{
		echo "rows_wanted, steps = $((40000 / part)), $((300000 / part))"
		cat <<'END'
import json
rows = [{"key": str(i), "list": list(range(i % 50))} for i in range(rows_wanted)]
text = json.dumps(rows)
words = {}
for word in text.split():
    words[word] = words.get(word, 0) + 1
again = json.loads(text)
tree = None
for i in range(steps):
    tree = (tree, i) if i % 100 else None
print(len(text), len(words), sum(len(row["list"]) for row in again))
END
	} >job.py
	# Not a wrapper of the same name, as version managers have.
	python=$(python3 -c 'import sys; print(sys.executable)')
	run="PYTHONHASHSEED=0 PYTHONMALLOC=malloc exec '$python' job.py"
}
