/* SPDX-License-Identifier: MIT */
/*
 * shadow: which bytes of the address space belong to a live block, kept in
 * mappings of its own.  Lock-free, so a thread may be anywhere in it when
 * another forks.
 */
#ifndef HAK_SOAK_SHADOW_H
#define HAK_SOAK_SHADOW_H

#include <stdbool.h>
#include <stddef.h>

/* Once, before all else.  False: the system has no memory for it. */
bool shadow_start(void);

/* The address space that it takes. */
size_t shadow_bytes(void);

/* False: some of these bytes belong to another block, which is so no longer. */
bool shadow_claim(const void *block, size_t size);

/* The address space that it takes. */
size_t shadow_bytes(void);

/* False: some of these bytes belonged to nobody. */
bool shadow_release(const void *block, size_t size);

#endif /* HAK_SOAK_SHADOW_H */
