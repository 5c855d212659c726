# SPDX-License-Identifier: MIT
# api.awk: the man pages of the functions, from include/hakmem.h.
#
#   awk -v date=D -v version=V -v page=FUNCTION -f man/roff.awk -f man/api.awk \
#       include/hakmem.h
#
# In the header a comment "/* ---- group ---- */" begins a group, and every
# group is one page, named by its first function.  A comment before a function
# or a type is its description; `name` in it is an argument.  page=libhakmem makes
# the overview: the comment that opens the header, and the functions by group.

# --- Reading: entities with .group, .comment and .code ----------------------

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

# Keeps the comment just read as text of `key`, without blank lines at its end.
function keep(key,    i)
{
	while (lines && comment[lines] == "")
		lines--
	for (i = 1; i <= lines; i++)
		text[key, i] = comment[i]
	text_lines[key] = lines
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

# A prototype in bold; types and macros as they are.
function write_code(entity)
{
	if (function_of[entity] == "")
		print roff_escape(code_of[entity])
	else
		print ".B \"" roff_escape(code_of[entity]) "\""
}

function in_page(entity)
{
	return page_of[group_of[entity]] == page
}

function write_synopsis(    i)
{
	print ".SH SYNOPSIS\n.nf\n.B #include <hakmem.h>\n.PP"
	for (i = 1; i <= entities; i++)
		if (in_page(i))
			write_code(i)
	print ".fi"
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

function write_group(    g, title)
{
	for (g in page_of)
		if (page_of[g] == page)
			title = g
	if (title == "") {
		print "man/api.awk: no group of hakmem.h begins with " page >"/dev/stderr"
		exit 1
	}
	print ".SH NAME\n" names() " \\- " title " (libhakmem)"
	write_synopsis()
	write_description()
	print ".SH SEE ALSO\n.BR libhakmem (3),\n.BR hakmem (7)"
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
	print ".SH SEE ALSO\n.BR malloc (3),\n.BR hakmem (7)"
}

function first_sentence(entity,    i, out)
{
	for (i = 1; i <= text_lines[entity]; i++) {
		out = out (i > 1 ? " " : "") text[entity, i]
		if (match(out, /[.;]( |$)/))
			return substr(out, 1, RSTART - 1) "."
	}
	return out
}

END {
	roff_head(page, 3, "include/hakmem.h")
	if (page == "libhakmem")
		write_overview()
	else
		write_group()
}
