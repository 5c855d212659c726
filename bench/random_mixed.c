/* SPDX-License-Identifier: MIT */
/*
 * random_mixed: small blocks of mixed sizes, living for a random time.
 *
 * One op picks a random slot: a full one is freed, an empty one gets a block
 * of 1 to MAXSIZE bytes and its first byte written.
 */
#include "common.h"

int main(int argc, char **argv)
{
	return slots_main(argc, argv, "[--dry] OPS MAXSIZE SEED [SLOTS]", true);
}
