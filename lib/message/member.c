#include "message/member.h"

#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

/* --- Names ---------------------------------------------------------------------------- */

void
member_json_name(char json_name[MEMBER_NAME_MAX], const char *name)
{
    size_t len = 0;

    for (bool upper = false; *name != 0 && len + 1 < MEMBER_NAME_MAX; name++) {
        if (*name == '_') {
            upper = true;
            continue;
        }
        json_name[len++] =
            upper && *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
        upper = false;
    }
    json_name[len] = 0;
}

const ProtobufCFieldDescriptor *
member_named(const ProtobufCMessageDescriptor *descriptor, const char *name)
{
    char json_name[MEMBER_NAME_MAX];

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        member_json_name(json_name, descriptor->fields[i].name);
        if (strcmp(json_name, name) == 0 || strcmp(descriptor->fields[i].name, name) == 0)
            return &descriptor->fields[i];
    }
    return NULL;
}

static const char *
proto_name_at(const void *descriptor, size_t i)
{
    const ProtobufCMessageDescriptor *message = descriptor;

    return i < message->n_fields ? message->fields[i].name : NULL;
}

/* Compares in the form of the .proto, so that a wrong case costs as little as it should. */
static void
proto_name(char name[MEMBER_NAME_MAX], const char *json_name)
{
    size_t len = 0;

    for (; *json_name != 0 && len + 2 < MEMBER_NAME_MAX; json_name++) {
        bool upper = *json_name >= 'A' && *json_name <= 'Z';

        if (upper && len > 0)
            name[len++] = '_';
        name[len++] = upper ? (char)(*json_name - 'A' + 'a') : *json_name;
    }
    name[len] = 0;
}

const char *
member_nearest(const ProtobufCMessageDescriptor *descriptor, const char *name,
               char json_name[MEMBER_NAME_MAX])
{
    char written[MEMBER_NAME_MAX];
    const char *nearest;

    proto_name(written, name);
    nearest = text_nearest(written, proto_name_at, descriptor);
    if (nearest == NULL)
        return NULL;
    member_json_name(json_name, nearest);
    return json_name;
}

/* --- Values ---------------------------------------------------------------------------- */

bool
member_is_list(const ProtobufCFieldDescriptor *member)
{
    return member->label == PROTOBUF_C_LABEL_REPEATED;
}

bool
member_is_message(const ProtobufCFieldDescriptor *member)
{
    return member->type == PROTOBUF_C_TYPE_MESSAGE;
}

bool
member_is_timestamp(const ProtobufCFieldDescriptor *member)
{
    return member_is_message(member)
           && strcmp(((const ProtobufCMessageDescriptor *)member->descriptor)->name,
                     "google.protobuf.Timestamp")
                  == 0;
}

void *
member_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    return (char *)(uintptr_t)message + member->offset;
}

size_t *
member_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    return (size_t *)(void *)((char *)(uintptr_t)message + member->quantifier_offset);
}

bool
member_has_presence(const ProtobufCFieldDescriptor *member)
{
    return (member->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

/* The number of the member of a oneof that is given, 0 for none. */
static uint32_t *
member_given(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    return (uint32_t *)(void *)((char *)(uintptr_t)message + member->quantifier_offset);
}

void
member_give(ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    if (member_has_presence(member))
        *member_given(message, member) = member->id;
}

size_t
member_size(const ProtobufCFieldDescriptor *member)
{
    switch (member->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT: return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return 8;
    case PROTOBUF_C_TYPE_ENUM: return sizeof(int);
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES: break;
    }
    return sizeof(ProtobufCBinaryData);
}

static bool
message_holds_something(const ProtobufCMessage *message)
{
    if (message == NULL)
        return false;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (member_is_set(message, &message->descriptor->fields[i]))
            return true;
    return false;
}

bool
member_is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    static const char zeroes[sizeof(ProtobufCBinaryData)];
    const void *value = member_value(message, member);

    if (member_is_list(member))
        return *member_count(message, member) > 0;
    if (member_has_presence(member))
        return *member_given(message, member) == member->id;
    if (member_is_timestamp(member))
        return *(void *const *)value != NULL;
    if (member_is_message(member))
        return message_holds_something(*(ProtobufCMessage *const *)value);
    if (member->type == PROTOBUF_C_TYPE_STRING)
        return *(char *const *)value != NULL && **(char *const *)value != 0;
    return memcmp(value, zeroes, member_size(member)) != 0;
}

void
member_share(ProtobufCMessage *to, const ProtobufCMessage *from,
             const ProtobufCFieldDescriptor *member)
{
    if (member_is_list(member))
        *member_count(to, member) = *member_count(from, member);
    if (member_has_presence(member))
        *member_given(to, member) = *member_given(from, member);
    memcpy(member_value(to, member), member_value(from, member),
           member_is_list(member) ? sizeof(void *) : member_size(member));
}

void
member_forget(ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    const char *empty = protobuf_c_empty_string;
    void *value = member_value(message, member);

    if (member_has_presence(member))
        *member_given(message, member) = 0;
    if (member_is_list(member)) {
        *member_count(message, member) = 0;
        memset(value, 0, sizeof(void *));
    } else if (member->type == PROTOBUF_C_TYPE_STRING) {
        memcpy(value, &empty, sizeof(empty));
    } else {
        memset(value, 0, member_size(member));
    }
}

ProtobufCMessage *
message_new(const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = mem_new(descriptor->sizeof_message);

    descriptor->message_init(message);
    return message;
}
