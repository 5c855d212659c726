#!/bin/sh
# SPDX-License-Identifier: MIT
# git: a repository is made, cloned, repacked by several threads and checked.
. "$abs_top_srcdir/tests/common.sh"

need git
export HOME="$work" GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.invalid
export GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.invalid
export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'

cat >"$work/program" <<'PROGRAM'
set -eu
git init -q -b main origin
cd origin
git config gc.auto 0
for commit in 1 2 3 4 5 6 7 8 9 10 11 12; do
	mkdir -p "d$((commit % 4))"
	awk -v n="$commit" 'BEGIN { for (i = 0; i < 3000; i++)
		print i * n % 997, "line", i, n % 3 }' >"d$((commit % 4))/f$commit"
	awk -v n="$commit" 'BEGIN { for (i = 0; i < 500; i++)
		print (i % 50 == n ? "changed" : "kept"), i }' >common
	git add .
	git commit -q -m "commit $commit"
done
cd ..
git clone -q --no-local origin copy 2>&1
cd copy
git -c pack.threads=4 gc -q --aggressive --prune=now
git fsck --full --strict 2>&1
git log --stat --format='%H %s'
git blame -s common
git rev-list --objects --all | sort
git diff HEAD~8 HEAD
git grep -c 'line 2' HEAD
git archive HEAD | cksum
PROGRAM

same git sh "$work/program"
