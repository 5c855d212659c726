# SPDX-License-Identifier: MIT
# own_share.awk: what an allocator itself executed, from a callgrind output file: the
# instructions of its functions, those that they call elsewhere left out.
#
# -v library=PATH: the functions of that object, and those that have a name and no object:
# some allocators keep malloc in a section that valgrind gives to none; "system": those of
# libc's malloc.c and arena.c, which only its debug symbols tell.
# -v functions=N: prints the N largest as "  MILLIONS NAME" after the sum.
#
# A name is "(number) name" where first seen, later "(number)" alone.  The own cost of a
# function is on the lines that start with a position, except the line after each calls=,
# which is the callee's.

function name_of(table, text,    id, at) {
	sub(/^[a-z]+=/, "", text)
	at = index(text, ")")
	id = substr(text, 1, at)
	if (length(text) > at)
		table[id] = substr(text, at + 2)
	return table[id]
}

/^c?ob=/ {
	name = name_of(objects, $0)
	if ($0 ~ /^ob=/)
		object = name
	next
}

/^(fl|fi|fe|cfi|cfl)=/ {
	name = name_of(files, $0)
	if ($0 !~ /^c/)
		file = name
	next
}

/^c?fn=/ {
	name = name_of(names, $0)
	if ($0 ~ /^c/)
		next
	if (library == "system")
		inside = file ~ /malloc\/(malloc|arena)\.c$/
	else
		inside = object == library || object == "???" && name !~ /^0x/
	current = name
	next
}

/^calls=/ {
	getline
	next
}

inside && /^[-+*0-9]/ {
	own[current] += $2
	sum += $2
}

END {
	printf "%.1f\n", sum / 1e6
	for (; functions > 0; functions--) {
		most = ""
		for (f in own)
			if (most == "" || own[f] > own[most])
				most = f
		if (most == "" || own[most] == 0)
			break
		printf "  %.1f %s\n", own[most] / 1e6, most
		delete own[most]
	}
}
