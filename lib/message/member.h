#ifndef KITH_MESSAGE_MEMBER_H
#define KITH_MESSAGE_MEMBER_H

#include "wire/strict.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * The members of a protobuf message, seen through its descriptor: their names in JSON and
 * where their values stand in memory.
 */
enum { MEMBER_NAME_MAX = 64 };

/* "date_of_birth" as "dateOfBirth", at most MEMBER_NAME_MAX bytes with the NUL. */
void member_json_name(char json_name[MEMBER_NAME_MAX], const char *name);

/* By either name; NULL when there is none. */
const ProtobufCFieldDescriptor *member_named(const ProtobufCMessageDescriptor *descriptor,
                                             const char *name);
/* The JSON name of the member that was probably meant, or NULL. */
const char *member_nearest(const ProtobufCMessageDescriptor *descriptor, const char *name,
                           char json_name[MEMBER_NAME_MAX]);

bool member_is_list(const ProtobufCFieldDescriptor *member);
bool member_is_message(const ProtobufCFieldDescriptor *member);
bool member_is_timestamp(const ProtobufCFieldDescriptor *member);

/* The memory of its value; of a list, of the pointer to its items. */
void *member_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member);
/* The number of items of a list. */
size_t *member_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member);
/* Bytes of one value. */
size_t member_size(const ProtobufCFieldDescriptor *member);

/* A number that counts when it is given, be it 0: the only member of a oneof, which is what
   `optional` is on the wire and protobuf-c does not know. */
bool member_has_presence(const ProtobufCFieldDescriptor *member);
/* Its value has been written. */
void member_give(ProtobufCMessage *message, const ProtobufCFieldDescriptor *member);

/* Does it hold anything?  A message in which nothing is set holds nothing. */
bool member_is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member);
/* Both messages hold the same value afterwards; one of them must forget it before either
   is freed. */
void member_share(ProtobufCMessage *to, const ProtobufCMessage *from,
                  const ProtobufCFieldDescriptor *member);
/* Not set, and nothing is freed. */
void member_forget(ProtobufCMessage *message, const ProtobufCFieldDescriptor *member);

ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *descriptor);

#endif
