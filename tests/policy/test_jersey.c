#include "fixture.h"

#include "policy/model.h"

/* Jersey's agreement: is it the matrix that the partners agreed, and are its own examples
   enough to hold it to that? */

enum { ENQUIRY_FACT = 1 << 3, ALL_FACTS = 0x1f, SAFEGUARDING = 1 };

static struct policy *
jersey(void)
{
    return policy_of_file("policy/jersey.policy", &kith_schema);
}

/* --- The matrix --------------------------------------------------------------------------
 *
 * A row for each type of agency, a column for each category from C1 to C14:
 * R given, M marker only, E given in an enquiry only, - never, p the parish at most (and
 * q only in an enquiry), h the headline, s the status of a plan.
 */
// clang-format off
static const struct {
    const char *agency, *columns;
} matrix[] = {
    /*                              C1 C2 C3 C4 C5 C6 C7 C8 C9 10 11 12 13 14 */
    { "mash",                      "R  R  R  R  R  R  R  R  R  R  R  E  R  R" },
    { "childrens-services",        "R  R  R  R  R  R  R  R  R  R  R  E  R  R" },
    { "states-police",             "R  R  R  R  E  E  R  M  R  E  R  -  -  R" },
    { "st-helier-primary",         "R  p  M  h  M  -  M  R  s  E  -  -  -  R" },
    { "les-quennevais-secondary",  "R  p  M  h  M  -  M  R  s  E  -  -  -  R" },
    { "education-welfare",         "R  p  M  M  M  -  -  R  M  -  -  -  -  R" },
    { "virtual-school",            "R  p  M  M  M  -  -  R  M  -  -  -  -  R" },
    { "general-hospital",          "R  p  R  R  R  M  M  M  R  E  M  -  -  R" },
    { "harbour-surgery",           "R  p  R  R  R  M  M  M  R  E  M  -  -  R" },
    { "west-park-surgery",         "R  p  R  R  R  M  M  M  R  E  M  -  -  R" },
    { "family-nursing",            "R  p  R  R  R  M  M  M  R  E  M  -  -  R" },
    { "child-mental-health",       "R  p  R  R  R  M  M  R  R  R  M  -  -  R" },
    { "early-help-team",           "R  p  R  R  M  M  -  R  M  R  M  -  -  R" },
    { "family-hub",                "R  p  R  R  M  M  -  R  M  R  M  -  -  R" },
    { "probation-service",         "R  q  R  E  M  -  R  M  R  E  R  -  -  R" },
    { "family-court-advisers",     "R  q  R  E  M  -  R  M  R  E  R  -  -  R" },
    { "social-housing",            "R  p  R  M  -  -  M  -  M  -  M  -  -  R" },
    { "adult-mental-health",       "R  q  R  M  M  -  M  -  M  -  E  -  -  R" },
    { "alcohol-and-drug-service",  "R  q  R  M  M  -  M  -  M  -  E  -  -  R" },
    { "youth-service",             "R  -  -  M  -  -  -  M  -  E  -  -  -  R" },
};
// clang-format on

/* Given to fewer than the matrix says: numbers to those whose register it is, colleagues to
   those who work on a plan, the author's reference to those who decide. */
static bool
is_kept_closer(const struct field *field)
{
    static const char *const names[] = {
        "child.health_number",      "child.education_number", "child.identifiers",
        "concern.seen_by",          "concern.told",           "concern.involved",
        "concern.next_contact_at",  "needs.involved",         "needs.next_meeting_at",
        "circumstances.author_ref",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(field->name, names[i]) == 0)
            return true;
    return false;
}

/* Whether a field may be given so, where that letter stands. */
static bool
agrees(char letter, bool enquiry, const struct field *field, enum form form)
{
    switch (letter) {
    case 'R': return form == FORM_FULL || (form == FORM_HIDDEN && is_kept_closer(field));
    case 'M': return form == FORM_PRESENT || (form == FORM_MONTH && field->type == FIELD_TIME);
    case 'E': return form == (enquiry ? FORM_FULL : FORM_HIDDEN);
    case '-': return form == FORM_HIDDEN;
    case 'p': return form == (field->type == FIELD_ADDRESS ? FORM_DISTRICT : FORM_PRESENT);
    case 'q': return enquiry ? agrees('p', enquiry, field, form) : form == FORM_HIDDEN;
    case 'h': return form == FORM_FULL || form == FORM_SUMMARY || form == FORM_HIDDEN;
    case 's': return form == FORM_FULL || form == FORM_HIDDEN;
    default: return false;
    }
}

static void
the_matrix_is_what_each_agency_is_given(void **state)
{
    struct policy *policy = jersey();
    (void)state;

    assert_int_equal(sizeof(matrix) / sizeof(matrix[0]), policy_agency_count(policy));
    assert_int_equal(policy_fact(policy, FACT_ENQUIRY), 3);
    for (size_t row = 0; row < sizeof(matrix) / sizeof(matrix[0]); row++)
        for (size_t i = 0; i < 2 * kith_schema.count; i++) {
            const struct field *field = &kith_schema.fields[i / 2];
            uint8_t true_facts = i % 2 ? ENQUIRY_FACT : 0;
            struct situation situation = { .day = policy_first_day(policy),
                                           .purposes = SAFEGUARDING,
                                           .facts_true = true_facts,
                                           .facts_false = ALL_FACTS & ~true_facts,
                                           .decided_level = 4 };
            int agency = policy_agency(policy, matrix[row].agency);
            enum form form =
                policy_decide(policy, field->number, agency, &situation, true).form;
            char letter;

            if (field->category == CATEGORY_ROUTING)
                continue;
            letter = matrix[row].columns[3 * (field->category - 1)];
            if (!agrees(letter, i % 2, field, form))
                fail_msg("%s of %s (%s, '%c')%s is given as '%s'", field->name,
                         matrix[row].agency, category_code(field->category), letter,
                         i % 2 ? " in an enquiry" : "", form_name(form));
        }
    policy_free(&policy);
}

/* C0 and whatever else: nothing was forgotten, and the sender's references go nowhere else. */
static void
mash_sees_every_field_in_an_enquiry(void **state)
{
    struct policy *policy = jersey();
    struct situation situation = { .day = policy_last_day(policy),
                                   .purposes = SAFEGUARDING,
                                   .facts_true = ENQUIRY_FACT };
    (void)state;

    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];

        for (int agency = 0; agency < (int)policy_agency_count(policy); agency++) {
            enum form form =
                policy_decide(policy, field->number, agency, &situation, true).form;
            bool decides = policy_agency_is(policy, agency, TYPE_MASH)
                           || policy_agency_is(policy, agency, TYPE_SOCIAL_CARE);

            if (decides)
                assert_int_equal(form, FORM_FULL);
            else if (field->category == CATEGORY_ROUTING
                     && strcmp(field->name, "circumstances.recorded_at") != 0)
                assert_int_equal(form, FORM_HIDDEN);
        }
    }
    policy_free(&policy);
}

/* --- Are the examples enough? -------------------------------------------------------------- */

static size_t
section_end(const char *text, size_t from)
{
    size_t at = from + 1;

    while (text[at] != 0 && !(text[at - 1] == '\n' && text[at] >= 'a' && text[at] <= 'z'))
        at++;
    return at;
}

/* The text without its n-th section of that kind; false when it has no n-th. */
static bool
without(const char *text, const char *kind, unsigned n, struct buffer *out)
{
    char opening[32];
    const char *at;

    snprintf(opening, sizeof(opening), "\n%s %u ", kind, n);
    at = strstr(text, opening);
    if (at == NULL)
        return false;
    buffer_init(out, POLICY_TEXT_MAX);
    buffer_add(out, text, (size_t)(at + 1 - text));
    buffer_add_text(out, text + section_end(text, (size_t)(at + 1 - text)));
    return true;
}

static size_t
failures_of(struct bytes text)
{
    struct diagnostics diagnostics;
    struct policy *policy = NULL;
    size_t failed;

    diagnostics_init(&diagnostics);
    assert_ok(policy_read(&policy, text, "a.policy", &kith_schema, &diagnostics));
    policy_run_examples(policy, &diagnostics);
    failed = diagnostics.errors;
    diagnostics_clear(&diagnostics);
    policy_free(&policy);
    return failed;
}

static void
an_example_fails_if_any_clause_is_left_out(void **state)
{
    struct buffer text = file_content("policy/jersey.policy"), less;
    unsigned n = 1;
    (void)state;

    assert_int_equal(failures_of(buffer_bytes(&text)), 0);
    for (; without(buffer_text(&text), "clause", n, &less); n++) {
        if (failures_of(buffer_bytes(&less)) == 0)
            fail_msg("no example misses clause %u", n);
        buffer_clear(&less);
    }
    assert_in_range(n, 30, 60);
    buffer_clear(&text);
}

/* Were everything shared with everybody, each never would still hold something back that an
   example names. */
static void
an_example_names_what_each_never_holds_back(void **state)
{
    struct buffer text = file_content("policy/jersey.policy");
    struct diagnostics diagnostics;
    struct policy *policy = NULL;
    struct bits holding = { 0 };
    (void)state;

    buffer_add_text(&text,
                    "clause 999 \"All to all\" share every field\n"
                    "  with mash, social-care, police, school, education, hospital, gp,\n"
                    "       community-health, camhs, early-help, probation, housing,\n"
                    "       adult-services, youth\n"
                    "  for safeguarding or direct-care because \"to try the nevers\"\n");
    diagnostics_init(&diagnostics);
    assert_ok(
        policy_read(&policy, buffer_bytes(&text), "a.policy", &kith_schema, &diagnostics));
    for (size_t i = 0; i < policy->expectation_count; i++)
        for (size_t n = 0; n < policy->example_count; n++) {
            const struct example *example = &policy->examples[n];
            struct decision decision;

            if (i < example->first || i >= example->first + example->count)
                continue;
            decision = policy_decide(policy, policy->expectations[i].field, example->agency,
                                     &example->situation, example->on_caseload);
            if (decision.form == policy->expectations[i].form)
                holding = bits_or(&holding, &decision.nevers);
        }
    for (unsigned n = 0; n < policy_never_count(policy); n++)
        if (!bits_have(&holding, n))
            fail_msg("no example tries never %u", policy_never_number(policy, n));
    assert_true(policy_never_count(policy) >= 6);
    diagnostics_clear(&diagnostics);
    policy_free(&policy);
    buffer_clear(&text);
}

static void
it_is_in_order(void **state)
{
    struct buffer text = file_content("policy/jersey.policy");
    struct policy *policy;
    struct buffer report =
        report_of(buffer_bytes(&text), "jersey.policy", &kith_schema, &policy);
    (void)state;

    assert_string_equal(buffer_text(&report), "");
    assert_in_range(policy_example_count(policy), 30, 100);
    policy_free(&policy);
    buffer_clear(&report);
    buffer_clear(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_in_order),
        cmocka_unit_test(the_matrix_is_what_each_agency_is_given),
        cmocka_unit_test(mash_sees_every_field_in_an_enquiry),
        cmocka_unit_test(an_example_fails_if_any_clause_is_left_out),
        cmocka_unit_test(an_example_names_what_each_never_holds_back),
    };

    return RUN(tests);
}
