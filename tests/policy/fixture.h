#ifndef KITH_TESTS_POLICY_FIXTURE_H
#define KITH_TESTS_POLICY_FIXTURE_H

#include "../check.h"

#include "core/file.h"
#include "core/mem.h"
#include "policy/policy.h"

/* A schema small enough that every situation of an agreement can be tried. */

#define CONCERN KIND_BIT(KIND_CONCERN)
#define NEEDS   KIND_BIT(KIND_NEEDS)
#define BOTH    (CONCERN | NEEDS)

#define ROW(number, name, type, category, kinds, since)                                        \
    {                                                                                          \
        number, name, FIELD_##type, CATEGORY_##category, kinds, since, name, NULL, name        \
    }

static const struct field westport_fields[] = {
    ROW(1, "concern.reference", ID, ROUTING, BOTH, 1),
    ROW(2, "concern.raised_at", TIME, CONCERN, BOTH, 1),
    ROW(3, "concern.kind", CODE, CONCERN, BOTH, 1),
    ROW(4, "concern.level", CODE, CONCERN, BOTH, 1),
    ROW(5, "concern.allegation", NARRATIVE, CONCERN, CONCERN, 1),
    ROW(7, "concern.incident_place", ADDRESS, LOCATION, CONCERN, 1),
    ROW(10, "child.name", NAME, IDENTITY, BOTH, 1),
    ROW(11, "child.date_of_birth", DATE, IDENTITY, BOTH, 1),
    ROW(12, "child.nhs_number", ID, IDENTITY, BOTH, 1),
    ROW(13, "child.address", ADDRESS, LOCATION, BOTH, 1),
    ROW(14, "child.school", TEXT, LOCATION, BOTH, 1),
    ROW(15, "child.safe_address", ADDRESS, SEALED, BOTH, 1),
    ROW(16, "child.newcomer", TEXT, IDENTITY, BOTH, 2),
    ROW(20, "family.carers", LIST, FAMILY, BOTH, 1),
    ROW(21, "suspect.name", NAME, THIRD_PARTY, CONCERN, 1),
    ROW(22, "informant.name", NAME, SOURCE, CONCERN, 1),
    ROW(30, "health.injuries", LIST, HEALTH, CONCERN, 1),
    ROW(31, "school.attendance", CODE, EDUCATION, NEEDS, 1),
    ROW(32, "needs.support", LIST, CARE_STATUS, NEEDS, 1),
    ROW(33, "needs.review_date", TIME, CARE_STATUS, NEEDS, 1),
};

enum {
    F_KIND = 3,
    F_ALLEGATION = 5,
    F_PLACE = 7,
    F_NAME = 10,
    F_BIRTH = 11,
    F_NHS = 12,
    F_ADDRESS = 13,
    F_SCHOOL = 14,
    F_SAFE_ADDRESS = 15,
    F_NEWCOMER = 16,
    F_INFORMANT = 22,
    F_INJURIES = 30,
    F_ATTENDANCE = 31,
};

static const struct schema westport_schema = {
    westport_fields, sizeof(westport_fields) / sizeof(westport_fields[0]), 2
};

/* The smallest agreement that is whole; line 14 is its first clause. */
#define HEADER                                                                                 \
    "agreement \"Small\"\n"                                                                    \
    "version 3, replacing 2\n"                                                                 \
    "in force from 2026-01-01 to 2026-12-31\n"                                                 \
    "owner \"Nobody\"\n"                                                                       \
    "law \"None\"\n"                                                                           \
    "levels one, two, three, four\n"                                                           \
    "purposes help, enquire\n"                                                                 \
    "facts danger, consent\n"                                                                  \
    "hear of all children mash, police\n"                                                      \
    "schema 1\n"                                                                               \
    "agencies mash hub social-care care-team police west-police, east-police school oak, "     \
    "elm\n"                                                                                    \
    "group who is child.name, child.date_of_birth\n"                                           \
    "group everything is who, child.nhs_number\n"

#define SMALL                                                                                  \
    HEADER "clause 1 \"Care sees them\"\n"                                                     \
           "  share everything, concern.kind\n"                                                \
           "  with social-care\n"                                                              \
           "  for help or enquire\n"                                                           \
           "  because \"Law\"\n"

static inline struct buffer
file_content(const char *path)
{
    struct buffer content;
    struct why why;

    buffer_init(&content, POLICY_TEXT_MAX);
    assert_ok(file_read(&content, path, &why));
    return content;
}

/* The diagnostics as printed; *policy is NULL when the text was refused. */
static inline struct buffer
report_of(struct bytes text, const char *file, const struct schema *schema,
          struct policy **policy)
{
    struct diagnostics diagnostics;
    struct buffer report;
    enum err err;

    *policy = NULL;
    buffer_init(&report, 16 * POLICY_TEXT_MAX);
    diagnostics_init(&diagnostics);
    err = policy_read(policy, text, file, schema, &diagnostics);
    assert_int_equal(err == ERR_OK, diagnostics.errors == 0);
    assert_int_equal(err == ERR_OK, *policy != NULL);
    if (err == ERR_OK)
        policy_run_examples(*policy, &diagnostics);
    diagnostics_print(&diagnostics, file, text, &report);
    diagnostics_clear(&diagnostics);
    return report;
}

/* Of a text that must be in order. */
static inline struct policy *
policy_of(const char *text, const struct schema *schema)
{
    struct diagnostics diagnostics;
    struct policy *policy = NULL;

    diagnostics_init(&diagnostics);
    if (policy_read(&policy, bytes_of_text(text), "a.policy", schema, &diagnostics)
        || policy_run_examples(policy, &diagnostics) > 0) {
        struct buffer report;

        buffer_init(&report, 16 * POLICY_TEXT_MAX);
        diagnostics_print(&diagnostics, "a.policy", bytes_of_text(text), &report);
        fail_msg("%s", buffer_text(&report));
    }
    diagnostics_clear(&diagnostics);
    return policy;
}

static inline struct policy *
policy_of_file(const char *path, const struct schema *schema)
{
    struct buffer content = file_content(path);
    struct policy *policy = policy_of(buffer_text(&content), schema);

    buffer_clear(&content);
    return policy;
}

static inline struct day
a_day(const char *text)
{
    struct day day;

    assert_true(day_read(&day, text));
    return day;
}

static inline struct policy *
westport(void)
{
    return policy_of_file("tests/policy/westport.policy", &westport_schema);
}

/* The same numbers every time. */
static inline uint32_t
next_number(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 16);
}

static inline struct situation
any_situation(const struct policy *policy, uint64_t *seed)
{
    int32_t first = policy_first_day(policy).number, last = policy_last_day(policy).number;

    return (struct situation){
        .day = { first - 5 + (int32_t)(next_number(seed) % (uint32_t)(last - first + 10)) },
        .purposes = next_number(seed) % 8,
        .facts_true = (uint8_t)(next_number(seed) & next_number(seed)),
        .facts_false = (uint8_t)(next_number(seed) & next_number(seed)),
        .sender_level = (uint8_t)(next_number(seed) % 5),
        .decided_level = (uint8_t)(next_number(seed) % 5),
    };
}

#endif
