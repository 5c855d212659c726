#!/bin/sh
# SPDX-License-Identifier: MIT
# The completion of bash offers what the programs know: all options of their help, the
# commands, variables and their values, and processes; each name has its files where
# `make install` puts them.  zsh can read its own.
. "$abs_top_srcdir/tests/common.sh"

need bash
tools=$abs_top_builddir/tools
[ -x "$tools/hakmem-run" ] || skip "hakmem-run is not built"
mkdir bin
ln -s "$tools/hakmem-run" "$tools/hakmem-stat" bin
preload=$tools/hakmem-preload
[ -e "$preload" ] || preload=$abs_top_srcdir/tools/hakmem-preload
ln -s "$preload" bin
[ ! -x "$tools/hakmem-bench/hakmem-bench" ] || ln -s "$tools/hakmem-bench/hakmem-bench" bin
[ ! -x "$tools/hakmem-heap/hakmem-heap" ] || ln -s "$tools/hakmem-heap/hakmem-heap" bin
PATH=$work/bin:$PATH
script=$abs_top_srcdir/tools/completion/hakmem.bash

# offered WORD...: what bash would offer for the last word of this command line, in which
# an equals sign is a word, as it is for bash.
offered() {
	# shellcheck disable=SC2016 # for bash
	bash -c '
		. "$0"
		compopt() { :; }
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_hakmem "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' "$script" "$@" >offered
}

# expects WORDS WORD...: these are offered, and nothing else.
expects() {
	expected=$(printf '%s\n' $1 | sort)
	shift
	offered "$@"
	[ "$(sort offered)" = "$expected" ] ||
		fail "for '$*' bash offers '$(tr '\n' ' ' <offered)', not '$expected'"
}

# Every option that the help of a program names by two dashes.
for path in bin/*; do
	program=${path#bin/}
	[ "$program" != hakmem-preload ] || interpreter=sh
	expected=$(${interpreter:-} "$path" --help | sed -n 's/^ *-/-/p' | sed 's/  .*//' |
		tr -s ' ,=[' '\n' | grep -- '^--' | sort -u)
	interpreter=
	[ -n "$expected" ] || fail "the help of $program names no option"
	offered "$program" --
	[ "$(sort -u offered)" = "$expected" ] ||
		fail "$program: $(cat offered) is offered, not $expected"
done

expects '--help-env --help' hakmem-run --he
expects HAKMEM_PREWARM= hakmem-run HAKMEM_PREW
expects 'adaptive no eager' hakmem-run HAKMEM_PREWARM =
expects eager hakmem-run HAKMEM_PREWARM = ea
expects '' hakmem-run HAKMEM_LIMIT_MB = 1
offered hakmem-run HAKMEM_STATS = 1 -- sor
grep -qx sort offered || fail "hakmem-run does not offer programs after --"
expects "$work/bin" hakmem-run -- ls "$work/bi"
expects 'disable' hakmem-preload di
expects 'status' hakmem-preload --root / st
if [ -x bin/hakmem-bench ]; then
	expects 'sweep sweep-threads' hakmem-bench sw
	expects 'fixed-size' hakmem-bench compare fixed
fi
if [ -x bin/hakmem-heap ]; then
	expects 'tree top' hakmem-heap t
	expects 'inuse_objects inuse_space' hakmem-heap top --value in
	expects "$work/bin" hakmem-heap top "$work/bi"
fi

# A process that uses the library, seen from beside it.
mkfifo hold
LD_PRELOAD=$hak_library sh -c 'echo ready >ready; read -r line' <hold &
process=$!
exec 3>hold
while [ ! -s ready ]; do
	sleep 0.1
done
offered hakmem-stat "$process"
grep -qx "$process" offered || fail "hakmem-stat does not offer $process: $(cat offered)"
exec 3>&-
wait "$process" || :

# `make install` into a folder of its own.
make -s -C "$abs_top_builddir" install-completion DESTDIR="$work/root" >log 2>&1 ||
	fail "make install-completion: $(cat log)"
for program in hakmem-bench hakmem-heap hakmem-preload hakmem-run hakmem-stat; do
	file=$(find root -path "*/bash-completion/completions/$program")
	[ -n "$file" ] && bash -n "$file" || fail "bash finds no completion of $program"
	grep -q "^#compdef.* $program" "$abs_top_srcdir/tools/completion/_hakmem" ||
		fail "zsh finds no completion of $program"
done
[ -n "$(find root -path '*/zsh/*/_hakmem')" ] || fail "_hakmem is not installed"
! command -v zsh >/dev/null || zsh -n "$abs_top_srcdir/tools/completion/_hakmem" ||
	fail "zsh cannot read its completion"
