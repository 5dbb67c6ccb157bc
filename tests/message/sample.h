#ifndef KITH_TESTS_MESSAGE_SAMPLE_H
#define KITH_TESTS_MESSAGE_SAMPLE_H

#include "../check.h"

#include "message/message.h"

/* Messages and placements that the tests of this module share. */

#define CIRCUMSTANCES "\"circumstances\":{\"system\":\"MIS\",\"localId\":\"4471\"}"
#define SHARING       "\"sharing\":{\"purpose\":\"safeguarding\"}"
#define CHILD         "\"child\":{\"name\":{\"given\":\"Leah\",\"family\":\"Le Marquand\"}}"

/* A concern around these members of it. */
#define A_CONCERN(members) "{" CIRCUMSTANCES ",\"concern\":{" CHILD "," members "}," SHARING "}"

static inline struct message *
read_message(const char *json)
{
    struct message *message = NULL;
    struct problems problems;

    problems_init(&problems);
    if (message_read_json(&message, bytes_of_text(json), KIND_NONE, &problems))
        fail_msg("%s: %s", problems.list[0].pointer, problems.list[0].reason);
    problems_clear(&problems);
    return message;
}

/* One compartment for each form: 1 for present to 10 for full. */
static inline unsigned
by_form(const void *context, uint16_t field, enum form form)
{
    (void)context;
    (void)field;
    return (unsigned)form;
}

/* Everything in compartment 1. */
static inline unsigned
all_in_one(const void *context, uint16_t field, enum form form)
{
    (void)context;
    (void)field;
    return form == FORM_HIDDEN ? 0 : 1;
}

enum { FRAGMENTS = 12 };

static const struct placement forms_apart = { by_form, NULL, FRAGMENTS };
static const struct placement together = { all_in_one, NULL, 2 };

static inline void
project(const struct message *message, const struct placement *placement, const char *authored,
        struct buffer fragments[FRAGMENTS])
{
    struct bits wanted = { { 0 } };
    struct problems problems;
    struct day day;

    for (unsigned c = 0; c < FRAGMENTS; c++) {
        bits_add(&wanted, c);
        buffer_init(&fragments[c], 64 * 1024);
    }
    problems_init(&problems);
    assert_true(day_read(&day, authored));
    assert_ok(message_project(message, placement, &wanted, day, fragments, &problems));
    problems_clear(&problems);
}

static inline void
clear(struct buffer fragments[FRAGMENTS])
{
    for (unsigned c = 0; c < FRAGMENTS; c++)
        buffer_clear(&fragments[c]);
}

static inline uint16_t
number_of(const char *name)
{
    const struct field *field = schema_field_named(&kith_schema, name, strlen(name));

    assert_non_null(field);
    return field->number;
}

#endif
