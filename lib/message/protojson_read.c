#include "message/protojson.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/mem.h"
#include "core/text.h"
#include "message/date.h"
#include "message/member.h"
#include "message/message.h"
#include <google/protobuf/timestamp.pb-c.h>

/* What is being read, and where a problem with it goes. */
struct reading {
    const ProtobufCFieldDescriptor *member;
    const struct place *place;
    struct problems *problems;
};

/* --- Texts and times -------------------------------------------------------------------- */

static bool
is_district(const char *name)
{
    return strcmp(name, "parish") == 0 || strcmp(name, "town") == 0;
}

static void
check_text(const struct reading *reading, const char *text)
{
    const char *name = reading->member->name;
    struct date date;

    if (strlen(text) > MESSAGE_TEXT_MAX)
        complain(reading->problems, reading->place,
                 "is longer than %d bytes, the most that can be sealed; shorten it",
                 MESSAGE_TEXT_MAX);
    else if (date_is_member(name) && *text != 0 && !date_read(&date, text))
        complain(reading->problems, reading->place,
                 "is not a date that exists; write YYYY-MM-DD, or YYYY-MM or YYYY when no "
                 "more is known");
    else if (is_district(name) && strlen(text) > FORM_DISTRICT_MAX)
        complain(reading->problems, reading->place,
                 "is longer than %d bytes, the most for a %s", FORM_DISTRICT_MAX, name);
}

static void
read_text(const struct reading *reading, const json_t *json, char **value)
{
    if (!json_is_string(json)) {
        complain(reading->problems, reading->place, "must be a text");
        return;
    }
    check_text(reading, json_string_value(json));
    if (*json_string_value(json) != 0 || member_is_list(reading->member))
        *value = mem_text(json_string_value(json));
}

static ProtobufCMessage *
read_timestamp(const struct reading *reading, const json_t *json)
{
    Google__Protobuf__Timestamp *timestamp =
        (void *)message_new(&google__protobuf__timestamp__descriptor);
    struct instant instant;

    if (!json_is_string(json) || !instant_read(&instant, json_string_value(json))) {
        complain(reading->problems, reading->place,
                 "is not a time; write it like 2026-11-25T17:25:00Z");
        return &timestamp->base;
    }
    timestamp->seconds = instant.ms / 1000 - (instant.ms % 1000 < 0);
    timestamp->nanos = (int32_t)(instant.ms - timestamp->seconds * 1000) * 1000000;
    return &timestamp->base;
}

/* --- Codes ------------------------------------------------------------------------------ */

enum { CODES_LISTED = 8 };

static const char *
code_at(const void *descriptor, size_t i)
{
    const ProtobufCEnumDescriptor *codes = descriptor;

    return i < codes->n_values ? codes->values[i].name : NULL;
}

/* "RED, AMBER, GREEN, BLUE": all but the first, which is "not stated". */
static void
list_codes(struct buffer *out, const ProtobufCEnumDescriptor *codes)
{
    for (unsigned i = 1; i < codes->n_values; i++)
        buffer_print(out, "%s%s", i > 1 ? ", " : "", codes->values[i].name);
}

static void
complain_of_code(const struct reading *reading, const char *written)
{
    const ProtobufCEnumDescriptor *codes = reading->member->descriptor;
    const char *nearest = text_nearest(written, code_at, codes);
    struct buffer list;

    if (nearest != NULL) {
        complain(reading->problems, reading->place,
                 "is not a code of this list; did you mean %s?", nearest);
    } else if (codes->n_values <= CODES_LISTED + 1) {
        buffer_init(&list, 256);
        list_codes(&list, codes);
        complain(reading->problems, reading->place, "must be one of %s", buffer_text(&list));
        buffer_clear(&list);
    } else {
        complain(reading->problems, reading->place, "is not a code of this list");
    }
}

static void
read_code(const struct reading *reading, const json_t *json, int *value)
{
    const ProtobufCEnumValue *code;

    if (!json_is_string(json)) {
        complain(reading->problems, reading->place, "must be a code, given by its name");
        return;
    }
    code = protobuf_c_enum_descriptor_get_value_by_name(reading->member->descriptor,
                                                        json_string_value(json));
    if (code == NULL)
        complain_of_code(reading, json_string_value(json));
    else
        *value = code->value;
}

/* --- Numbers ---------------------------------------------------------------------------- */

/* A JSON number, or a string of decimal digits. */
static bool
whole_number(const json_t *json, int64_t *number)
{
    const char *text = json_string_value(json);
    char *end;

    if (json_is_integer(json)) {
        *number = json_integer_value(json);
        return true;
    }
    if (text == NULL || text[strspn(text, "-0123456789")] != 0)
        return false;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == 0;
}

static void
read_number(const struct reading *reading, const json_t *json, int64_t least, int64_t most,
            int64_t *number)
{
    if (!json_is_integer(json) && !json_is_string(json))
        complain(reading->problems, reading->place, "must be a whole number");
    else if (!whole_number(json, number))
        complain(reading->problems, reading->place, "is not a whole number that fits");
    else if (*number < least || *number > most)
        complain(reading->problems, reading->place, "must be between %lld and %lld",
                 (long long)least, (long long)most);
    else
        return;
    *number = 0;
}

static void
read_boolean(const struct reading *reading, const json_t *json, protobuf_c_boolean *value)
{
    if (!json_is_boolean(json))
        complain(reading->problems, reading->place, "must be true or false");
    else
        *value = json_is_true(json);
}

/* --- Any value -------------------------------------------------------------------------- */

static void
read_value(const struct reading *reading, const json_t *json, void *value)
{
    int64_t number = 0;

    if (json_is_null(json)) {
        complain(reading->problems, reading->place, "is null; leave it out");
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
        read_number(reading, json, INT32_MIN, INT32_MAX, &number);
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
    complain(reading->problems, reading->place, "cannot be written in JSON");
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
        complain(reading->problems, reading->place, "must be a list");
        return;
    }
    if (count > LIST_MAX) {
        complain(reading->problems, reading->place, "has more than %d items", LIST_MAX);
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

    if (member_nearest(descriptor, name, nearest) != NULL)
        complain(problems, place, "is not known here; did you mean \"%s\"?", nearest);
    else
        complain(problems, place, "is not known here");
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
        complain(problems, place, "is given a second time as \"%s\"", json_name);
    else if (json_is_null(json))
        complain(problems, place, "is null; leave it out");
    else if (member_is_list(member))
        read_list(&reading, json, message);
    else
        read_value(&reading, json, member_value(message, member));
}

ProtobufCMessage *
protojson_read(const json_t *json, const ProtobufCMessageDescriptor *descriptor,
               const struct place *place, struct problems *problems)
{
    ProtobufCMessage *message = message_new(descriptor);
    const char *name;
    json_t *item;

    if (!json_is_object(json)) {
        complain(problems, place, "must be an object");
        return message;
    }
    json_object_foreach((json_t *)(uintptr_t)json, name, item)
    {
        struct place member = place_member(place, name);

        read_member(name, item, message, json, &member, problems);
    }
    return message;
}
