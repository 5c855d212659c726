# SPDX-License-Identifier: MIT
# api.awk: the man pages of the functions, from include/hakmem.h.
#
#   awk -v date=D -v version=V -v page=FUNCTION -f man/roff.awk -f man/api.awk \
#       include/hakmem.h man/examples/FUNCTION.c
#
# In the header a comment "/* ---- group ---- */" begins a group, and every
# group is one page, named by its first function.  A comment before a function
# or a type is its description; `name` in it is an argument.  Lines that begin with
# "Returns:", "Errors:" or "Signals:" stand in sections of their own.  page=libhakmem makes
# the overview: the comment that opens the header, and the functions by group.
# The second file is the program of section EXAMPLES.

# --- Reading: entities with .group, .comment and .code ----------------------

FILENAME != ARGV[1] {
	if (!/SPDX/)
		example[++example_lines] = $0
	next
}

/^\/\* ---- .* -+ \*\/$/ {
	group = $0
	gsub(/^\/\* -+ | -+ \*\/$/, "", group)
	groups++
	next
}

/^\/\*/ {
	lines = 0
	in_comment = 1
}

in_comment {
	line = $0
	sub(/^\/\* ?/, "", line)
	sub(/^ \*\/?/, "", line)
	sub(/ *\*\/$/, "", line)
	sub(/^ /, "", line)
	if (line !~ /^SPDX/ && (line != "" || lines))
		comment[++lines] = line
	if ($0 ~ /\*\/$/) {
		in_comment = 0
		if (!groups && !opening && lines)
			keep(opening = "opening")
	}
	next
}

groups && (/^HAK_API/ || /^typedef/ || /^#define/) {
	entity = ++entities
	group_of[entity] = group
	keep(entity)
	code = ""
	open = !/^#define/
	if (!open)
		code = $0
}

open {
	code = code $0 "\n"
	if (/;$/ && (code !~ /^typedef/ || /^}/))
		open = 0
}

entity && !open {
	finish(entity, code)
	entity = 0
}

/^[ \t]*$/ && !open {
	lines = 0
}

# Keeps the comment just read: what follows a label until the next blank line or
# label in `labelled`, the rest as text of `key`, without blank lines at its end.
function keep(key,    i, line, label)
{
	for (i = 1; i <= lines; i++) {
		line = comment[i]
		if (match(line, /^(Returns|Errors|Signals): /)) {
			label = key SUBSEP substr(line, 1, RLENGTH - 2)
			labels[label]++
			line = substr(line, RLENGTH + 1)
		} else if (line == "")
			label = ""
		if (label == "")
			text[key, ++text_lines[key]] = line
		else
			labelled[label, labels[label]] = \
				labelled[label, labels[label]] (labelled[label, labels[label]] == "" ? "" : "\n") line
	}
	while (text_lines[key] && text[key, text_lines[key]] == "")
		text_lines[key]--
	lines = 0
}

function finish(entity, code)
{
	if (code ~ /^HAK_API/) {
		sub(/^HAK_API /, "", code)
		gsub(/[ \t\n]*HAK_[A-Z0-9_]*(\([^)]*\))?;/, ";", code)
		gsub(/[ \t\n]+HAK_[A-Z0-9_]+(\([^)]*\))?/, "", code)
		gsub(/[ \t\n]+/, " ", code)
		match(code, /hak_[a-z_0-9]+\(/)
		function_of[entity] = substr(code, RSTART, RLENGTH - 1)
		if (!(group_of[entity] in page_of))
			page_of[group_of[entity]] = function_of[entity]
	}
	sub(/[ \n]+$/, "", code)
	code_of[entity] = code
}

# --- Writing ------------------------------------------------------------------

function write_text(key,    i, one)
{
	for (i = 1; i <= text_lines[key]; i++)
		one[i] = text[key, i]
	roff_text(one, 1, text_lines[key], "I")
}

# A prototype in lines of up to 66 characters, broken behind a comma.
function write_prototype(code,    i)
{
	while (length(code) > 66) {
		for (i = 66; substr(code, i, 2) != ", "; i--)
			;
		print ".B \"" roff_escape(substr(code, 1, i)) "\""
		code = "    " substr(code, i + 2)
	}
	print ".B \"" roff_escape(code) "\""
}

# Types and macros as they are, in the font of programs.
function write_code(entity,    code)
{
	if (function_of[entity] != "") {
		write_prototype(code_of[entity])
		return
	}
	code = code_of[entity]
	gsub(/\t/, "    ", code)
	print ".EX\n" roff_escape(code) "\n.EE\n.nf"
}

function in_page(entity)
{
	return page == "libhakmem" ? function_of[entity] != "" : \
		page_of[group_of[entity]] == page
}

function write_synopsis(    i, before)
{
	print ".SH SYNOPSIS\n.nf\n.B #include <hakmem.h>"
	for (i = 1; i <= entities; i++) {
		if (!in_page(i))
			continue
		if (!before || function_of[before] == "" || function_of[i] == "")
			print ".PP"
		write_code(before = i)
	}
	print ".fi\n.PP"
	print "Link with \\fI$(pkg\\-config \\-\\-libs hakmem)\\fR."
}

# What an entity is called: "hak_free()", a macro, or the last word of a typedef.
function title_of(entity,    word, count)
{
	if (function_of[entity] != "")
		return function_of[entity] "()"
	count = split(code_of[entity], word, /[ \t\n;]+/)
	return word[1] == "#define" ? word[2] : word[count - 1]
}

function write_description(    i)
{
	print ".SH DESCRIPTION"
	print "All of the rules in"
	print ".BR libhakmem (3)"
	print "hold for each of these functions."
	for (i = 1; i <= entities; i++)
		if (in_page(i) && text_lines[i]) {
			print ".SS " title_of(i)
			write_text(i)
		}
}

function names(    i, out)
{
	for (i = 1; i <= entities; i++)
		if (in_page(i) && function_of[i] != "")
			out = out (out == "" ? "" : ", ") function_of[i]
	return out
}

# --- The sections that are made from labels -----------------------------------

# The lines of a labelled text.
function write_labelled(said,    line, count, i)
{
	count = split(said, line, "\n")
	for (i = 1; i <= count; i++)
		print roff_line(line[i], "I")
}

# Of all functions of the page, those for which `said` is nothing.
function write_return_value(    i, none, more)
{
	print ".SH RETURN VALUE"
	for (i = 1; i <= entities; i++) {
		if (!in_page(i) || function_of[i] == "")
			continue
		if (labels[i, "Returns"]) {
			print ".TP\n.BR " function_of[i] " ()"
			write_labelled("returns " labelled[i, "Returns", 1])
		} else if (code_of[i] ~ /^void [^*]/) {
			more = none != ""
			none = none (more ? ",\n" : "") ".BR " function_of[i] " ()"
		} else
			stop(function_of[i] " does not say what it returns")
	}
	if (none != "") {
		gsub(/\(\),/, "(),", none)
		print ".PP\n" none "\n" (more ? "return" : "returns") " no value."
	}
}

# What every error of `entity` is, as a list.
function write_errors_of(entity,    i, said)
{
	print ".SS " function_of[entity] "()"
	for (i = 1; i <= labels[entity, "Errors"]; i++) {
		said = labelled[entity, "Errors", i]
		print ".TP\n.B " substr(said, 1, index(said, ":") - 1)
		said = substr(said, index(said, ":") + 2)
		write_labelled(toupper(substr(said, 1, 1)) substr(said, 2))
	}
}

function write_errors(    i, count, returned, set)
{
	print ".SH ERRORS"
	for (i = 1; i <= entities; i++)
		if (in_page(i) && labels[i, "Errors"]) {
			count++
			if (labelled[i, "Returns", 1] ~ /^0, or /)
				returned = returned (returned == "" ? "" : ",\n") \
					".BR " function_of[i] " ()"
			else
				set++
		}
	if (!count) {
		print "These functions have no errors."
		return
	}
	if (returned != "") {
		gsub(/\(\),/, "(),", returned)
		print returned "\n" (count - set > 1 ? "return their error" : "returns its error") \
			" and leave" (count - set > 1 ? "" : "s") "\n.I errno\nalone."
	}
	if (set)
		print (returned == "" ? "Each function" : "Each of the others") \
			" that fails sets\n.IR errno ."
	for (i = 1; i <= entities; i++)
		if (in_page(i) && labels[i, "Errors"])
			write_errors_of(i)
}

# A table for all functions, and what its words mean.
function write_attributes(    i, word, used)
{
	print ".SH ATTRIBUTES\n.TS\nlb lb lb\nl l l."
	print "Function\tThread safety\tAsync\\-signal safety"
	for (i = 1; i <= entities; i++) {
		if (!in_page(i) || function_of[i] == "")
			continue
		word = labelled[i, "Signals", 1]
		if (word !~ /^(Safe|Limited|Unsafe)/)
			stop(function_of[i] " does not say what signal handlers may do")
		used[word ~ /^Safe/ ? "Safe" : word] = 1
		print function_of[i] "()\tMT\\-Safe\tAS\\-" roff_line(word, "I")
	}
	print ".TE\n.TP 12\nMT\\-Safe\nSeveral threads may call the function at the same time."
	if ("Safe" in used)
		print ".TP\nAS\\-Safe\nA signal handler may call the function."
	if ("Limited" in used)
		print ".TP\nAS\\-Limited\nA signal handler may call the function, and it" \
			" never waits for its own thread.\n.BR hakmem (7)\nsays in section" \
			"\n.I Signal handlers\nin which case a block may be damaged all the same."
	if ("Unsafe" in used)
		print ".TP\nAS\\-Unsafe\nA signal handler must not call the function."
}

function write_examples(    i)
{
	if (!example_lines)
		stop("man/examples/" page ".c is empty")
	print ".SH EXAMPLES\n.EX"
	for (i = 1; i <= example_lines; i++) {
		gsub(/\t/, "    ", example[i])
		print roff_escape(example[i])
	}
	print ".EE"
}

# Every page of `said` that was not listed before: name(N), and HAKMEM_*.
function list_pages(said, listed,    name, section)
{
	gsub(/HAKMEM_[A-Z_]*[A-Z]/, "&(7)", said)
	while (match(said, /[A-Za-z_][A-Za-z0-9_.-]*\([1-8]\)/)) {
		name = substr(said, RSTART, RLENGTH - 3)
		section = substr(said, RSTART + RLENGTH - 3, 3)
		said = substr(said, RSTART + RLENGTH)
		if (!(name in listed) && name != page)
			print ".BR \\%" roff_escape(name) " " section ","
		listed[name] = 1
	}
}

# The other pages of this section, then those that the descriptions name.
function write_see_also(    i, line, listed)
{
	print ".SH SEE ALSO\n.ad l\n.nh"
	listed["libhakmem"] = 1
	for (i = 1; i <= entities; i++)
		list_pages(page_of[group_of[i]] "(3)", listed)
	list_pages("malloc(3)", listed)
	for (i = 1; i <= entities; i++)
		for (line = 1; in_page(i) && line <= text_lines[i]; line++)
			list_pages(text[i, line], listed)
	print page == "libhakmem" ? ".BR hakmem (7)" : ".BR libhakmem (3),\n.BR hakmem (7)"
}

function stop(sentence)
{
	print "man/api.awk: " sentence >"/dev/stderr"
	failed = 1
	exit 1
}

# --- The pages ------------------------------------------------------------------

function write_group(    g, title)
{
	for (g in page_of)
		if (page_of[g] == page)
			title = g
	if (title == "")
		stop("no group of hakmem.h begins with " page)
	print ".SH NAME\n" names() " \\- " title " (libhakmem)"
	write_synopsis()
	write_description()
	write_return_value()
	write_errors()
}

function write_overview(    i, g)
{
	print ".SH NAME\nlibhakmem \\- functions of libhakmem"
	print ".SH SYNOPSIS\n.nf\n.B #include <hakmem.h>\n.PP"
	print ".B cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs hakmem)\n.fi"
	print ".SH DESCRIPTION"
	write_text(opening)
	for (i = 1; i <= entities; i++) {
		if (function_of[i] == "")
			continue
		if (group_of[i] != g)
			print ".SS " (g = group_of[i])
		print ".TP\n.BR " function_of[i] " (3)"
		print roff_line(first_sentence(i), "I")
	}
	print ".SH RETURN VALUE\nThe page of each function says what it returns."
	print ".SH ERRORS\nThe page of each function lists its errors."
}

function first_sentence(entity,    i, out)
{
	for (i = 1; i <= text_lines[entity]; i++) {
		out = out (i > 1 ? " " : "") text[entity, i]
		if (match(out, /[.;:]( |$)/))
			return substr(out, 1, RSTART - 1) "."
	}
	return out
}

END {
	if (failed)
		exit 1
	print "'\\\" t"
	roff_head(page, 3, "include/hakmem.h and man/examples/" page ".c")
	if (page == "libhakmem")
		write_overview()
	else
		write_group()
	write_attributes()
	write_examples()
	write_see_also()
}
