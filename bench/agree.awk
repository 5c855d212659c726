# SPDX-License-Identifier: MIT
# agree.awk: the table of agree.sh.
#
# Reads what the programs measured, then what hakmem-bench did: LOAD ROUND LABEL
# SECONDS.  -v peer: the label of the third allocator.  Exit status 1 when the two
# contradict each other.

function median(list, n,    i, j, x) {
	for (i = 2; i <= n; i++) {
		x = list[i]
		for (j = i - 1; j > 0 && list[j] > x; j--)
			list[j + 1] = list[j]
		list[j + 1] = x
	}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# Time of a over time of b, the median over the rounds.
function ratio(source, load, a, b,    list, r) {
	for (r = 1; r <= rounds; r++)
		list[r] = seconds[source, load, r, a] / seconds[source, load, r, b]
	return median(list, rounds)
}

function direction(x) { return x > 1.1 ? 1 : x < 1 / 1.1 ? -1 : 0 }

function judge(load, a, b,    p, h, verdict) {
	p = ratio(1, load, a, b)
	h = ratio(2, load, a, b)
	verdict = "agree"
	if (direction(p) * direction(h) < 0) {
		verdict = "CONTRADICT"
		contradictions++
	} else if (direction(p) == 0 || direction(h) == 0)
		verdict = "too close to tell"
	printf "%-18s %-20s %9.2f %12.2f   %s\n", load, a " / " b, p, h, verdict
}

FNR == 1 { source++ }

{
	seconds[source, $1, $2, $3] = $4
	if (!($1 in known)) {
		known[$1]
		loads[++count] = $1
	}
	if ($2 > rounds)
		rounds = $2
}

END {
	printf "%-18s %-20s %9s %12s\n", "load", "CPU time of", "programs", "hakmem-bench"
	for (i = 1; i <= count; i++) {
		judge(loads[i], "hakmem", "system")
		judge(loads[i], "hakmem", peer)
		judge(loads[i], peer, "system")
	}
	exit contradictions > 0
}
