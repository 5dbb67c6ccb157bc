#include "message/scalar.h"

#include <errno.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/mem.h"
#include "core/text.h"
#include "message/date.h"
#include "message/member.h"
#include "message/message.h"

/* --- Texts and times -------------------------------------------------------------------- */

/* Nothing that a keyboard or a form gives, and much that fools a terminal. */
static bool
has_control_character(const char *text)
{
    struct bytes rest = bytes_of_text(text);
    size_t len;

    for (; rest.len > 0; rest = bytes_from(rest, len)) {
        uint32_t point = utf8_next(rest, &len);

        if ((point < 0x20 && point != '\n' && point != '\t' && point != '\r')
            || (point >= 0x7f && point < 0xa0))
            return true;
    }
    return false;
}

/* A street or a house number in the place of a parish would be shown as a district. */
static bool
names_a_place(const char *text)
{
    return strpbrk(text, "0123456789,;:/\n") == NULL;
}

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

    if (has_control_character(text))
        complain_at(reading->problems, reading->place,
                    "holds a control character; only new lines and tabs may stand in a text");
    else if (date_is_member(name) && *text != 0 && !date_read(&date, text))
        complain_at(reading->problems, reading->place,
                    "is not a date that exists; write YYYY-MM-DD, or YYYY-MM or YYYY when no "
                    "more is known");
    else if (is_district(name) && strlen(text) > FORM_DISTRICT_MAX)
        complain_at(reading->problems, reading->place,
                    "is longer than %d bytes, the most for a %s", FORM_DISTRICT_MAX, name);
    else if (is_district(name) && !names_a_place(text))
        complain_at(reading->problems, reading->place,
                    "is more than the name of a %s; put the address into \"lines\"", name);
}

void
read_text(const struct reading *reading, const json_t *json, char **value)
{
    if (!json_is_string(json)) {
        complain_at(reading->problems, reading->place, "must be a text");
        return;
    }
    check_text(reading, json_string_value(json));
    if (*json_string_value(json) != 0 || member_is_list(reading->member))
        *value = mem_text(json_string_value(json));
}

/* The decimals of a time that instant_read has taken: at most nine. */
static int32_t
nanoseconds_of(const char *text)
{
    const char *digit = strchr(text, '.');
    int32_t nanos = 0;

    if (digit == NULL)
        return 0;
    digit++;
    for (int i = 0; i < 9; i++) {
        bool given = *digit >= '0' && *digit <= '9';

        nanos = nanos * 10 + (given ? *digit++ - '0' : 0);
    }
    return nanos;
}

ProtobufCMessage *
read_timestamp(const struct reading *reading, const json_t *json)
{
    Google__Protobuf__Timestamp *timestamp =
        (void *)message_new(&google__protobuf__timestamp__descriptor);
    struct instant instant;

    if (!json_is_string(json) || !instant_read(&instant, json_string_value(json))
        || !instant_exists(instant)) {
        complain_at(reading->problems, reading->place,
                    "is not a time; write it like 2026-11-25T17:25:00Z");
        return &timestamp->base;
    }
    timestamp->seconds = instant.ms / 1000 - (instant.ms % 1000 < 0);
    timestamp->nanos = nanoseconds_of(json_string_value(json));
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
        complain_at(reading->problems, reading->place,
                    "is not a code of this list; did you mean %s?", nearest);
    } else if (codes->n_values <= CODES_LISTED + 1) {
        buffer_init(&list, 256);
        list_codes(&list, codes);
        complain_at(reading->problems, reading->place, "must be one of %s", buffer_text(&list));
        buffer_clear(&list);
    } else {
        complain_at(reading->problems, reading->place, "is not a code of this list");
    }
}

void
read_code(const struct reading *reading, const json_t *json, int *value)
{
    const ProtobufCEnumValue *code;

    if (!json_is_string(json)) {
        complain_at(reading->problems, reading->place, "must be a code, given by its name");
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

void
read_number(const struct reading *reading, const json_t *json, int64_t least, int64_t most,
            int64_t *value)
{
    int64_t number;

    if (!json_is_integer(json) && !json_is_string(json))
        complain_at(reading->problems, reading->place, "must be a whole number");
    else if (!whole_number(json, &number))
        complain_at(reading->problems, reading->place, "is not a whole number that fits");
    else if (number < least || number > most)
        complain_at(reading->problems, reading->place, "must be between %lld and %lld",
                    (long long)least, (long long)most);
    else
        *value = number;
}

/* What a number can be; one that is not listed counts something. */
static const struct range {
    const char *name;
    int32_t least, most;
} ranges[] = {
    { "percent", 0, 100 },   { "unauthorised_percent", 0, 100 },
    { "score", 1, 5 },       { "rank", 1, 20 },
    { "dash_score", 0, 27 }, /* the questions of the DASH checklist */
    { "map_x", 0, 1000 },    { "map_y", 0, 1000 },
};

void
read_amount(const struct reading *reading, const json_t *json, int64_t *value)
{
    struct range range = { "", 0, INT32_MAX };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (strcmp(ranges[i].name, reading->member->name) == 0)
            range = ranges[i];
    read_number(reading, json, range.least, range.most, value);
}

void
read_boolean(const struct reading *reading, const json_t *json, protobuf_c_boolean *value)
{
    if (!json_is_boolean(json))
        complain_at(reading->problems, reading->place, "must be true or false");
    else
        *value = json_is_true(json);
}
