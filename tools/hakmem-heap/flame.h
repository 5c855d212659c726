/* SPDX-License-Identifier: MIT */
/* flame: what runs inside of the picture. */
#ifndef HAKMEM_HEAP_FLAME_H
#define HAKMEM_HEAP_FLAME_H

/*
 * A click on a box makes it as wide as the picture; one on the lowest shows all again.
 * Uses margin, all, letter and padding, which stand before it.
 */
extern const char flame_script[];

#endif /* HAKMEM_HEAP_FLAME_H */
