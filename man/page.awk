# SPDX-License-Identifier: MIT
# page.awk: a man page from its template man/NAME.in.
#
#   awk -v date=D -v version=V -f man/roff.awk -f man/table.awk \
#       -f man/page.awk configure.ac lib/options/options.def man/NAME.in
#
# In the template, @date@ and @version@ are replaced, and a line @VARIABLES@ by
# the list of all variables.

function list_variables(    i, n, value)
{
	for (i = 1; i <= rows; i++) {
		n = name[i]
		value = table_default(n)
		print ".TP\n.BR \\%HAKMEM_" n " (7)"
		print roff_line(summary[n] " (" (unit[n] != "" ? unit[n] ", " : "") \
			(value == "" ? "not set" : "default " value) ").", "B")
	}
}

FILENAME != ARGV[3] {
	table_row($0)
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
