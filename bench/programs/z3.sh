# SPDX-License-Identifier: MIT
# A solver: pigeons without enough holes, and multiplication of bit vectors.
needs=z3 who=z3

prepare() {
	holes=8
	[ "$part" -le 1 ] || holes=6
	awk -v holes=$holes 'BEGIN {
		n = holes
		for (p = 0; p <= n; p++)
			for (h = 0; h < n; h++)
				printf "(declare-const p%dh%d Bool)\n", p, h
		for (p = 0; p <= n; p++) {
			printf "(assert (or"
			for (h = 0; h < n; h++)
				printf " p%dh%d", p, h
			print "))"
		}
		for (h = 0; h < n; h++)
			for (p = 0; p <= n; p++)
				for (q = p + 1; q <= n; q++)
					printf "(assert (not (and p%dh%d p%dh%d)))\n", p, h, q, h
		print "(check-sat)\n(reset)"
		print "(declare-const x (_ BitVec 32))\n(declare-const y (_ BitVec 32))"
		print "(assert (= (bvmul x y) #x3b9aca07))\n(assert (bvugt x #x00000001))"
		print "(assert (bvult x #x00010000))\n(assert (bvugt y #x00000001))"
		print "(assert (bvult y #x00010000))\n(check-sat)"
	}' >job.smt2
	run='exec z3 job.smt2'
}
