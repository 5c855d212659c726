# SPDX-License-Identifier: MIT
# memory.awk: the table of memory.sh, in Markdown.
#
# Reads the lines of memory.rows, with | between their fields, then the variants
# (label, version), then the medians: number, workload, environment, variant, member,
# value, with tabs.  A row without a measured value is left out.

function unit_of(unit) {
	return unit == "MiB" ? 1024 : unit == "ms" ? 1e6 : 1
}

function show(value) {
	return value == "" ? "–" : sprintf(value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value)
}

# In the unit of the row; "" where it was not measured.
function measured(i, variant,    key) {
	if (workload[i] == "program:*")
		return mean_of_peaks(variant)
	key = number[i] SUBSEP workload[i] SUBSEP environment[i] SUBSEP variant SUBSEP member[i]
	return key in median ? median[key] / unit_of(unit[i]) : ""
}

# The geometric mean of a variant's peaks, each beside the least of three.
function mean_of_peaks(variant,    name, logs, count, key, least) {
	for (name in program) {
		least = 0
		split("system jemalloc mimalloc", lean, " ")
		for (key in lean)
			if (((name, lean[key]) in peak) && (!least || peak[name, lean[key]] < least))
				least = peak[name, lean[key]]
		if (least && ((name, variant) in peak)) {
			logs += log(peak[name, variant] / least)
			count++
		}
	}
	return count ? exp(logs / count) : ""
}

function bound_of(i,    part) {
	if (bound[i] == "-")
		return ""
	split(bound[i], part, " ")
	return part[1] * measured(i, "system") + part[2]
}

function print_row(i,    v, most, now) {
	now = measured(i, "hakmem")
	if (now == "")
		return
	printf "| %s | %s%s |", number[i], what[i], unit[i] == "" ? "" : ", " unit[i]
	for (v = 1; v <= variants; v++)
		if (variant[v] != "hakmem")
			printf " %s |", show(measured(i, variant[v]))
	most = bound_of(i)
	printf " %s | %s |%s\n", show(most), show(now), \
		most == "" ? "  |" : now <= most * 1.005 ? " yes |" : " no |"
}

FILENAME != file { file = FILENAME; files++ }

files == 1 {
	split($0, part, "|")
	number[++rows] = part[1]
	workload[rows] = part[2]
	environment[rows] = part[3]
	member[rows] = part[4]
	unit[rows] = part[5]
	bound[rows] = part[6]
	what[rows] = part[7]
}

files > 1 { split($0, part, "\t") }

files == 2 { variant[++variants] = part[1]; version[part[1]] = part[2] }

files == 3 && part[2] !~ /^program:/ {
	median[part[1], part[2], part[3], part[4], part[5]] = part[6]
}

files == 3 && part[2] ~ /^program:/ && part[5] == "rss_peak_kb" {
	program[part[2]]
	peak[part[2], part[4]] = part[6]
}

END {
	printf "| | what |"
	for (v = 1; v <= variants; v++)
		if (variant[v] != "hakmem")
			printf " %s |", version[variant[v]]
	printf " aim | now | holds |\n|---|---|"
	for (v = 1; v <= variants; v++)
		if (variant[v] != "hakmem")
			printf "---|"
	printf "---|---|---|\n"
	for (i = 1; i <= rows; i++)
		print_row(i)
}
