#include "message/content.h"

#include <string.h>

#include "message/date.h"
#include "message/member.h"

/* What has happened cannot lie in the future, nor before anybody could tell of it. */

enum { FIRST_YEAR = 1900 };

static const char *const past_members[] = {
    "occurred_at",   "recorded_at",
    "seen_at",       "since",
    "returned_at",   "at",
    "date",          "since_date",
    "from_date",     "period_start_date",
    "date_of_birth",
};

struct past {
    struct day today;
    struct problems *problems;
};

static bool
says_what_has_happened(const ProtobufCFieldDescriptor *member)
{
    for (size_t i = 0; i < sizeof(past_members) / sizeof(past_members[0]); i++)
        if (strcmp(past_members[i], member->name) == 0)
            return true;
    return false;
}

/* A day of grace, for clocks and time zones. */
static void
check_date(const struct past *past, struct date date, const struct place *place)
{
    struct civil earliest = { date.year, date.month ? date.month : 1, date.day ? date.day : 1 };

    if (day_from_civil(earliest).number > past->today.number + 1)
        complain_at(past->problems, place, "lies in the future");
    else if (date.year < FIRST_YEAR)
        complain_at(past->problems, place, "is before %d", FIRST_YEAR);
}

static void
check_value(const struct past *past, const ProtobufCFieldDescriptor *member, const void *value,
            const struct place *place)
{
    const Google__Protobuf__Timestamp *time;
    struct civil civil;
    struct date date;

    if (member_is_timestamp(member)) {
        time = *(Google__Protobuf__Timestamp *const *)value;
        civil = day_to_civil(instant_day((struct instant){ time->seconds * 1000 }));
        check_date(past, (struct date){ civil.year, civil.month, civil.day }, place);
    } else if (date_read(&date, *(char *const *)value)) {
        check_date(past, date, place);
    }
}

static void check_message(const struct past *past, const ProtobufCMessage *message,
                          const struct place *place);

static void
check_list(const struct past *past, const ProtobufCMessage *message,
           const ProtobufCFieldDescriptor *member, const struct place *place)
{
    ProtobufCMessage *const *items = *(ProtobufCMessage ***)member_value(message, member);

    for (size_t i = 0; i < *member_count(message, member); i++) {
        struct place item = place_item(place, i);

        check_message(past, items[i], &item);
    }
}

static void
check_message(const struct past *past, const ProtobufCMessage *message,
              const struct place *place)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &message->descriptor->fields[i];
        char name[MEMBER_NAME_MAX];
        struct place at;

        if (!member_is_set(message, member))
            continue;
        member_json_name(name, member->name);
        at = place_member(place, name);
        if (says_what_has_happened(member))
            check_value(past, member, member_value(message, member), &at);
        else if (!member_is_message(member) || member_is_timestamp(member))
            continue;
        else if (member_is_list(member))
            check_list(past, message, member, &at);
        else
            check_message(past, *(ProtobufCMessage **)member_value(message, member), &at);
    }
}

/* --- In their order ------------------------------------------------------------------------ */

static int
compare_times(const Google__Protobuf__Timestamp *a, const Google__Protobuf__Timestamp *b)
{
    if (a->seconds != b->seconds)
        return a->seconds < b->seconds ? -1 : 1;
    return (a->nanos > b->nanos) - (a->nanos < b->nanos);
}

static void
check_return(const struct message *message, struct problems *problems)
{
    const Kith__Concern *concern = message->fragment->concern;
    const Kith__Missing *missing = concern == NULL ? NULL : concern->missing;

    if (missing != NULL && missing->since != NULL && missing->returned_at != NULL
        && compare_times(missing->returned_at, missing->since) < 0)
        problems_add(problems, "/concern/missing/returnedAt",
                     "is before the child went missing");
}

bool
message_is_of_the_past(const struct message *message, struct instant now,
                       struct problems *problems)
{
    const struct past past = { instant_day(now), problems };
    size_t before = problems->count;

    check_message(&past, &message->fragment->base, NULL);
    check_return(message, problems);
    return problems->count == before;
}
