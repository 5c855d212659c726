/* SPDX-License-Identifier: MIT */
#include "proto.h"

#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_BYTES = 2 };

void proto_varint(struct proto *m, uint64_t value)
{
	do {
		unsigned char byte = value & 0x7F;

		value >>= 7;
		if (m->length < PROTO_MAX)
			m->bytes[m->length++] = byte | (value != 0 ? 0x80 : 0);
	} while (value != 0);
}

void proto_number(struct proto *m, unsigned field, uint64_t value)
{
	if (value == 0)
		return;
	proto_varint(m, field << 3 | WIRE_VARINT);
	proto_varint(m, value);
}

void proto_bytes(struct proto *m, unsigned field, const void *bytes, size_t size)
{
	proto_varint(m, field << 3 | WIRE_BYTES);
	proto_varint(m, size);
	if (size > PROTO_MAX - m->length)
		size = PROTO_MAX - m->length;
	memcpy(m->bytes + m->length, bytes, size);
	m->length += size;
}
