# SPDX-License-Identifier: MIT
# Compares the hits that probes.c prints with what probes_program.c did, and writes a line
# for each difference.  mean: of the distance between samples; 0: there are none.

function wrong(what) {
	print "line " NR ": " what
}

function weight_of(size) {
	return size / (1 - exp(-size / mean))
}

# The variance of the estimate of BYTES in blocks of SIZE.
function variance(bytes, size) {
	return bytes * (weight_of(size) - size)
}

function within(got, want, most) {
	return got - want <= most && want - got <= most
}

BEGIN {
	MIB = 1048576
}

$1 == "mark" {
	if (++marks == 2)
		for (block in live)
			if (size[block] == 1000)
				wrong(block " was freed, and there was no hit")
	next
}

$1 == "otel_memory:alloc" {
	if (marks != 1)
		wrong("the semaphore is 0")
	if (!within($4, weight_of($3), 1))
		wrong("the weight is not " weight_of($3) ": " $0)
	live[$2]
	size[$2] = $3
	sum += $4
	next
}

$1 == "otel_memory:free" {
	if (marks != 1)
		wrong("the semaphore is 0")
	if (!($2 in live))
		wrong($2 " was not sampled")
	delete live[$2]
	frees++
	next
}

$1 == "hakmem:map" || $1 == "hakmem:unmap" || $1 == "hakmem:purge" {
	if ($2 % 4096 != 0 || $3 % 4096 != 0 || $3 == 0)
		wrong("these are no pages: " $0)
	hit[$1]++
	if ($1 == "hakmem:map" && $3 >= 64 * MIB) {
		huge = $2
		huge_end = $2 + $3
	}
	if ($1 == "hakmem:unmap" && $2 <= huge && huge_end <= $2 + $3)
		unmapped++
	next
}

$1 == "hakmem:bad_free" {
	bad[$2] = substr($0, length($1 $2) + 3)
	next
}

$1 == "allocated" {
	allocated = $2
	next
}

$1 == "mapped" {
	if (!(huge <= $2 && $2 + 64 * MIB <= huge_end))
		wrong($2 " was mapped, and there was no hit")
	next
}

$1 == "bad" {
	if (bad[$2] != "invalid pointer ")
		wrong("of a pointer to the stack: \"" bad[$2] "\"")
	if (bad[$3] != "double free of ")
		wrong("of a block that is freed twice: \"" bad[$3] "\"")
	complete++
	next
}

{
	wrong("this is nothing known: " $0)
}

END {
	if (!complete)
		wrong("the end is missing")
	if (!unmapped || !hit["hakmem:purge"])
		wrong("a probe of memory was never hit")
	# A half in blocks of 1,000 bytes, an eighth and seven eighths of the other half in
	# blocks of 250 and 1,750.
	if (mean) {
		squares = variance(allocated / 2, 1000)
		squares += variance(allocated / 16, 250)
		squares += variance(allocated * 7 / 16, 1750)
		if (!frees || !within(sum, allocated, 5 * sqrt(squares)))
			wrong("samples stand for " sum " bytes, and not " allocated)
	}
}
