# SPDX-License-Identifier: MIT
# A C compiler on many functions.
needs=gcc who=cc1

prepare() {
	awk -v functions=$((180 / part)) 'BEGIN {
		for (i = 0; i < functions; i++) {
			printf "struct s%d { int a, b[%d]; double c; };\n", i, i % 9 + 1
			printf "double f%d(struct s%d *s, int n)\n{\n\tdouble t = 0;\n", i, i
			printf "\tfor (int i = 0; i < n; i++) {\n"
			printf "\t\tswitch (s[i].a %% 5) {\n"
			for (j = 0; j < 4; j++)
				printf "\t\tcase %d: t += s[i].b[%d] * %d.5; break;\n", j, i % 9 ? 1 : 0, i + j
			printf "\t\tdefault: t -= s[i].c;\n\t\t}\n\t}\n\treturn t;\n}\n"
		}
	}' >job.c
	run='exec gcc -O2 -S -o - job.c'
}
