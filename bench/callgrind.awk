# SPDX-License-Identifier: MIT
# callgrind.awk: the instructions in a callgrind output file, without those that
# the functions dry_* executed themselves.
#
# -v dry=--dry: there must be some of these, or exit status 1.
# A function is "fn=(number) name" where first seen, later "fn=(number)" alone;
# its own cost is on the lines that start with a position, except the line after
# each calls=, which is the callee's.

/^c?fn=\([0-9]+\) / {
	id = $1
	sub(/^c?fn=/, "", id)
	if ($2 ~ /^dry_/)
		stand_in[id] = 1
}

/^fn=/ {
	id = $1
	sub(/^fn=/, "", id)
	inside = id in stand_in
	next
}

/^calls=/ {
	getline
	next
}

inside && /^[-+*0-9]/ { own += $2 }

/^(summary|totals):/ { total = $2 }

END {
	if (dry == "--dry" && own == 0)
		exit 1
	printf "%d\n", total - own
}
