# SPDX-License-Identifier: MIT
# guide.awk: the examples of hakmem-guide(7) or hakmem-profiling(7), as the template has them.
#
#   awk -v folder=FOLDER -f tests/man/guide.awk man/NAME.7.in
#
# The comment before an example says what it is.  Writes FOLDER/NN.shell, NN.root, NN.output or
# NN.file, and for the last a line "NN PATH" to FOLDER/paths.  Fails at an example without
# such a comment.

function stop(sentence)
{
	print FILENAME ":" FNR ": " sentence >"/dev/stderr"
	failed = 1
	exit 1
}

/^\.\\" (shell|root|output|file [^ ]+|not .+)$/ {
	kind = $2
	path = $3
	next
}

/^\.EX/ {
	if (kind == "")
		stop("no comment says how this example is tested")
	count++
	out = kind == "not" ? "/dev/null" : sprintf("%s/%02d.%s", folder, count, kind)
	if (kind == "file")
		printf "%02d %s\n", count, path >(folder "/paths")
	shown = 1
	next
}

/^\.EE/ {
	close(out)
	shown = 0
	kind = ""
	next
}

shown {
	gsub(/\\f./, "")
	gsub(/\\&/, "")
	gsub(/\\-/, "-")
	gsub(/\\e/, "\\")
	print >out
}

END {
	if (!failed && !count)
		stop("there is no example")
}
