# SPDX-License-Identifier: MIT
# options.def -> a random choice of HAKMEM_* settings, on one line.
# usage: awk -v seed=N -f options.awk options.def
#
# A third of the rows is set.  Left out are those that only write something, and
# those that take memory or the allocator away.

function pick(count) {
	return int(rand() * count)
}

# The ends of a range more often than what is between, which is by magnitude.
function number(low, high) {
	if (pick(4) == 0)
		return low
	if (pick(6) == 0)
		return high
	return int(low + exp(rand() * log(high - low + 1)) - 1)
}

BEGIN {
	FS = ", *"
	srand(seed)
	for (i = 0; i < 10; i++)
		rand()
}

/^OPTION\(/ {
	name = substr($1, 8)
	if (pick(3) || name ~ /^(STATS|STATS_FILE|CONF|VERBOSE|DEBUG_VERBOSE|LIMIT_MB|DISABLE)$|_LOG$/)
		next
	if ($2 == "CHOICE") {
		gsub(/"/, "", $7)
		count = split($7, words, "|")
		value = words[1 + pick(count)]
	} else if ($2 == "BOOL") {
		value = pick(2)
	} else if ($2 == "INT") {
		value = number($4, $5)
	} else {
		next
	}
	printf "%sHAKMEM_%s=%s", separator, name, value
	separator = " "
}

END {
	print ""
}
