#!/bin/sh
# SPDX-License-Identifier: MIT
# ./bootstrap for a user who is not root and has no sudo: it shows the command that
# installs what the build lacks, each package once, and installs nothing.
. "${abs_top_srcdir:?}/tests/common.sh"

# A machine with hardly a program.
mkdir bin clone
for program in awk cat cut dirname getconf sort tr; do
	ln -s "$(command -v $program)" bin/
done
ln -s "$(command -v sh)" bin/sh
cat >bin/apt-get <<SCRIPT
#!$(command -v sh)
echo "apt-get \$*" >>"$work/calls"
SCRIPT
cat >bin/id <<SCRIPT
#!$(command -v sh)
echo 1000
SCRIPT
chmod +x bin/apt-get bin/id
cp "$abs_top_srcdir/bootstrap" clone/

# try ARGUMENT...
try() {
	status=0
	PATH=$work/bin "$work/bin/sh" "$work/clone/bootstrap" "$@" >out 2>err || status=$?
	[ "$status" = 1 ] || fail "bootstrap $* ends with $status: $(cat out err)"
	[ ! -e calls ] || fail "bootstrap $* calls $(cat calls)"
	grep -q 'the build needs them' err || fail "it says: $(cat err)"
	listed=$(awk '/^  / && !/apt-get/ { print $1 }' out)
	[ -n "$listed" ] && [ -z "$(echo "$listed" | sort | uniq -d)" ] ||
		fail "it lists: $listed"
}

for job in --run --check; do
	try $job
	grep -q '^  apt-get install .*\<gcc\> .*\<make\>' out || fail "no command in: $(cat out)"
	grep -q '^  pkgconf ' out || fail "pkgconf is not missing in: $(cat out)"
	try $job --no-install
	! grep -q 'apt-get install' out || fail "a command in: $(cat out)"
done
