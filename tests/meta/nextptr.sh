#!/bin/sh
# SPDX-License-Identifier: MIT
# Links inside blocks are read and written by tiny_nextptr alone.  A raw access
# needs either a cast to a pointer to a pointer or to a pointer-wide integer
# that is dereferenced at once, or a copy to or from a pointer variable.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

raw='\*[[:space:]]*\([^()]*(\*[[:space:]]*(const[[:space:]]*)?\*|uintptr_t[[:space:]]*\*|size_t[[:space:]]*\*|uint64_t[[:space:]]*\*)\)|mem(cpy|move)\([^;]*sizeof\((void \*|next|link)'
accesses=$(grep -nE "$raw" $(library_files) || :)

case $accesses in
*lib/nextptr/tiny_nextptr.h*) ;;
*) verdict "tiny_nextptr is where links are touched" \
	"lib/nextptr/tiny_nextptr.h shows no access to a link: has this test gone blind?" ;;
esac
verdict "links are touched by lib/nextptr alone; use tiny_next_load() and tiny_next_store()" \
	"$(printf '%s\n' "$accesses" | grep -v '^lib/nextptr/' || :)"
