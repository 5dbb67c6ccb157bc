#include "message/protojson.h"

#include <string.h>

#include "core/mem.h"
#include "message/member.h"
#include "message/scalar.h"

/* --- Any value -------------------------------------------------------------------------- */

static void
read_value(const struct reading *reading, const json_t *json, void *value)
{
    int64_t number = 0;

    if (json_is_null(json)) {
        complain_at(reading->problems, reading->place, "is null; leave it out");
        return;
    }
    switch (reading->member->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)value = member_is_timestamp(reading->member)
                                          ? read_timestamp(reading, json)
                                          : protojson_read(json, reading->member->descriptor,
                                                           reading->place, reading->problems);
        return;
    case PROTOBUF_C_TYPE_STRING: read_text(reading, json, value); return;
    case PROTOBUF_C_TYPE_ENUM: read_code(reading, json, value); return;
    case PROTOBUF_C_TYPE_BOOL: read_boolean(reading, json, value); return;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        read_amount(reading, json, &number);
        *(int32_t *)value = (int32_t)number;
        return;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        read_number(reading, json, 0, UINT32_MAX, &number);
        *(uint32_t *)value = (uint32_t)number;
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        read_number(reading, json, INT64_MIN, INT64_MAX, value);
        return;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BYTES: break;
    }
    complain_at(reading->problems, reading->place, "cannot be written in JSON");
}

/* --- Lists ------------------------------------------------------------------------------ */

/* Every item is something that can be freed, whatever problem it had. */
static void
fill_item(const ProtobufCFieldDescriptor *member, void *value)
{
    if (member->type == PROTOBUF_C_TYPE_STRING && *(char **)value == NULL)
        *(char **)value = mem_text("");
    if (member_is_message(member) && *(ProtobufCMessage **)value == NULL)
        *(ProtobufCMessage **)value = message_new(member->descriptor);
}

static void
read_list(const struct reading *reading, const json_t *json, ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *member = reading->member;
    size_t count = json_array_size(json);
    char *items;

    if (!json_is_array(json)) {
        complain_at(reading->problems, reading->place, "must be a list");
        return;
    }
    if (count > LIST_MAX) {
        complain_at(reading->problems, reading->place, "has more than %d items", LIST_MAX);
        return;
    }
    if (count == 0)
        return;
    items = mem_array(count, member_size(member));
    for (size_t i = 0; i < count; i++) {
        struct place place = place_item(reading->place, i);
        struct reading item = { member, &place, reading->problems };

        read_value(&item, json_array_get(json, i), items + i * member_size(member));
        fill_item(member, items + i * member_size(member));
    }
    *member_count(message, member) = count;
    *(char **)member_value(message, member) = items;
}

/* --- Messages --------------------------------------------------------------------------- */

static void
complain_of_name(const ProtobufCMessageDescriptor *descriptor, const char *name,
                 const struct place *place, struct problems *problems)
{
    char nearest[MEMBER_NAME_MAX];

    if (strcmp(name, "privileged") == 0)
        complain_at(problems, place,
                    "is not known here; what is legally privileged cannot be shared, and Kith "
                    "does not send it");
    else if (member_nearest(descriptor, name, nearest) != NULL)
        complain_at(problems, place, "is not known here; did you mean \"%s\"?", nearest);
    else
        complain_at(problems, place, "is not known here");
}

static void
read_single(const struct reading *reading, const json_t *json, ProtobufCMessage *message)
{
    read_value(reading, json, member_value(message, reading->member));
    member_give(message, reading->member);
}

static void
read_member(const char *name, const json_t *json, ProtobufCMessage *message,
            const json_t *object, const struct place *place, struct problems *problems)
{
    const ProtobufCFieldDescriptor *member = member_named(message->descriptor, name);
    struct reading reading = { member, place, problems };
    char json_name[MEMBER_NAME_MAX];

    if (member == NULL) {
        complain_of_name(message->descriptor, name, place, problems);
        return;
    }
    member_json_name(json_name, member->name);
    if (strcmp(name, json_name) != 0 && json_object_get(object, json_name) != NULL)
        complain_at(problems, place, "is given a second time as \"%s\"", json_name);
    else if (json_is_null(json))
        complain_at(problems, place, "is null; leave it out");
    else if (member_is_list(member))
        read_list(&reading, json, message);
    else
        read_single(&reading, json, message);
}

ProtobufCMessage *
protojson_read(const json_t *json, const ProtobufCMessageDescriptor *descriptor,
               const struct place *place, struct problems *problems)
{
    ProtobufCMessage *message = message_new(descriptor);
    const char *name;
    json_t *item;

    if (!json_is_object(json)) {
        complain_at(problems, place, "must be an object");
        return message;
    }
    json_object_foreach((json_t *)(uintptr_t)json, name, item)
    {
        struct place member = place_member(place, name);

        read_member(name, item, message, json, &member, problems);
    }
    return message;
}
