#!/bin/sh
# SPDX-License-Identifier: MIT
# expand.sh TARGET FOLDER: TARGET.seeds becomes files in FOLDER, one a line.
# A line is what printf %b makes an input of; lines with # are comments.
set -eu
number=0
while IFS= read -r line; do
	case $line in
	'#'*) continue ;;
	esac
	number=$((number + 1))
	printf '%b' "$line" >"$2/seed-$number"
done <"$(dirname "$0")/$1.seeds"
