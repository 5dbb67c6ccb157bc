#ifndef KITH_WIRE_STRICT_H
#define KITH_WIRE_STRICT_H

#include <protobuf-c/protobuf-c.h>

#include "core/bytes.h"
#include "core/err.h"

/*
 * Protobuf, strictly: bytes are accepted only when they are exactly what packing their
 * content gives.  That refuses unknown fields at every depth, enum numbers that were not
 * declared, invalid UTF-8, fields given twice or out of order, numbers longer than they
 * need be, and anything after the end.  Memory used while unpacking is counted and
 * limited to a small multiple of the input.
 */

/* *message is the caller's: protobuf_c_message_free_unpacked(message, NULL). */
enum err strict_unpack(ProtobufCMessage **message, const ProtobufCMessageDescriptor *descriptor,
                       struct bytes packed, size_t max) MUST_CHECK;

/* Appends the packed message. */
void strict_pack(const ProtobufCMessage *message, struct buffer *out);

#endif
