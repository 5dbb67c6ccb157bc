#include "message/exists.h"

#include <google/protobuf/timestamp.pb-c.h>

#include "core/instant.h"
#include "message/date.h"
#include "message/member.h"

enum { LAST_NANO = 999999999 };

static bool
time_exists(const Google__Protobuf__Timestamp *time)
{
    const int64_t day_s = DAY_MS / 1000;
    int64_t first = day_from_civil((struct civil){ 1, 1, 1 }).number * day_s;
    int64_t last = day_from_civil((struct civil){ 9999, 12, 31 }).number * day_s + day_s - 1;

    return time->seconds >= first && time->seconds <= last && time->nanos >= 0
           && time->nanos <= LAST_NANO;
}

static bool
value_exists(const ProtobufCFieldDescriptor *member, const void *value)
{
    struct date date;

    if (member_is_timestamp(member)) {
        const Google__Protobuf__Timestamp *time = *(Google__Protobuf__Timestamp *const *)value;

        return time == NULL || time_exists(time);
    }
    if (member_is_message(member))
        return dates_exist(*(ProtobufCMessage *const *)value);
    if (member->type == PROTOBUF_C_TYPE_STRING && date_is_member(member->name)) {
        const char *text = *(char *const *)value;

        return *text == 0 || date_read(&date, text);
    }
    return true;
}

bool
dates_exist(const ProtobufCMessage *message)
{
    if (message == NULL)
        return true;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &message->descriptor->fields[i];
        size_t count = member_is_list(member) ? *member_count(message, member) : 1;
        const char *value = member_value(message, member);

        if (member_is_list(member))
            value = *(char *const *)(const void *)value;
        for (size_t j = 0; j < count; j++)
            if (!value_exists(member, value + j * member_size(member)))
                return false;
    }
    return true;
}
