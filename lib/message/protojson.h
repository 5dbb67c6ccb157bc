#ifndef KITH_MESSAGE_PROTOJSON_H
#define KITH_MESSAGE_PROTOJSON_H

#include "wire/strict.h"

#include "message/place.h"
#include "json/json.h"

/*
 * ProtoJSON over the descriptors of protobuf-c, for messages made of texts, codes, whole
 * numbers, booleans, timestamps, and lists and messages of these.
 *
 * Reading is strict: a member that is not known is a problem, not something to skip, for
 * it may be a mistyped safety field.
 */
enum { LIST_MAX = 200 /* items */ };

/* Reads all that it can, and reports every problem; the message is the caller's to free
   (protobuf_c_message_free_unpacked) and of use only when no problem was added. */
ProtobufCMessage *protojson_read(const json_t *json,
                                 const ProtobufCMessageDescriptor *descriptor,
                                 const struct place *place, struct problems *problems);

/* What is not set is left out. */
json_t *protojson_write(const ProtobufCMessage *message);

#endif
