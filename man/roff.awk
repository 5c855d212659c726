# SPDX-License-Identifier: MIT
# roff.awk: plain text into man(7) source.  A library for the generators of
# this folder: awk -f man/roff.awk -f man/GENERATOR.awk.
#
# In text: `word` is set apart, variables and name(N) are recognised, a blank line
# ends a paragraph, and lines indented by a tab are shown as they are.

# Characters that roff would take for its own.  A hyphen inside a word stays one.
function roff_escape(text)
{
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	while (match(text, /[a-z]\\-[a-z]/))
		text = substr(text, 1, RSTART) substr(text, RSTART + 2)
	return text ~ /^[.']/ ? "\\&" text : text
}

# `word` in the font: B or I.
function roff_quotes(text, font,    part, count, i, out)
{
	count = split(text, part, "`")
	out = part[1]
	for (i = 2; i <= count; i++)
		out = out (i % 2 ? "\\fR" : "\\f" font) part[i]
	return out
}

# name(3): the name in bold.
function roff_pages(text,    out, width)
{
	out = ""
	while (match(text, /[a-z_][a-z0-9_.\\-]*\([1-8]\)/)) {
		width = RLENGTH - 3
		out = out substr(text, 1, RSTART - 1) "\\fB" \
			substr(text, RSTART, width) "\\fR" substr(text, RSTART + width, 3)
		text = substr(text, RSTART + width + 3)
	}
	return out text
}

# One line of a paragraph.
function roff_line(text, font)
{
	text = roff_pages(roff_quotes(roff_escape(text), font))
	gsub(/HAKMEM_[A-Z0-9_]*[A-Z0-9]/, "\\fB\\%&\\fR", text)
	# Inside of a word \% would allow a hyphen.
	gsub(/\(\\fB\\%/, "\\%(\\fB", text)
	return text
}

# The first lines of every page.  `source` names the file to edit instead.
function roff_head(title, section, source)
{
	print ".\\\" SPDX-License-Identifier: MIT"
	print ".\\\" Generated from " source "."
	printf ".TH %s %d %s \"hakmem %s\" hakmem\n", title, section, date, version
}

# The lines text[first..last]: paragraphs, and examples indented by a tab.
function roff_text(text, first, last, font,    i, shown, gap)
{
	for (i = first; i <= last; i++) {
		if (text[i] ~ /^[ \t]*$/) {
			gap = i > first
			continue
		}
		if (shown && text[i] !~ /^\t/)
			print ".EE\n.RE\n.PP"
		else if (!shown && text[i] ~ /^\t/)
			print (i > first ? ".PP\n" : "") ".RS 4\n.EX"
		else if (gap)
			print shown ? "" : ".PP"
		shown = text[i] ~ /^\t/
		gap = 0
		print shown ? roff_escape(substr(text[i], 2)) : roff_line(text[i], font)
	}
	if (shown)
		print ".EE\n.RE"
}
