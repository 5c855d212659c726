/* SPDX-License-Identifier: MIT */
/*
 * mid_large_mt: blocks of 8 to 32 KiB, each thread with slots of its own.
 *
 * One op picks a random slot: a full one is freed, an empty one filled; so
 * runs of frees and of mallocs alternate, unlike pool_tls.
 */
#include "common.h"

int main(int argc, char **argv)
{
	return team_main(argc, argv, 8 * KIB, 32 * KIB, slots_toggle);
}
