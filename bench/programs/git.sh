# SPDX-License-Identifier: MIT
# git gc, which compresses everything anew, of the same repository each time.
needs=git who=git

prepare() {
	git init -q repository
	awk -v commits=$((130 / part)) 'BEGIN {
		for (c = 1; c <= commits; c++) {
			text = ""
			for (l = 1; l <= 300; l++)
				text = text "line " l " of commit " (l * 7 + c) % 97 " and " (l > c ? c : l) "\n"
			printf "commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 2\nc\n", 1000000000 + c
			printf "M 100644 inline file%d\ndata %d\n%s\n", c % 40, length(text), text
		}
	}' | git -C repository fast-import --quiet
	run='rm -rf copy && cp -R repository copy
git -C copy -c gc.auto=0 -c pack.threads=1 gc -q --aggressive --prune=now
git -C copy rev-list --all --objects | wc -l'
}
