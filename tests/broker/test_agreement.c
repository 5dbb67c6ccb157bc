#include "gate.h"

/* Under which agreement a message is taken, and what of it goes out. */

static void
an_agreement_that_nobody_signed_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    it.letter.order.core.policy_hash[0] ^= 1;
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_POLICY, 0);
    end(&it);
}

/* A concern for the police too, under the agreement now in force, to be sent later. */
static void
seal_for_police(struct case_of *it, int64_t later)
{
    it->letter.order.core.created_ms += (uint64_t)later;
    letter_to_always_told(&it->letter);
    letter_to(&it->letter, POLICE, 1);
    letter_seal(&it->letter);
}

static void
agree(struct case_of *it, const char *old, const char *fresh)
{
    agree_on(&it->office.federate, old, fresh);
    office_adopt(&it->office);
}

static void
some_time_passes(struct case_of *it, int64_t ms)
{
    broker_left(it->office.broker, SCHOOL);
    pass(&it->office.federate.now, ms);
    enter(&it->office, SCHOOL);
}

/* Sealed under the first agreement; the next one is in force by the time that it is sent,
   `later` after it was adopted. */
static void
seal_then_agree(struct case_of *it, const char *old, const char *fresh, int64_t later)
{
    begin(it);
    seal_for_police(it, later);
    agree(it, old, fresh);
    some_time_passes(it, later);
}

#define NARROWER                                                                               \
    "share    who, the-story, child.home_address\n  with     police",                          \
        "share    concern.kind, concern.headline\n  with     police"

static void
the_agreement_before_is_taken_for_a_day(void **state)
{
    struct case_of it;
    (void)state;

    seal_then_agree(&it, NARROWER, HOURS(24) - 1);
    sent_it_is_accepted(&it);
    letter_end(&it.letter);
    office_close(&it.office);

    seal_then_agree(&it, NARROWER, HOURS(24));
    sent_it_is_refused(&it, CHECK_POLICY, 0);
    end(&it);
}

/* One that nobody could bring the next agreement is heard by those who must hear. */
static void
an_old_agreement_is_taken_for_mash_and_social_care(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    it.letter.order.core.created_ms += (uint64_t)DAYS(3);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    agree(&it, NARROWER);
    some_time_passes(&it, DAYS(3));
    sent_it_is_accepted(&it);
    end(&it);
}

#define ANOTHER_OWNER "owner      \"Nobody\"", "owner      \"Somebody\""

/* Three agreements within a day: the second is the one before, the first is none any more. */
static void
of_three_within_a_day_the_first_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    seal_for_police(&it, HOURS(2));
    some_time_passes(&it, HOURS(1));
    agree(&it, NARROWER);
    some_time_passes(&it, HOURS(1));
    agree(&it, ANOTHER_OWNER);
    sent_it_is_refused(&it, CHECK_POLICY, 0);
    end(&it);
}

static void
of_three_within_a_day_the_second_is_taken(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    some_time_passes(&it, HOURS(1));
    agree(&it, NARROWER);
    letter_end(&it.letter);
    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    seal_for_police(&it, HOURS(1));
    some_time_passes(&it, HOURS(1));
    agree(&it, ANOTHER_OWNER);
    sent_it_is_accepted(&it);
    end(&it);
}

static void
an_agency_that_the_next_agreement_drops_is_refused_at_once(void **state)
{
    struct case_of it;
    (void)state;

    seal_then_agree(&it, "police       states-police", "police       another-police", 1);
    sent_it_is_refused(&it, CHECK_RECIPIENT, POLICE);
    end(&it);
}

#define ALL_TO_POLICE "hear of all children  mash, social-care, police"
#define NOT_TO_POLICE "hear of all children  mash, social-care"

static void
who_hears_of_all_by_one_of_two_agreements_needs_a_grant(void **state)
{
    struct case_of it;
    (void)state;

    seal_then_agree(&it, ALL_TO_POLICE, NOT_TO_POLICE, HOURS(1));
    sent_it_is_refused(&it, CHECK_GRANT, POLICE);
    end(&it);

    begin(&it);
    some_time_passes(&it, HOURS(1));
    agree(&it, ALL_TO_POLICE, NOT_TO_POLICE);
    letter_end(&it.letter);
    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    seal_for_police(&it, HOURS(1));
    some_time_passes(&it, HOURS(1));
    agree(&it, ALL_TO_POLICE, ALL_TO_POLICE);
    sent_it_is_refused(&it, CHECK_GRANT, POLICE);
    end(&it);
}

static size_t
compartments_for_police(struct office *office)
{
    struct frame hello = a_hello(office);

    say(office, POLICE, &hello);
    hears(office, POLICE, VERB_WELCOME);
    commit(office);
    return hears(office, POLICE, VERB_DELIVER)->delivery.envelope.compartment_count;
}

/* What either of the two agreements denies does not go out. */
static void
between_two_agreements_only_what_both_share_goes_out(void **state)
{
    struct case_of it;
    size_t before, between;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    before = compartments_for_police(&it.office);
    end(&it);

    seal_then_agree(&it, NARROWER, HOURS(1));
    sent_it_is_accepted(&it);
    between = compartments_for_police(&it.office);
    assert_true(between < before);
    end(&it);
}

/* A change is not retroactive: what was accepted before it goes out as it was. */
static void
what_was_accepted_before_the_change_goes_out_as_it_was(void **state)
{
    struct case_of it;
    struct frame hello;
    size_t count = 0;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    agree_on(&it.office.federate, NARROWER);
    pass(&it.office.federate.now, HOURS(1));
    office_adopt(&it.office);
    hello = a_hello(&it.office);
    say(&it.office, POLICE, &hello);
    hears(&it.office, POLICE, VERB_WELCOME);
    commit(&it.office);
    count = hears(&it.office, POLICE, VERB_DELIVER)->delivery.envelope.compartment_count;
    assert_true(count > 2); /* the header, the headline, and the rest */
    end(&it);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_agreement_that_nobody_signed_is_refused),
        cmocka_unit_test(the_agreement_before_is_taken_for_a_day),
        cmocka_unit_test(an_old_agreement_is_taken_for_mash_and_social_care),
        cmocka_unit_test(of_three_within_a_day_the_first_is_refused),
        cmocka_unit_test(of_three_within_a_day_the_second_is_taken),
        cmocka_unit_test(an_agency_that_the_next_agreement_drops_is_refused_at_once),
        cmocka_unit_test(who_hears_of_all_by_one_of_two_agreements_needs_a_grant),
        cmocka_unit_test(between_two_agreements_only_what_both_share_goes_out),
        cmocka_unit_test(what_was_accepted_before_the_change_goes_out_as_it_was),
    };

    return RUN(tests);
}
