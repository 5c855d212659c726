# SPDX-License-Identifier: MIT
# compare.awk: the table of compare.sh.
#
# Reads the file of rows (name first), then results: ROW ROUND LABEL MOPS, with
# FAILED for MOPS when a run failed.  -v labels: the columns; those named libN
# are judged, all others but "libc" are the peers they are judged by.
# Exit status 1 when anything failed.

function sort_numbers(list, n,    i, j, x) {
	for (i = 2; i <= n; i++) {
		x = list[i]
		for (j = i - 1; j > 0 && list[j] > x; j--)
			list[j + 1] = list[j]
		list[j + 1] = x
	}
}

function median(list, n) {
	sort_numbers(list, n)
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function cell_median(row, label,    list, r) {
	for (r = 1; r <= rounds; r++)
		list[r] = mops[row, r, label]
	return median(list, rounds)
}

function is_lib(label) { return label ~ /^lib[0-9]+$/ }

# The peer with the best median in this row; "" when there is none.
function best_peer(row,    i, best, label) {
	for (i = 1; i <= columns; i++) {
		label = column[i]
		if (label == "libc" || is_lib(label) || failed[row, label])
			continue
		if (best == "" || speed[row, label] > speed[row, best])
			best = label
	}
	return best
}

# Time of lib over time of peer, the median over the rounds.
function time_ratio(row, lib, peer,    list, r) {
	for (r = 1; r <= rounds; r++)
		list[r] = mops[row, r, peer] / mops[row, r, lib]
	return median(list, rounds)
}

function judge(row, lib, peer,    ratio) {
	if (peer == "" || failed[row, lib]) {
		printf "  %10s", "-"
		return
	}
	ratio = time_ratio(row, lib, peer)
	logs[lib] += log(ratio)
	judged[lib]++
	printf "  %10.3f", ratio
}

function print_row(row,    i, peer) {
	printf "%-18s", row
	for (i = 1; i <= columns; i++)
		if (failed[row, column[i]]) {
			printf " %9s", "FAILED"
		} else {
			speed[row, column[i]] = cell_median(row, column[i])
			printf " %9.2f", speed[row, column[i]]
		}
	peer = best_peer(row)
	printf "  %-9s", peer == "" ? "-" : peer
	for (i = 1; i <= columns; i++)
		if (is_lib(column[i]))
			judge(row, column[i], peer)
	printf "\n"
}

function print_header(    i) {
	printf "\nmedian Mops of %d rounds; ratio: time of lib / time of best peer\n",
		rounds
	printf "%-18s", "workload"
	for (i = 1; i <= columns; i++)
		printf " %9s", column[i]
	printf "  %-9s", "best peer"
	for (i = 1; i <= columns; i++)
		if (is_lib(column[i]))
			printf "  %10s", "ratio " column[i]
	printf "\n"
}

function print_mean(    i, lib) {
	for (i = 1; i <= columns; i++) {
		lib = column[i]
		if (is_lib(lib) && judged[lib] > 0)
			printf "geometric mean of the ratios of %s: %.3f (%d of %d rows)\n",
				lib, exp(logs[lib] / judged[lib]), judged[lib], row_count
	}
}

FNR == NR { row_name[++row_count] = $1; next }

{
	mops[$1, $2, $3] = $4
	if ($2 > rounds)
		rounds = $2
	if ($4 == "FAILED")
		failures += failed[$1, $3] = 1
}

END {
	columns = split(labels, column, " ")
	print_header()
	for (r = 1; r <= row_count; r++)
		print_row(row_name[r])
	print_mean()
	exit failures > 0
}
