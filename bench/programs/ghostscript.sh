# SPDX-License-Identifier: MIT
# Pages of text and curves.
needs=gs who=gs

prepare() {
	awk -v pages=$((60 / part)) 'BEGIN {
		print "%!PS\n/Times-Roman findfont 11 scalefont setfont"
		for (page = 1; page <= pages; page++) {
			for (y = 780; y > 40; y -= 13)
				printf "40 %d moveto (page %d, line %d of a text with many letters in it) show\n", y, page, y
			for (i = 0; i < 300; i++)
				printf "%d %d moveto %d %d %d %d %d %d curveto stroke\n", i, i * 2, i * 3 % 500, i * 7 % 700, i * 11 % 500, i * 13 % 700, i + 99, i + 55
			print "showpage"
		}
	}' >job.ps
	run='exec gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=pgmraw -r110 -sOutputFile=- job.ps'
}
