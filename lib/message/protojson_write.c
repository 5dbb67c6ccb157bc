#include "message/protojson.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/instant.h"
#include "message/member.h"
#include <google/protobuf/timestamp.pb-c.h>

/* With 0, 3, 6 or 9 decimals, as ProtoJSON has them; null for what is no time that can be
   written. */
static json_t *
write_timestamp(const Google__Protobuf__Timestamp *timestamp)
{
    const int64_t far_s = INT64_C(1) << 40;
    char text[INSTANT_TEXT], decimals[16];
    int shown = timestamp->nanos % 1000000 == 0 ? 3 : timestamp->nanos % 1000 == 0 ? 6 : 9;

    if (timestamp->seconds < -far_s || timestamp->seconds > far_s
        || !instant_exists((struct instant){ timestamp->seconds * 1000 })
        || timestamp->nanos < 0 || timestamp->nanos > 999999999)
        return json_null();
    instant_write(text, (struct instant){ timestamp->seconds * 1000 });
    if (timestamp->nanos != 0) {
        snprintf(decimals, sizeof(decimals), "%09d", (int)timestamp->nanos);
        snprintf(text + strlen(text) - 1, sizeof(text) - strlen(text) + 1, ".%.*sZ", shown,
                 decimals);
    }
    return json_string(text);
}

static json_t *
write_signed(int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    return json_string(text);
}

static json_t *
write_unsigned(uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    return json_string(text);
}

static json_t *
write_code(const ProtobufCEnumDescriptor *descriptor, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(descriptor, number);

    return json_string(value == NULL ? "UNSPECIFIED" : value->name);
}

static json_t *
write_value(const ProtobufCFieldDescriptor *member, const void *value)
{
    if (member_is_timestamp(member))
        return write_timestamp(*(Google__Protobuf__Timestamp *const *)value);
    switch (member->type) {
    case PROTOBUF_C_TYPE_MESSAGE: return protojson_write(*(ProtobufCMessage *const *)value);
    case PROTOBUF_C_TYPE_STRING: return json_string(*(char *const *)value);
    case PROTOBUF_C_TYPE_ENUM: return write_code(member->descriptor, *(const int *)value);
    case PROTOBUF_C_TYPE_BOOL: return json_boolean(*(const protobuf_c_boolean *)value);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32: return json_integer(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32: return json_integer(*(const uint32_t *)value);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64: return write_signed(*(const int64_t *)value);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: return write_unsigned(*(const uint64_t *)value);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BYTES: break;
    }
    return json_null();
}

static json_t *
write_list(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    const char *items = *(char *const *)member_value(message, member);
    json_t *list = json_array();

    for (size_t i = 0; i < *member_count(message, member); i++)
        json_array_append_new(list, write_value(member, items + i * member_size(member)));
    return list;
}

/* A message counts as set when it is there, be it empty, as everywhere in ProtoJSON. */
static bool
is_written(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    if (!member_is_list(member) && member_is_message(member))
        return *(void *const *)member_value(message, member) != NULL;
    return member_is_set(message, member);
}

json_t *
protojson_write(const ProtobufCMessage *message)
{
    json_t *object = json_object();
    char name[MEMBER_NAME_MAX];

    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &message->descriptor->fields[i];

        if (!is_written(message, member))
            continue;
        member_json_name(name, member->name);
        json_object_set_new(object, name,
                            member_is_list(member)
                                ? write_list(message, member)
                                : write_value(member, member_value(message, member)));
    }
    return object;
}
