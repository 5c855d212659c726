# SPDX-License-Identifier: MIT
# table.awk: reads the rows of lib/options/options.def and, for those whose
# default configure may set, the defaults of configure.ac.  A library for the
# generators of this folder: give table_row() every line of both files.
#
# Afterwards: rows, name[1..rows], and by name: type, unit, minimum, maximum,
# standard, choices, by_configure, tier, summary.

function table_switch(line,    part)
{
	split(line, part, /[][]/)
	switch_default[part[2]] = part[4]
}

function table_option(line,    quoted, plain, n)
{
	split(line, quoted, "\"")
	split(quoted[1], plain, /[(, ]+/)
	n = name[++rows] = plain[2]
	type[n] = plain[3]
	split(quoted[3], plain, /[, ]+/)
	minimum[n] = plain[2]
	maximum[n] = plain[3]
	standard[n] = plain[4]
	unit[n] = quoted[2]
	choices[n] = quoted[4]
	by_configure[n] = quoted[6]
	split(quoted[7], plain, /[, ]+/)
	tier[n] = tolower(plain[2])
	summary[n] = quoted[8]
}

function table_row(line)
{
	if (line ~ /^HAK_ARG_(SWITCH|CHOICE|NUMBER)\(/)
		table_switch(line)
	else if (line ~ /^OPTION\(/)
		table_option(line)
}

# The default as a person writes it; "" is no value at all.
function table_default(n,    key, value, word)
{
	value = standard[n]
	if (value ~ /^HAK_DEFAULT_/) {
		key = by_configure[n]
		sub(/^--(enable|disable|with|without)-/, "", key)
		value = switch_default[key]
		if (type[n] == "BOOL")
			value = value == "yes"
	} else if (type[n] == "CHOICE") {
		split(choices[n], word, "|")
		value = word[value + 1]
	} else if (type[n] == "TEXT") {
		value = ""
	}
	return value
}

# What may stand behind the equals sign, in short.
function table_form(n)
{
	if (type[n] == "BOOL")
		return "0|1"
	if (type[n] == "CHOICE")
		return choices[n]
	return type[n] == "TEXT" ? "text" : choices[n] == "" ? "number" : "number|" choices[n]
}
