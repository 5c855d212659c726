#!/bin/sh
# SPDX-License-Identifier: MIT
# Each line on stderr names the program and the process, in either mode.
. "$abs_top_srcdir/tests/common.sh"

compile message -w -ldl
ln -s message alias
ulimit -c 0

# line KIND NAME [PID]: a case of message.c in the usual and in the hardened mode.
line() {
	for mode in 0 1; do
		said case preloaded HAKMEM_HARDENED=$mode HAKMEM_BAD_FREE=warn \
			"${program:-./../message}" "$1"
		[ "$(cat case/status)" != 77 ] || return 0
		pid=$(cat case/out)
		grep -q "^$2\[${3:-$pid}\]: hakmem: free(): double free of 0x" case/err &&
			[ "$(wc -l <case/err)" = 1 ] ||
			fail "$1, HAKMEM_HARDENED=$mode: $(cat case/out case/err)"
	done
}

line name message
program=../alias line name alias
line unnamed exe
line control "b?cx\{61\}"
line fork message
line filter message '?'

# The last line of a program that is aborted, here through a link, tells how to exclude
# it: the file as it says runs the program on libc's malloc, which aborts it otherwise.
said case preloaded ./../alias name
way='to run this program with libc.s malloc, add two lines to [^ ]*: \(\[message\]\) and \([^ ]*=1\)$'
sed -n "s|^alias\[[0-9]*\]: hakmem: $way|\1 \2|p" case/err | tr ' ' '\n' >section
[ -s section ] || fail "how to exclude the program: $(cat case/err)"
said case preloaded HAKMEM_CONF="$work/section" ./../alias name
! grep 'hakmem:' case/err || fail "the program is not excluded by: $(cat section)"

# A core dump tells the message too, in the place where glibc keeps its own.
if "$work/message" kept 2>&1 | grep -q 'tcache 2$'; then
	said case preloaded ./../message kept
	sed -n 1p case/err | grep -qxF "$(sed -n 2p case/out)" ||
		fail "what is kept: $(cat case/out case/err)"
	grep -q 'number == 0' case/err || fail "glibc's own message: $(cat case/err)"
fi

# The lines about settings, which come first, and those of the ring.  The shell may
# add one about the signal.
said case preloaded HAKMEM_PREWARM=x HAKMEM_VERBOSE=2 HAKMEM_TINY_P0_LOG=1 \
	HAKMEM_DEBUG_RING=20 ./../message name
pid=$(cat case/out)
[ "$(cat case/status)" = 134 ] || fail "it is not aborted: $(cat case/err)"
! grep -v "^message\[$pid\]: hakmem: [a-zA-Z/]" case/err | grep -v Abort ||
	fail "see above"
for what in HAKMEM_PREWARM version 'P0 class' 'event [0-9]*, thread' 'free()'; do
	grep -q ": hakmem: .*$what" case/err || fail "no line about $what: $(cat case/err)"
done
