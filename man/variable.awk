# SPDX-License-Identifier: MIT
# variable.awk: the man page of one variable, from its row and its prose.
#
#   awk -v date=D -v version=V -v results=bench/results -f man/roff.awk \
#       -f man/table.awk -f man/results.awk -f man/variable.awk \
#       configure.ac lib/options/options.def man/env/NAME.txt
#
# The prose file: its license line, `default VALUE` (to be held against the
# row), `see NAME...` (related variables and pages), `results FILE...` (of
# bench/results, to be shown in section MEASURED), then sections: a heading in
# capitals from the list below alone on its line, and its text (roff.awk).

BEGIN {
	headings = " DESCRIPTION VALUES MEASURED SECURITY EXAMPLES "
	if (ARGC != 4)
		stop("give configure.ac, options.def and one prose file")
	n = ARGV[3]
	sub(/.*\/HAKMEM_/, "", n)
	sub(/\.txt$/, "", n)
}

function stop(sentence)
{
	print "man/variable.awk: " sentence >"/dev/stderr"
	failed = 1
	exit 1
}

FILENAME != ARGV[3] {
	table_row($0)
	next
}

/^#/ || (!section && /^[ \t]*$/) {
	next
}

!section && $1 == "default" {
	sub(/^default ?/, "")
	told = $0
	next
}

!section && $1 == "see" {
	for (i = 2; i <= NF; i++)
		see[++seen] = $i
	next
}

!section && $1 == "results" {
	for (i = 2; i <= NF; i++)
		run[++runs] = $i
	next
}

/^[A-Z][A-Z ]+$/ {
	if (!index(headings, " " $0 " "))
		stop(FILENAME ":" FNR ": " $0 " is no heading; known are" headings)
	section = $0
	first[section] = lines + 1
	next
}

{
	if (!section)
		stop(FILENAME ":" FNR ": text before the first heading")
	text[++lines] = $0
	last[section] = lines
}

# What the row says, for section VALUES.
function values(    range)
{
	if (type[n] == "BOOL")
		range = "0 or 1"
	else if (type[n] == "CHOICE")
		range = "one of " choices[n]
	else if (type[n] == "TEXT")
		range = "text of at most " maximum[n] " bytes"
	else
		range = "a whole number from " minimum[n] " to " maximum[n] \
			(unit[n] != "" ? ", in " unit[n] : "") \
			(choices[n] != "" ? ", or `" choices[n] "`" : "")
	gsub(/\|/, ", ", range)
	item("Value", range)
	item("Default", (told == "" ? "not set" : told) (by_configure[n] != "" ? \
		" (a build sets another one with `configure " by_configure[n] "`)" : ""))
	item("Stability", tier[n] ": " stability[tier[n]])
}

function item(tag, what)
{
	print ".TP 12\n" tag "\n" roff_line(what ".", "B")
}

function heading(section)
{
	if (!(section in first))
		return
	print ".SH " section
	roff_text(text, first[section], last[section], "B")
}

function measured(    i)
{
	heading("MEASURED")
	if (runs && !("MEASURED" in first))
		print ".SH MEASURED"
	for (i = 1; i <= runs; i++) {
		print ".PP"
		if (!results_show(results "/" run[i], "bench/results/" run[i]))
			stop(ARGV[3] " names bench/results/" run[i] ", which has no results")
	}
}

function check()
{
	if (!(n in type))
		stop(ARGV[3] " has no row in lib/options/options.def")
	if (told != table_default(n))
		stop(ARGV[3] " says that the default is \"" told \
			"\"; lib/options/options.def says \"" table_default(n) "\"")
	if (!last["DESCRIPTION"] || !last["EXAMPLES"])
		stop(ARGV[3] " lacks one of DESCRIPTION and EXAMPLES")
	if (tier[n] == "tuning" && !last["MEASURED"] && !runs)
		stop(ARGV[3] " is about tuning and says nothing that was measured")
	for (i = 1; i <= seen; i++)
		if (see[i] ~ /^HAKMEM_/ && !(substr(see[i], 8) in type))
			stop(ARGV[3] " points to " see[i] ", which has no row")
}

function see_also(    i)
{
	print ".SH SEE ALSO\n.ad l\n.nh"
	for (i = 1; i <= seen; i++)
		print ".BR " (see[i] ~ /\(/ ? page(see[i]) : "\\%" see[i] " (7)") ","
	print ".BR hak_option_get (3),\n.BR hakmem.conf (5),\n.BR hakmem (7)"
}

# "name(1)" as the two words of .BR
function page(reference)
{
	sub(/\(/, " (", reference)
	return roff_escape(reference)
}

END {
	if (failed)
		exit 1
	stability["stable"] = "name and meaning are kept in later versions"
	stability["tuning"] = "the meaning may change together with the allocator"
	stability["debug"] = "for finding faults; may change or disappear"
	check()
	roff_head("HAKMEM_" n, 7, "lib/options/options.def and man/env/HAKMEM_" n ".txt")
	print ".SH NAME\nHAKMEM_" n " \\- " roff_escape(summary[n])
	print ".SH SYNOPSIS"
	print ".BI HAKMEM_" n "= " table_form(n)
	heading("DESCRIPTION")
	print ".SH VALUES"
	values()
	if ("VALUES" in first)
		print ".PP"
	roff_text(text, first["VALUES"], last["VALUES"], "B")
	measured()
	print ".SH SECURITY"
	print "A set-user-ID or set-group-ID program, and one with file capabilities,"
	print "ignores this variable in its environment."
	if ("SECURITY" in first)
		print ".PP"
	roff_text(text, first["SECURITY"], last["SECURITY"], "B")
	heading("EXAMPLES")
	see_also()
}
