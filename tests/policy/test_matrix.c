#include "fixture.h"
#include "matrix.h"

/* Is Jersey's agreement the matrix that the partners agreed, for every purpose and in every
   situation? */

static struct policy *
jersey(void)
{
    return policy_of_file("policy/jersey.policy", &kith_schema);
}

static bool
is_among(const struct field *field, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(field->name, *names) == 0)
            return true;
    return false;
}

static bool
is(const struct field *field, const char *name)
{
    return strcmp(field->name, name) == 0;
}

static unsigned
column_of(const struct field *field)
{
    if (is_among(field, health_numbers))
        return HN;
    if (is(field, "child.education_number"))
        return EN;
    if (is_among(field, colleagues))
        return CO;
    if (is(field, "circumstances.recorded_at")) /* it goes with whom to ring */
        return CATEGORY_CONTACT;
    if (is(field, "circumstances.author_ref") || field->category == CATEGORY_ROUTING)
        return RE;
    return field->category;
}

/* What is so, in the test's own words. */
struct given {
    const char *purpose;
    const struct row *rows;
    bool danger, consented, protected_address, enquiry, encompass;
    int level; /* as MASH decided; 0: not yet */
};

static enum form
headline_form(const struct field *field, const struct given *given)
{
    if (is(field, "needs.what_helps"))
        return FORM_SUMMARY;
    if (is(field, "circumstances.occurred_at") && given->encompass
        && given->rows == safeguarding)
        return FORM_DATE;
    return is_among(field, headline) ? FORM_FULL : FORM_HIDDEN;
}

static enum form
parish(const struct field *field, const struct given *given)
{
    if (given->protected_address)
        return FORM_HIDDEN;
    return field->type == FIELD_ADDRESS ? FORM_DISTRICT : FORM_PRESENT;
}

static enum form
name_and_age(const struct field *field)
{
    if (is(field, "child.date_of_birth"))
        return FORM_AGE_BAND;
    return is(field, "child.name") ? FORM_FULL : FORM_HIDDEN;
}

static enum form
given_if(bool condition)
{
    return condition ? FORM_FULL : FORM_HIDDEN;
}

/* The form that the letter stands for. */
static enum form
form_by(char letter, const struct field *field, const struct given *given)
{
    switch (letter) {
    case 'R': return FORM_FULL;
    case 'M': return is(field, "circumstances.occurred_at") ? FORM_MONTH : FORM_PRESENT;
    case 'E': return given_if(given->enquiry);
    case 'D': return given_if(given->enquiry || given->danger);
    case '-': return FORM_HIDDEN;
    case 'p': return parish(field, given);
    case 'q': return given->enquiry ? parish(field, given) : FORM_HIDDEN;
    case 'h': return headline_form(field, given);
    case 'o': return given_if(is_among(field, headline));
    case 's': return given_if(is_among(field, plan_status));
    case 'n': return name_and_age(field);
    default: fail_msg("no letter: '%c'", letter); return FORM_HIDDEN;
    }
}

static const struct row *
row_of(const struct row *rows, const char *type)
{
    for (; rows->type != NULL; rows++)
        if (strcmp(rows->type, type) == 0)
            return rows;
    fail_msg("no row for %s", type);
    return NULL;
}

static bool
is_decider(const char *type)
{
    return strcmp(type, "mash") == 0 || strcmp(type, "social-care") == 0;
}

static enum form
expected_form(const char *type, const struct field *field, const struct given *given)
{
    const struct row *row = row_of(given->rows, type);

    assert_int_equal(strlen(row->columns), 3 * (COLUMNS - 1) - 2);
    if (given->rows == early_help_offer && !is_decider(type)
        && !(given->consented && given->level >= 2))
        return FORM_HIDDEN;
    return form_by(row->columns[3 * (column_of(field) - 1)], field, given);
}

static struct situation
situation_of(const struct policy *policy, const struct given *given)
{
    const struct {
        const char *name;
        bool is_so;
    } facts[] = {
        { "immediate-danger", given->danger },
        { "parents-consented", given->consented },
        { "protected-address", given->protected_address },
        { "enquiry", given->enquiry },
        { "encompass", given->encompass },
    };
    struct situation situation = {
        .day = policy_first_day(policy),
        .purposes = 1u << policy_purpose(policy, given->purpose),
        .sender_level = 4, /* which counts for nobody who is given less than all */
        .decided_level = (uint8_t)given->level,
    };

    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        uint8_t bit = (uint8_t)(1u << policy_fact(policy, facts[i].name));

        *(facts[i].is_so ? &situation.facts_true : &situation.facts_false) |= bit;
    }
    return situation;
}

static void
each_agency_is_given_its_row(const struct policy *policy, const struct given *given)
{
    struct situation situation = situation_of(policy, given);

    for (size_t i = 0; i < sizeof(agencies) / sizeof(agencies[0]); i++)
        for (size_t n = 0; n < kith_schema.count; n++) {
            const struct field *field = &kith_schema.fields[n];
            int agency = policy_agency(policy, agencies[i].name);
            enum form form =
                policy_decide(policy, field->number, agency, &situation, true).form;
            enum form expected = expected_form(agencies[i].type, field, given);

            if (form != expected)
                fail_msg("for %s, level %d%s%s%s%s%s: %s of %s (%s) is given as '%s', not '%s'",
                         given->purpose, given->level, given->danger ? ", danger" : "",
                         given->consented ? ", consented" : "",
                         given->protected_address ? ", protected address" : "",
                         given->enquiry ? ", enquiry" : "",
                         given->encompass ? ", encompass" : "", field->name, agencies[i].name,
                         category_code(field->category), form_name(form), form_name(expected));
        }
}

/* In each of the 32 situations, at every level. */
static void
the_matrix_holds_for(const char *purpose, const struct row *rows)
{
    struct policy *policy = jersey();

    assert_int_equal(sizeof(agencies) / sizeof(agencies[0]), policy_agency_count(policy));
    for (int situation = 0; situation < 32; situation++)
        for (int level = 0; level <= 4; level++) {
            const struct given given = {
                .purpose = purpose,
                .rows = rows,
                .danger = situation & 1,
                .consented = situation & 2,
                .protected_address = situation & 4,
                .enquiry = situation & 8,
                .encompass = situation & 16,
                .level = level,
            };

            each_agency_is_given_its_row(policy, &given);
        }
    policy_free(&policy);
}

static void
for_safeguarding_each_agency_is_given_what_the_matrix_says(void **state)
{
    (void)state;
    the_matrix_holds_for("safeguarding", safeguarding);
}

static void
for_direct_care_each_agency_is_given_what_the_matrix_says(void **state)
{
    (void)state;
    the_matrix_holds_for("direct-care", direct_care);
}

static void
for_an_offer_of_help_each_agency_is_given_what_the_matrix_says(void **state)
{
    (void)state;
    the_matrix_holds_for("early-help-offer", early_help_offer);
}

static void
there_is_a_matrix_for_every_purpose(void **state)
{
    struct policy *policy = jersey();
    (void)state;

    assert_int_equal(policy_purpose(policy, "safeguarding"), 0);
    assert_int_equal(policy_purpose(policy, "early-help-offer"), 1);
    assert_int_equal(policy_purpose(policy, "direct-care"), 2);
    assert_null(policy_purpose_name(policy, 3));
    policy_free(&policy);
}

/* Off its caseload nothing at all, whatever is so. */
static void
of_another_agencys_child_nobody_is_given_anything(void **state)
{
    struct policy *policy = jersey();
    struct situation situation = { .day = policy_first_day(policy),
                                   .purposes = 7,
                                   .facts_true =
                                       0x1b, /* all, but the address is not protected */
                                   .facts_false = 0x04,
                                   .sender_level = 4,
                                   .decided_level = 4 };
    (void)state;

    for (size_t i = 3; i < sizeof(agencies) / sizeof(agencies[0]); i++)
        for (size_t n = 0; n < kith_schema.count; n++) {
            int agency = policy_agency(policy, agencies[i].name);

            assert_int_equal(
                policy_decide(policy, kith_schema.fields[n].number, agency, &situation, false)
                    .form,
                FORM_HIDDEN);
        }
    policy_free(&policy);
}

/* Nothing was forgotten, and the sender's references go nowhere else; up to the last day. */
static void
mash_sees_every_field_in_an_enquiry(void **state)
{
    struct policy *policy = jersey();
    const struct given given = { .purpose = "safeguarding", .enquiry = true };
    struct situation situation = situation_of(policy, &given);
    (void)state;

    situation.day = policy_last_day(policy);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(for_safeguarding_each_agency_is_given_what_the_matrix_says),
        cmocka_unit_test(for_direct_care_each_agency_is_given_what_the_matrix_says),
        cmocka_unit_test(for_an_offer_of_help_each_agency_is_given_what_the_matrix_says),
        cmocka_unit_test(there_is_a_matrix_for_every_purpose),
        cmocka_unit_test(of_another_agencys_child_nobody_is_given_anything),
        cmocka_unit_test(mash_sees_every_field_in_an_enquiry),
    };

    return RUN(tests);
}
