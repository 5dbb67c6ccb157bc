#include "fixture.h"

/* What the rules of policy.h mean, row by row, in the agreement of Westport. */

enum purpose { ENQUIRY = 1, STRATEGY = 2, EARLY_HELP_OFFER = 4 };
enum fact { DANGER = 1, CONSENT = 2, PROTECTED = 4 };

// clang-format off
static const struct row {
    const char *about;
    const char *agency;
    uint16_t field;
    struct situation situation; /* the day is 2026-06-15 unless another is said */
    bool on_caseload;
    enum form form;
    const char *day;
} rows[] = {
    { "social care sees everything", "care-team", F_ALLEGATION, { .purposes = ENQUIRY }, false, FORM_FULL, NULL },
    { "for a purpose only", "care-team", F_ALLEGATION, { .purposes = 0 }, false, FORM_HIDDEN, NULL },
    { "that the clause names", "care-team", F_ALLEGATION, { .purposes = EARLY_HELP_OFFER }, false, FORM_HIDDEN, NULL },
    { "one of the message's is enough", "care-team", F_ALLEGATION, { .purposes = EARLY_HELP_OFFER | STRATEGY }, false, FORM_FULL, NULL },
    { "a purpose the agreement lacks is none", "care-team", F_ALLEGATION, { .purposes = 8 }, false, FORM_HIDDEN, NULL },
    { "sealed fields are for those who hear of all", "care-team", F_SAFE_ADDRESS, { .purposes = ENQUIRY }, false, FORM_FULL, NULL },

    { "a school hears of its own pupil", "st-marys", F_KIND, { .purposes = ENQUIRY }, true, FORM_FULL, NULL },
    { "and of no other", "st-marys", F_KIND, { .purposes = ENQUIRY }, false, FORM_HIDDEN, NULL },
    { "police need no caseload where none is asked for", "west-police", F_NAME, { .purposes = ENQUIRY, .facts_true = DANGER }, false, FORM_FULL, NULL },
    { "but they do where it is", "west-police", F_BIRTH, { .purposes = ENQUIRY }, false, FORM_HIDDEN, NULL },
    { "and then have it", "west-police", F_BIRTH, { .purposes = ENQUIRY }, true, FORM_AGE_BAND, NULL },
    { "a caseload is implied where a clause is silent", "general", F_INJURIES, { .purposes = ENQUIRY, .decided_level = 3 }, false, FORM_HIDDEN, NULL },
    { "health treats its own patient", "general", F_INJURIES, { .purposes = ENQUIRY, .decided_level = 3 }, true, FORM_FULL, NULL },
    { "the more detailed form wins", "general", F_BIRTH, { .purposes = ENQUIRY, .decided_level = 3 }, true, FORM_FULL, NULL },
    { "the less detailed one stands alone", "general", F_BIRTH, { .purposes = ENQUIRY, .decided_level = 2 }, true, FORM_AGE_BAND, NULL },

    { "MASH's level goes before the sender's", "west-police", F_ALLEGATION, { .purposes = ENQUIRY, .sender_level = 4, .decided_level = 3 }, false, FORM_HIDDEN, NULL },
    { "the sender's counts until there is one", "west-police", F_ALLEGATION, { .purposes = ENQUIRY, .sender_level = 4 }, false, FORM_FULL, NULL },
    { "never for a claim-sealed agency", "general", F_INJURIES, { .purposes = ENQUIRY, .sender_level = 4 }, true, FORM_HIDDEN, NULL },
    { "an unknown level is below every level", "west-police", F_ALLEGATION, { .purposes = ENQUIRY }, false, FORM_HIDDEN, NULL },
    { "a level that is none is unknown", "west-police", F_ALLEGATION, { .purposes = ENQUIRY, .sender_level = 5 }, false, FORM_HIDDEN, NULL },

    { "an unknown fact does not open a clause", "west-police", F_NAME, { .purposes = ENQUIRY }, false, FORM_HIDDEN, NULL },
    { "nor does a false one", "west-police", F_NAME, { .purposes = ENQUIRY, .facts_false = DANGER }, false, FORM_HIDDEN, NULL },
    { "nor one that is said to be both", "west-police", F_NAME, { .purposes = ENQUIRY, .facts_true = DANGER, .facts_false = DANGER }, false, FORM_HIDDEN, NULL },
    { "an unknown fact closes: the address may be protected", "st-marys", F_ADDRESS, { .purposes = ENQUIRY }, true, FORM_HIDDEN, NULL },
    { "so does one that is said to be both", "st-marys", F_ADDRESS, { .purposes = ENQUIRY, .facts_true = PROTECTED, .facts_false = PROTECTED }, true, FORM_HIDDEN, NULL },
    { "a false one does not", "st-marys", F_ADDRESS, { .purposes = ENQUIRY, .facts_false = PROTECTED }, true, FORM_DISTRICT, NULL },
    { "a true one does", "st-marys", F_ADDRESS, { .purposes = ENQUIRY, .facts_true = PROTECTED }, true, FORM_HIDDEN, NULL },
    { "anyone except leaves out those it names", "west-police", F_ADDRESS, { .purposes = ENQUIRY, .facts_true = PROTECTED | DANGER }, false, FORM_FULL, NULL },

    { "a never caps a form", "west-police", F_PLACE, { .purposes = ENQUIRY, .decided_level = 4 }, false, FORM_DISTRICT, NULL },
    { "not when its level is known not to be reached", "west-police", F_PLACE, { .purposes = ENQUIRY, .decided_level = 2, .facts_true = DANGER }, false, FORM_FULL, NULL },
    { "an unknown level may be reached", "west-police", F_PLACE, { .purposes = ENQUIRY, .facts_true = DANGER }, false, FORM_DISTRICT, NULL },
    { "a never on the caseload holds there", "hub", 21, { .purposes = ENQUIRY }, true, FORM_INITIALS, NULL },
    { "and nowhere else", "hub", 21, { .purposes = ENQUIRY }, false, FORM_FULL, NULL },
    { "a never names MASH like anyone", "hub", F_INFORMANT, { .purposes = ENQUIRY }, false, FORM_HIDDEN, NULL },
    { "and leaves out social care", "care-team", F_INFORMANT, { .purposes = ENQUIRY }, false, FORM_FULL, NULL },

    { "a clause begins on its first day", "riverside", F_ATTENDANCE, { .purposes = ENQUIRY, .decided_level = 3 }, true, FORM_FULL, "2026-05-01" },
    { "not before", "riverside", F_ATTENDANCE, { .purposes = ENQUIRY, .decided_level = 3 }, true, FORM_HIDDEN, "2026-04-30" },
    { "and ends on its last", "riverside", F_ATTENDANCE, { .purposes = ENQUIRY, .decided_level = 3 }, true, FORM_FULL, "2026-07-31" },
    { "not after", "riverside", F_ATTENDANCE, { .purposes = ENQUIRY, .decided_level = 3 }, true, FORM_HIDDEN, "2026-08-01" },
    { "a clause for one agency is not for its type", "general", F_ATTENDANCE, { .purposes = ENQUIRY, .decided_level = 3 }, true, FORM_HIDDEN, NULL },

    { "the agreement is in force on its last day", "west-police", F_ALLEGATION, { .purposes = ENQUIRY, .decided_level = 4 }, false, FORM_FULL, "2027-03-31" },
    { "then police get nothing", "west-police", F_ALLEGATION, { .purposes = ENQUIRY, .decided_level = 4 }, false, FORM_HIDDEN, "2027-04-01" },
    { "nor before its first day", "west-police", F_ALLEGATION, { .purposes = ENQUIRY, .decided_level = 4 }, false, FORM_HIDDEN, "2026-03-31" },
    { "social care goes on as on the last day", "care-team", F_ALLEGATION, { .purposes = ENQUIRY }, false, FORM_FULL, "2031-01-01" },
    { "and MASH as on the first", "hub", F_ALLEGATION, { .purposes = ENQUIRY }, false, FORM_FULL, "2020-01-01" },
    { "within the nevers", "hub", F_INFORMANT, { .purposes = ENQUIRY }, false, FORM_HIDDEN, "2031-01-01" },
    { "a school gets nothing any more", "st-marys", F_KIND, { .purposes = ENQUIRY }, true, FORM_HIDDEN, "2031-01-01" },

    { "a field that nobody registered is hidden", "care-team", 999, { .purposes = ENQUIRY }, false, FORM_HIDDEN, NULL },
    { "so is one newer than the agreement, every field or not", "care-team", F_NEWCOMER, { .purposes = ENQUIRY }, false, FORM_HIDDEN, NULL },
};
// clang-format on

static void
every_rule_holds(void **state)
{
    struct policy *policy = westport();
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct situation situation = row->situation;
        struct decision decision;

        situation.day = a_day(row->day ? row->day : "2026-06-15");
        decision = policy_decide(policy, row->field, policy_agency(policy, row->agency),
                                 &situation, row->on_caseload);
        if (decision.form != row->form)
            fail_msg("%s: %s, not %s", row->about, form_name(decision.form),
                     form_name(row->form));
    }
    policy_free(&policy);
}

static void
zeroed_memory_shares_nothing(void **state)
{
    struct policy *policy = westport();
    struct situation nothing = { 0 };
    (void)state;

    for (int agency = -1; agency <= (int)policy_agency_count(policy); agency++)
        for (size_t i = 0; i < westport_schema.count; i++)
            for (int kind = KIND_CONCERN; kind <= KIND_NEEDS; kind++) {
                struct bits released =
                    policy_release(policy, (enum kind)kind, agency, &nothing, true);

                assert_int_equal(
                    policy_decide(policy, westport_fields[i].number, agency, &nothing, true)
                        .form,
                    FORM_HIDDEN);
                assert_true(bits_are_empty(&released));
            }
    policy_free(&policy);
}

static void
an_agency_that_is_not_listed_gets_nothing(void **state)
{
    struct policy *policy = westport();
    struct situation situation = { a_day("2026-06-15"), 7, 7, 0, 4, 4 };
    int strangers[] = { -1, -100, (int)policy_agency_count(policy), 1000000 };
    (void)state;

    assert_int_equal(policy_agency(policy, "east-high"), -1);
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        struct bits released =
            policy_release(policy, KIND_CONCERN, strangers[i], &situation, true);
        struct bits ceiling = policy_ceiling(policy, KIND_CONTROL, strangers[i], situation.day);

        assert_true(bits_are_empty(&released));
        assert_true(bits_are_empty(&ceiling));
        assert_int_equal(policy_decide(policy, F_NAME, strangers[i], &situation, true).form,
                         FORM_HIDDEN);
        assert_null(policy_agency_name(policy, strangers[i]));
        assert_false(policy_hears_of_all(policy, strangers[i]));
    }
    policy_free(&policy);
}

static void
a_decision_names_who_gave_and_who_held_back(void **state)
{
    struct policy *policy = westport();
    int police = policy_agency(policy, "west-police"), hub = policy_agency(policy, "hub");
    struct situation situation = { a_day("2026-06-15"), ENQUIRY, DANGER, 0, 4, 4 };
    struct decision place = policy_decide(policy, F_PLACE, police, &situation, false);
    struct decision name = policy_decide(policy, F_NAME, police, &situation, true);
    struct decision told = policy_decide(policy, F_INFORMANT, hub, &situation, false);
    (void)state;

    assert_int_equal(place.form, FORM_DISTRICT);
    assert_int_equal(bits_count(&place.clauses), 2); /* clauses 4 and 5 */
    assert_true(bits_have(&place.clauses, 3) && bits_have(&place.clauses, 4));
    assert_int_equal(bits_count(&place.nevers), 1);
    assert_true(bits_have(&place.nevers, 2));
    assert_int_equal(policy_never_number(policy, 2), 3);

    assert_int_equal(bits_count(&name.clauses), 3);
    assert_true(bits_are_empty(&name.nevers));
    assert_string_equal(policy_clause_title(policy, policy_clause_number(policy, 1)),
                        "Agencies that know the child get an alert");

    assert_int_equal(told.form, FORM_HIDDEN);
    assert_true(bits_have(&told.clauses, 0) && bits_have(&told.nevers, 0));
    assert_false(told.floor_capped);
    policy_free(&policy);
}

/* --- The nevers that no agreement can lift --------------------------------------------------- */

static void
no_agreement_lifts_the_floor(void **state)
{
    static const struct {
        uint16_t field;
        enum form form;
        bool capped;
    } floor[] = {
        { F_NAME, FORM_FULL, false },       { F_ADDRESS, FORM_DISTRICT, true },
        { F_PLACE, FORM_DISTRICT, true },   { F_SCHOOL, FORM_PRESENT, true },
        { F_INFORMANT, FORM_HIDDEN, true }, { F_SAFE_ADDRESS, FORM_HIDDEN, true },
        { F_ALLEGATION, FORM_FULL, false },
    };
    struct policy *policy = policy_of(
        HEADER "clause 1 \"All to all\" share every field with school, police, mash for help\n"
               "  because \"everything, everything\"\n"
               "clause 2 \"The groups are used\" share everything with mash for help "
               "because \"x\"\n",
        &westport_schema);
    struct situation situation = { a_day("2026-06-15"), 3, 3, 0, 4, 4 };
    (void)state;

    for (size_t i = 0; i < sizeof(floor) / sizeof(floor[0]); i++) {
        struct decision school = policy_decide(policy, floor[i].field,
                                               policy_agency(policy, "oak"), &situation, true);
        struct decision police = policy_decide(
            policy, floor[i].field, policy_agency(policy, "west-police"), &situation, false);

        assert_int_equal(school.form, floor[i].form);
        assert_int_equal(school.floor_capped, floor[i].capped);
        assert_int_equal(police.form, FORM_FULL);
        assert_false(police.floor_capped);
    }
    policy_free(&policy);
}

static void
mash_and_social_care_always_hear_of_all(void **state)
{
    struct policy *policy = westport();
    (void)state;

    assert_true(policy_hears_of_all(policy, policy_agency(policy, "hub")));
    assert_true(policy_hears_of_all(policy, policy_agency(policy, "care-team")));
    assert_true(policy_hears_of_all(policy, policy_agency(policy, "west-police")));
    assert_false(policy_hears_of_all(policy, policy_agency(policy, "st-marys")));
    assert_true(policy_agency_is(policy, policy_agency(policy, "hub"), TYPE_MASH));
    assert_false(policy_agency_is(policy, -1, TYPE_MASH));
    policy_free(&policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_holds),
        cmocka_unit_test(zeroed_memory_shares_nothing),
        cmocka_unit_test(an_agency_that_is_not_listed_gets_nothing),
        cmocka_unit_test(a_decision_names_who_gave_and_who_held_back),
        cmocka_unit_test(no_agreement_lifts_the_floor),
        cmocka_unit_test(mash_and_social_care_always_hear_of_all),
    };

    return RUN(tests);
}
