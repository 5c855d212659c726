# SPDX-License-Identifier: MIT
# Logs of soak.sh -> a table of what ran, by version and configuration.
# usage: awk -f summary.awk LOG...

function after(word,    i) {
	for (i = 2; i <= NF; i++)
		if ($i ~ "^" word)
			return $(i - 1)
	return 0
}

/^# configure/ {
	switches = substr($0, 13)
	gsub(/'/, "", switches)
	gsub(/ ?(-q|--disable-static|--enable-werror) ?/, " ", switches)
	gsub(/^ +| +$/, "", switches)
	key = version " | " (switches == "" ? "default" : switches)
	if (!(key in runs))
		keys[++count] = key
	runs[key] += 0
	next
}

/^#/ {
	version = $3
	next
}

{
	runs[key]++
	seconds[key] += $1
	operations[key] += after("operations")
	threads[key] += after("threads")
	forks[key] += after("forks")
	stopped[key] += !/, status 0, .*: sound$/
}

function row(name, r, s, o, t, f, x) {
	printf "| %s | %d | %d | %.1f | %d | %d | %d |\n", name, r, s / 60, o / 1e6, t, f, x
}

END {
	print "| version | switches of configure | runs | minutes | million operations | threads | forks | stopped |"
	print "|---|---|---|---|---|---|---|---|"
	for (i = 1; i <= count; i++) {
		key = keys[i]
		if (runs[key] == 0)
			continue
		row(key, runs[key], seconds[key], operations[key], threads[key], forks[key], stopped[key])
		all_runs += runs[key]
		all_seconds += seconds[key]
		all_operations += operations[key]
		all_threads += threads[key]
		all_forks += forks[key]
		all_stopped += stopped[key]
	}
	row("all | ", all_runs, all_seconds, all_operations, all_threads, all_forks, all_stopped)
}
