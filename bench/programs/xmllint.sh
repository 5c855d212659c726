# SPDX-License-Identifier: MIT
# A document, parsed into a tree and written again.
needs=xmllint who=xmllint

prepare() {
	awk -v rows=$((250000 / part)) 'BEGIN {
		print "<list>"
		for (i = 0; i < rows; i++)
			printf "<item id=\"n%d\" group=\"%d\"><name>name %d</name><value>%d</value></item>\n", i, i % 501, i % 977, i * 3
		print "</list>"
	}' >job.xml
	run='exec xmllint --format job.xml'
}
