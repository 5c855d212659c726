/* SPDX-License-Identifier: MIT */
/* profiler: one message of protobuf's encoding, in a buffer. */
#ifndef HAK_PROFILER_PROTO_H
#define HAK_PROFILER_PROTO_H

#include <stddef.h>
#include <stdint.h>

/* The longest that is made here: a sample of SITE_DEPTH addresses of 10 bytes. */
#define PROTO_MAX 2048

struct proto {
	size_t length;
	unsigned char bytes[PROTO_MAX];
};

/* What does not fit is left out; nothing that long is made. */
void proto_varint(struct proto *m, uint64_t value);
/* A field with a number; 0 is what a reader takes for a field that is not there. */
void proto_number(struct proto *m, unsigned field, uint64_t value);
/* A field with bytes: a text, packed numbers, or a message. */
void proto_bytes(struct proto *m, unsigned field, const void *bytes, size_t size);

#endif /* HAK_PROFILER_PROTO_H */
