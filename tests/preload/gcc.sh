#!/bin/sh
# SPDX-License-Identifier: MIT
# gcc compiles something large; the object code is the same to the byte.
. "$abs_top_srcdir/tests/common.sh"

need gcc
awk 'BEGIN {
	print "struct node { struct node *next; int value[8]; };"
	for (i = 0; i < 600; i++) {
		printf "int f%d(struct node *n, int x)\n{\n\tint sum = %d;\n", i, i
		printf "\tfor (; n; n = n->next)\n\t\tfor (int i = 0; i < 8; i++)\n"
		printf "\t\t\tswitch ((n->value[i] ^ x) %% 7) {\n"
		for (j = 0; j < 6; j++)
			printf "\t\t\tcase %d: sum = sum * %d + i; break;\n", j, i + j
		printf "\t\t\tdefault: sum -= x << (i & 3);\n\t\t\t}\n"
		printf "\treturn sum%s;\n}\n", i ? " + f" i - 1 "(0, x)" : ""
	}
}' >"$work/large.c"

# cc1 is the process that does the work.
same cc1 gcc -O2 -c "$work/large.c" -o large.o
cmp without/large.o with/large.o ||
	fail "gcc makes other object code with the library"
