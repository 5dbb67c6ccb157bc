#include "fixture.h"

/* What the agreement says about itself, however it is laid out; and its own examples. */

static void
an_agreement_says_what_it_is(void **state)
{
    struct policy *policy = westport();
    char text[DAY_TEXT];
    (void)state;

    assert_string_equal(policy_title(policy), "Westport information sharing agreement");
    assert_int_equal(policy_version(policy), 12);
    assert_int_equal(policy_replaces(policy), 11);
    day_write(text, policy_first_day(policy));
    assert_string_equal(text, "2026-04-01");
    day_write(text, policy_last_day(policy));
    assert_string_equal(text, "2027-03-31");
    assert_true(policy_in_force(policy, a_day("2026-04-01")));
    assert_true(policy_in_force(policy, a_day("2027-03-31")));
    assert_false(policy_in_force(policy, a_day("2027-04-01")));
    assert_int_equal(policy_clause_count(policy), 8);
    assert_int_equal(policy_never_count(policy), 4);
    assert_int_equal(policy_example_count(policy), 6);
    assert_string_equal(policy_never_title(policy, 1), "The person who told us stays secret");
    assert_null(policy_clause_title(policy, 9));
    assert_null(policy_never_title(policy, 0));
    assert_int_equal(policy_clause_number(policy, 8), 0);
    policy_free(&policy);
    assert_null(policy);
    policy_free(&policy);
}

static void
its_names_are_counted_as_it_lists_them(void **state)
{
    static const char *const agencies[] = { "st-marys", "west-high", "west-police", "riverside",
                                            "general",  "care-team", "hub" };
    static const char *const types[] = { "school", "school",      "police", "health",
                                         "health", "social-care", "mash" };
    struct policy *policy = westport();
    (void)state;

    assert_int_equal(policy_agency_count(policy), 7);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(policy_agency(policy, agencies[i]), i);
        assert_string_equal(policy_agency_name(policy, i), agencies[i]);
        assert_string_equal(policy_agency_type(policy, i), types[i]);
    }
    assert_int_equal(policy_agency(policy, "school"), -1);
    assert_int_equal(policy_level(policy, "universal"), 1);
    assert_int_equal(policy_level(policy, "specialist"), 4);
    assert_int_equal(policy_level(policy, "enquiry"), -1);
    assert_string_equal(policy_level_name(policy, 4), "specialist");
    assert_null(policy_level_name(policy, 0));
    assert_null(policy_level_name(policy, 5));
    assert_int_equal(policy_purpose(policy, "strategy"), 1);
    assert_string_equal(policy_purpose_name(policy, 2), "early-help-offer");
    assert_null(policy_purpose_name(policy, 3));
    assert_int_equal(policy_fact(policy, "protected-address"), 2);
    assert_string_equal(policy_fact_name(policy, 0), "immediate-danger");
    assert_null(policy_fact_name(policy, -1));
    assert_int_equal(policy_fact(policy, "universal"), -1);
    policy_free(&policy);
}

/* The text as a signing tool and another editor may leave it. */
static void
layout_is_not_significant(void **state)
{
    struct buffer text = file_content("tests/policy/westport.policy"), other;
    struct policy *policy;
    bool quoted = false, comment = false;
    (void)state;

    buffer_init(&other, POLICY_TEXT_MAX);
    buffer_add_text(&other, "# kith agreement WESTPORT version 12 replacing 00ff\r\n");
    for (size_t i = 0; i < text.len; i++) {
        quoted ^= text.data[i] == '"';
        comment = text.data[i] == '#' || (comment && text.data[i] != '\n');
        if (text.data[i] == '\n')
            buffer_add_text(&other, "\t# so be it\r\n");
        else if (text.data[i] == ',' && !quoted && !comment)
            buffer_add_text(&other, " \r\n\r\n\t,\t");
        else
            buffer_add_byte(&other, text.data[i]);
    }
    policy = policy_of(buffer_text(&other), &westport_schema);
    assert_int_equal(policy_clause_count(policy), 8);
    assert_int_equal(policy_example_count(policy), 6);
    policy_free(&policy);
    buffer_clear(&text);
    buffer_clear(&other);
}

static void
the_word_of_an_agency_may_be_that_of_its_type(void **state)
{
    struct policy *policy = policy_of(
        "agreement \"One each\"\nversion 1\nin force from 2026-01-01 to 2026-01-01\n"
        "owner \"x\"\nlaw \"x\"\nlevels a, b, c, d\npurposes p\nfacts f\n"
        "hear of all children mash\nschema 1\nagencies mash mash social-care social-care\n"
        "clause 1 \"x\" share child.name with mash for p because \"x\"\n"
        "example \"x\" given mash, for p sees child.name\n",
        &westport_schema);
    (void)state;

    assert_int_equal(policy_agency(policy, "mash"), 0);
    policy_free(&policy);
}

/* --- Examples ------------------------------------------------------------------------------ */

static void
a_false_example_fails_at_its_place(void **state)
{
    static const struct {
        const char *example, *says;
    } rows[] = {
        { "example \"E\" given care-team, for help\n  sees child.name as initials\n",
          "20:8: error: the example \"E\" does not hold: 'child.name' is given as 'full', not "
          "as 'initials'\n  sees child.name as initials\n       ^~~~~~~~~~\n" },
        { "example \"E\" given care-team, for help\n  not child.name\n",
          "20:7: error: the example \"E\" does not hold: 'child.name' is given as 'full', not "
          "as 'hidden'" },
        { "example \"E\" given care-team\n  sees child.name\n",
          "'child.name' is given as 'hidden', not as 'full'" },
        { "example \"E\" given hub, for help\n  sees everything\n",
          "'child.nhs_number' is given as 'hidden', not as 'full'" },
        { "example \"E\" given care-team, for help, on 2027-01-01\n  not concern.kind\n",
          "'concern.kind' is given as 'full', not as 'hidden'" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diagnostics diagnostics;
        struct buffer text, report;
        struct policy *policy = NULL;

        buffer_init(&text, POLICY_TEXT_MAX);
        buffer_init(&report, POLICY_TEXT_MAX);
        buffer_add_text(&text, SMALL);
        buffer_add_text(&text, rows[i].example);
        diagnostics_init(&diagnostics);
        assert_ok(policy_read(&policy, buffer_bytes(&text), "a.policy", &westport_schema,
                              &diagnostics));
        assert_int_equal(diagnostics.count, 0);
        assert_int_equal(policy_run_examples(policy, &diagnostics), 1);
        assert_true(diagnostics.errors > 0);
        diagnostics_print(&diagnostics, "a.policy", buffer_bytes(&text), &report);
        assert_says(buffer_text(&report), rows[i].says);
        diagnostics_clear(&diagnostics);
        policy_free(&policy);
        buffer_clear(&text);
        buffer_clear(&report);
    }
}

static void
what_an_example_does_not_state_is_unknown(void **state)
{
    static const char *const rows[] = {
        "example \"E\" given oak, on caseload, for help\n  not child.name\n",
        "example \"E\" given oak, on caseload, for help, danger\n  not child.name\n",
        "example \"E\" given oak, on caseload, for help, not danger\n  sees child.name\n",
        "example \"E\" given oak, on caseload, for help, not danger, danger\n  not "
        "child.name\n",
        "example \"E\" given oak, for help, not danger\n  not child.name\n",
        "example \"E\" given oak, on caseload, not danger\n  not child.name\n",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer text;
        struct policy *policy;

        buffer_init(&text, POLICY_TEXT_MAX);
        buffer_add_text(&text, SMALL);
        buffer_add_text(&text, "clause 2 \"x\" share who with school for help because \"x\"\n"
                               "never 1 \"x\" share who with oak when danger because \"x\"\n");
        buffer_add_text(&text, rows[i]);
        policy = policy_of(buffer_text(&text), &westport_schema);
        assert_int_equal(policy_example_count(policy), 1);
        policy_free(&policy);
        buffer_clear(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_agreement_says_what_it_is),
        cmocka_unit_test(its_names_are_counted_as_it_lists_them),
        cmocka_unit_test(layout_is_not_significant),
        cmocka_unit_test(the_word_of_an_agency_may_be_that_of_its_type),
        cmocka_unit_test(a_false_example_fails_at_its_place),
        cmocka_unit_test(what_an_example_does_not_state_is_unknown),
    };

    return RUN(tests);
}
