#!/bin/sh
# SPDX-License-Identifier: MIT
# What abi.sh asks of -version-info, tried on a library of two functions that
# stays as it is, gets one more, or loses one.
. "${abs_top_srcdir:?}/tests/common.sh"

need abidiff abidw readelf
mkdir -p tree/include tree/lib tree/tests/packages
abi=tree/tests/packages/abi.sh
cp "$abs_top_srcdir/tests/packages/abi.sh" "$abi"
cat >tree/include/hakmem.h <<'HEADER'
struct pair { int left; int right; };
int one(const struct pair *p);
int two(int number);
int three(int number);
HEADER

# library NAME FLAG...: lib/NAME.so from the functions that the flags leave in.
library() {
	name=$1
	shift
	cat >source.c <<'SOURCE'
#include "hakmem.h"
int one(const struct pair *p) { return p->left; }
#ifndef LOSES
int two(int number) { return number; }
#endif
#ifdef GETS
int three(int number) { return number; }
#endif
SOURCE
	${CC:-cc} -g -shared -fPIC -Itree/include "$@" -o "$name.so" source.c ||
		fail "a library does not compile"
}

# version C:R:A
version() {
	echo "libhakmem_la_LDFLAGS = -version-info $1" >tree/lib/lib.am
}

# judge LIBRARY: the status of abi.sh.
judge() {
	hak_library=$work/$1.so hak_cxx_operators=yes sh "$abi" >said 2>&1
}

accepts() {
	version "$2"
	judge "$1" || fail "$2 is refused for one that $1: $(cat said)"
}

refuses() {
	version "$2"
	! judge "$1" || fail "$2 is accepted for one that $1"
}

library stays
library gets -DGETS
library loses -DLOSES
version 3:1:2
sh "$abi" --write stays.so >tree/tests/packages/libhakmem.abi
status=0
judge stays || status=$?
[ "$status" -ne 77 ] || skip "$(cat said)"

accepts stays 3:1:2
accepts stays 3:2:2
refuses stays 3:0:2
refuses stays 2:0:2
accepts gets 4:0:3
accepts gets 4:0:0
refuses gets 3:2:2
refuses gets 4:0:2
refuses gets 4:1:3
refuses gets 3:1:3
accepts loses 4:0:0
refuses loses 4:0:3
refuses loses 4:1:0
refuses loses 3:2:2
refuses loses 3:0:0
