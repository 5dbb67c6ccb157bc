#include "fixture.h"

/* The agreement is for the schema version it was signed for, whatever the software knows. */

/* The same schema before its second version. */
static struct schema
first_version(struct field fields[])
{
    struct schema schema = { fields, 0, 1 };

    for (size_t i = 0; i < westport_schema.count; i++)
        if (westport_fields[i].since == 1)
            fields[schema.count++] = westport_fields[i];
    return schema;
}

static void
a_new_field_reaches_nobody(void **state)
{
    struct policy *policy = policy_of(
        HEADER "clause 1 \"All to all\" share every field\n"
               "  with mash, social-care, police, school for help or enquire because \"x\"\n"
               "clause 2 \"Used\" share everything with mash for help because \"x\"\n",
        &westport_schema);
    struct situation situation = { a_day("2026-06-15"), 3, 3, 0, 4, 4 };
    (void)state;

    for (int agency = 0; agency < (int)policy_agency_count(policy); agency++) {
        assert_int_equal(policy_decide(policy, F_NAME, agency, &situation, true).form,
                         FORM_FULL);
        assert_int_equal(policy_decide(policy, F_NEWCOMER, agency, &situation, true).form,
                         FORM_HIDDEN);
    }
    for (int kind = KIND_CONCERN; kind <= KIND_CONTROL; kind++)
        for (int form = 0; form < FORM_COUNT; form++)
            assert_int_equal(
                policy_compartment_of(policy, (enum kind)kind, F_NEWCOMER, (enum form)form), 0);
    policy_free(&policy);
}

static void
an_agreement_for_the_new_version_can_share_it(void **state)
{
    struct buffer text;
    struct policy *policy;
    struct situation situation = { a_day("2026-06-15"), 1, 0, 0, 0, 0 };
    (void)state;

    buffer_init(&text, POLICY_TEXT_MAX);
    buffer_add_text(&text, HEADER
                    "clause 1 \"All\" share every field with mash for help because \"x\"\n"
                    "clause 2 \"Used\" share everything with mash for help because "
                    "\"x\"\n");
    *strchr(strstr(buffer_text(&text), "schema 1"), '1') = '2';
    policy = policy_of(buffer_text(&text), &westport_schema);
    assert_int_equal(
        policy_decide(policy, F_NEWCOMER, policy_agency(policy, "hub"), &situation, false).form,
        FORM_FULL);
    policy_free(&policy);
    buffer_clear(&text);
}

static void
an_upgrade_of_the_software_changes_nothing(void **state)
{
    struct field fields[sizeof(westport_fields) / sizeof(westport_fields[0])];
    struct schema old = first_version(fields);
    struct policy *before = policy_of_file("tests/policy/westport.policy", &old);
    struct policy *after = westport();
    uint64_t seed = 23;
    (void)state;

    assert_int_equal(old.count, westport_schema.count - 1);
    for (int kind = KIND_CONCERN; kind <= KIND_NEEDS; kind++) {
        assert_int_equal(policy_compartments(before, (enum kind)kind),
                         policy_compartments(after, (enum kind)kind));
        for (size_t i = 0; i < old.count * FORM_COUNT; i++)
            assert_int_equal(
                policy_compartment_of(before, (enum kind)kind, fields[i / FORM_COUNT].number,
                                      (enum form)(i % FORM_COUNT)),
                policy_compartment_of(after, (enum kind)kind, fields[i / FORM_COUNT].number,
                                      (enum form)(i % FORM_COUNT)));
    }
    for (unsigned n = 0; n < 5000; n++) {
        struct situation situation = any_situation(before, &seed);
        int agency = (int)(next_number(&seed) % policy_agency_count(before));
        struct bits one = policy_release(before, n % 2 ? KIND_CONCERN : KIND_NEEDS, agency,
                                         &situation, n & 2);
        struct bits two =
            policy_release(after, n % 2 ? KIND_CONCERN : KIND_NEEDS, agency, &situation, n & 2);

        assert_true(bits_equal(&one, &two));
    }
    policy_free(&before);
    policy_free(&after);
}

/* A field of a later schema may come to bear the name of a group: the group stays. */
static void
a_new_field_does_not_take_the_name_of_a_group(void **state)
{
    struct field fields[] = {
        ROW(1, "child.name", NAME, IDENTITY, BOTH, 1),
        ROW(2, "child.date_of_birth", DATE, IDENTITY, BOTH, 1),
        ROW(3, "child.nhs_number", ID, IDENTITY, BOTH, 1),
        ROW(4, "concern.kind", CODE, CONCERN, BOTH, 1),
        ROW(5, "everything", TEXT, HEALTH, BOTH, 2),
    };
    struct schema schema = { fields, sizeof(fields) / sizeof(fields[0]), 2 };
    struct policy *policy = policy_of(SMALL, &schema);
    struct situation situation = { a_day("2026-06-15"), 1, 0, 0, 0, 0 };
    int care = policy_agency(policy, "care-team");
    (void)state;

    assert_int_equal(policy_decide(policy, 3, care, &situation, false).form, FORM_FULL);
    assert_int_equal(policy_decide(policy, 5, care, &situation, false).form, FORM_HIDDEN);
    policy_free(&policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_field_reaches_nobody),
        cmocka_unit_test(an_agreement_for_the_new_version_can_share_it),
        cmocka_unit_test(an_upgrade_of_the_software_changes_nothing),
        cmocka_unit_test(a_new_field_does_not_take_the_name_of_a_group),
    };

    return RUN(tests);
}
