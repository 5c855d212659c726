/* SPDX-License-Identifier: MIT */
/*
 * pool_tls: blocks of 8 to 52 KiB, each thread with slots of its own.
 *
 * One op picks a random slot, frees its block and puts a new one there.
 */
#include "common.h"

int main(int argc, char **argv)
{
	return team_main(argc, argv, 8 * KIB, 52 * KIB, slots_replace);
}
