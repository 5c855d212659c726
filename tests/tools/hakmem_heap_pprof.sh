#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-heap counts as pprof does, of each kind of values.
. "$abs_top_srcdir/tests/tools/hakmem_heap.common.sh"

need go
export HOME="$work"
go tool pprof -h 2>&1 | grep -q sample_index || skip "go has no pprof"

# pprof shows inlined functions, names of C++ and all libraries in its own way.
server 3 | sed '/^line 5 3/d; s/_ZN5Table4growEv/grow/' | profile server.gz

# ours KIND, theirs KIND: "FUNCTION FLAT CUM" of each function.
ours() {
	"$heap" top --json -n 0 --all-frames --value "$1" server.gz 2>/dev/null |
		tr -d '",' | awk '
			/function: / { name = $2 }
			/flat: / { flat = $2 }
			/cum: / && name !~ /^libhakmem/ { print name, flat, $2 }' | sort
}
theirs() {
	go tool pprof -top -nodefraction=0 -unit=B -sample_index="$1" server.gz 2>/dev/null |
		awk 'shown && $6 !~ /libhakmem/ { sub(/B$/, "", $1); sub(/B$/, "", $4); print $6, $1, $4 }
			/flat%/ { shown = 1 }' | sort
}

for kind in alloc_objects alloc_space inuse_objects inuse_space; do
	ours $kind >ours
	theirs $kind >theirs
	[ "$(wc -l <theirs)" -ge 4 ] || fail "pprof shows: $(go tool pprof -top server.gz 2>&1)"
	diff ours theirs || fail "pprof counts otherwise (above) by $kind"

	# With names, and without the allocator's functions.
	"$heap" pprof --value $kind server.gz -o named.gz >said 2>&1 && [ ! -s said ] ||
		fail "no profile with names: $(cat said)"
	"$heap" top --json -n 0 --value $kind server.gz | sed '/"module"/d' >before
	"$heap" top --json -n 0 --value $kind named.gz | sed '/"module"/d' | diff before - ||
		fail "hakmem-heap pprof changes the profile (above) by $kind"
	go tool pprof -raw named.gz >raw 2>/dev/null || fail "pprof cannot read named.gz"
	grep -q "^$kind/" raw || fail "it has other values: $(cat raw)"
	! sed -n '/^Locations/,/^Mappings/p' raw | grep ': 0x[0-9a-f]* M=[0-9]* *$' ||
		fail "a location has no function: $(cat raw)"
done
