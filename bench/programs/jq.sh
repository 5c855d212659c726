# SPDX-License-Identifier: MIT
# JSON, read, grouped and sorted.
needs=jq who=jq

prepare() {
	awk -v rows=$((150000 / part)) 'BEGIN {
		printf "["
		for (i = 0; i < rows; i++)
			printf "%s{\"id\": %d, \"group\": %d, \"name\": \"name %d\", \"list\": [%d, %d, null]}", i ? "," : "", i, i * 7919 % 501, i % 977, i, i * 3
		print "]"
	}' >job.json
	run="exec jq -c 'group_by(.group) | map({g: .[0].group, n: length, s: (map(.list[1]) | add)}) | sort_by(.s)' job.json"
}
