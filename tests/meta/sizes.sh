#!/bin/sh
# SPDX-License-Identifier: MIT
# No function is longer than 80 lines, no C file of the library than 500.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

offences=$(awk '
	FNR == 1 { start = 0 }
	# Opening brace in the first column: C; "name() {": the shell.
	/^\{/ || /^[a-z_0-9]+\(\) \{/ { start = FNR }
	/^\}/ && start {
		functions++
		if (FNR - start - 1 > 80)
			print FILENAME ":" start ": a function of " FNR - start - 1 " lines"
		start = 0
	}
	FILENAME ~ /^\.\/lib\// && FNR == 501 {
		print FILENAME " is longer than 500 lines"
	}
	END {
		if (!functions)
			print "no function was found"
	}' $(written_files | grep -E '\.(c|h|sh)$|/bootstrap$|/\.ci/run$'))
verdict "functions fit a screen (80 lines), files an hour (500 lines)" "$offences"
