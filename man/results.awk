# SPDX-License-Identifier: MIT
# results.awk: what a file of bench/results says, as a paragraph and a table of a
# man page.  A library for the generators of this folder.  It reads the JSON as
# hakmem-bench writes it: one key a line, indented by one blank a level.

# The value of a line `"key": value,`, without quotes.
function results_value(line)
{
	sub(/^ *"[a-z_]*": /, "", line)
	sub(/,$/, "", line)
	gsub(/^"|"$/, "", line)
	return line
}

function results_line(line)
{
	if (line ~ /^ "rows": \[/)
		results_in_rows = 1
	else if (line ~ /^   "label": / && results_in_rows)
		results_row = results_value(line)
	else if (line ~ /^     "variant": /)
		results_variant = results_value(line)
	else if (line ~ /^     "ratio(_low|_high)?": / && results_in_rows)
		results_ratio(line)
	else if (line ~ /^ "(reference|rounds)": / || line ~ /^  "(cpu|time)": /) {
		split(line, results_part, "\"")
		results_fact[results_part[2]] = results_value(line)
	}
}

function results_ratio(line,    part)
{
	split(line, part, "\"")
	results_of[part[2]] = sprintf("%.2f", results_value(line))
	if (part[2] == "ratio_high")
		results_cell[++results_cells] = results_variant SUBSEP \
			results_row SUBSEP sprintf("%-36s %s (%s to %s)", results_variant, \
			results_of["ratio"], results_of["ratio_low"], results_of["ratio_high"])
}

function results_read(path,    line)
{
	results_cells = results_in_rows = 0
	while ((getline line < path) > 0)
		results_line(line)
	close(path)
}

# Prints what the file says, a line for each row and below it one for each of its
# variants; `name` is its name for people.  Returns 0 when it says nothing.
function results_show(path, name,    i, part, row)
{
	results_read(path)
	if (!results_cells)
		return 0
	print roff_line("Time as a multiple of the time with " results_fact["reference"] \
		" (below 1 is faster), and the interval that holds it in 95 of 100 cases; " \
		results_fact["rounds"] " rounds on " results_fact["cpu"] ", " \
		substr(results_fact["time"], 1, 10) ", from " name ":", "B")
	print ".PP\n.RS 4\n.EX"
	for (i = 1; i <= results_cells; i++) {
		split(results_cell[i], part, SUBSEP)
		if (part[1] == results_fact["reference"])
			continue
		if (part[2] != row)
			print roff_escape(row = part[2])
		print "    " roff_escape(part[3])
	}
	print ".EE\n.RE"
	return 1
}
