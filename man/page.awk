# SPDX-License-Identifier: MIT
# page.awk: a man page from its template man/NAME.in.
#
#   awk -v date=D -v version=V -f man/roff.awk -f man/table.awk \
#       -f man/page.awk configure.ac lib/options/options.def FILE.def... man/NAME.in
#
# In the template, @date@ and @version@ are replaced, a line @VARIABLES@ by lists
# of all variables, @FIGURES@, @COUNTERS@ and @PROBES@ by the rows of
# lib/api/figures.def, lib/stats/counters.def and lib/base/probes.def, which stand
# before it too.

# The variables of a tier in the order of their rows, those of P0 last.
function list_tier(which, heading,    i, last)
{
	print ".SS " heading
	for (last = 0; last <= 1; last++)
		for (i = 1; i <= rows; i++)
			if (tier[name[i]] == which && last == (name[i] ~ /^TINY_P0/))
				list_variable(name[i])
}

function list_variable(n,    value)
{
	value = table_default(n)
	print ".TP\n.BR \\%HAKMEM_" n " (7)"
	print roff_line(summary[n] " (" (unit[n] != "" ? unit[n] ", " : "") \
		(value == "" ? "not set" : "default " value) ").", "B")
}

function list_variables()
{
	list_tier("stable", "Variables that later versions keep")
	list_tier("debug", "Variables for finding faults")
	list_tier("tuning", "Variables that tune, and may change")
}

# FIGURE(name, "unit", ...) or COUNTER(name, "unit", ...), the text last.
function keep_number(line,    quoted, plain)
{
	split(line, quoted, "\"")
	split(quoted[1], plain, /[(, ]+/)
	numbers[plain[1]] = numbers[plain[1]] ".TP\n.B " roff_escape(plain[2]) "\n" \
		roff_line(quoted[4] " (" quoted[2] ").", "B") "\n"
}

function list_numbers(kind)
{
	printf "%s", numbers[kind]
}

# PROBE(provider, name, semaphore, number, "arguments", "text", "example")
function keep_probe(line,    quoted, plain, probe)
{
	split(line, quoted, "\"")
	split(quoted[1], plain, /[(, ]+/)
	probe = plain[2] ":" plain[3]
	probes = probes ".TP\n.BI \\%" probe "( \"" quoted[2] "\" )\n" \
		roff_line(quoted[4] ".", "B") "\n.IP\n.EX\n" \
		roff_escape("usdt:*:" probe " { " quoted[6] " }") "\n.EE\n"
}

FILENAME != ARGV[ARGC - 1] {
	table_row($0)
	if (/^PROBE\(/)
		keep_probe($0)
	if (/^(FIGURE|COUNTER)\(/)
		keep_number($0)
	next
}

$0 == "@FIGURES@" || $0 == "@COUNTERS@" {
	list_numbers($0 ~ /FIG/ ? "FIGURE" : "COUNTER")
	next
}

$0 == "@PROBES@" {
	printf "%s", probes
	next
}

$0 == "@VARIABLES@" {
	list_variables()
	next
}

{
	gsub(/@date@/, date)
	gsub(/@version@/, version)
	print
}
