/* SPDX-License-Identifier: MIT */
/* text: numbers and names as people read them. */
#ifndef HAKMEM_HEAP_TEXT_H
#define HAKMEM_HEAP_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Room for each number that is made here. */
#define NUMBER_SIZE 16

/* Puts ? where there is a control character or no UTF-8: names come from elsewhere. */
void text_clean(char *text);

/* Three digits and a unit, such as "1.50 MiB"; the unit is "bytes", or it is a count. */
const char *text_number(char *out, uint64_t value, const char *unit);

/* The same with a sign: by how much `after` is more than `before`. */
const char *text_growth(char *out, uint64_t before, uint64_t after, const char *unit);

/* Such as " 64.0%". */
const char *text_share(char *out, uint64_t part, uint64_t whole);

/* Number of characters; bytes of the first `characters` of them. */
size_t text_length(const char *text);
size_t text_prefix(const char *text, size_t characters);

/* What follows the last slash. */
const char *text_base(const char *path);

#endif /* HAKMEM_HEAP_TEXT_H */
