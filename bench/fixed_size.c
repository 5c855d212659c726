/* SPDX-License-Identifier: MIT */
/* fixed_size: random_mixed with blocks of one size. */
#include "common.h"

int main(int argc, char **argv)
{
	return slots_main(argc, argv, "[--dry] OPS SIZE SEED [SLOTS]", false);
}
