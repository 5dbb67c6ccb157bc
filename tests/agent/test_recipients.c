#include "../federate.h"

#include "agent/recipients.h"

/* Who is told of a message, and who is not and why. */

static const uint8_t leah[HANDLE] = { 1 };

struct choice {
    struct federate federate;
    struct in_force *in_force;
    struct about about;
    struct recipients recipients;
    uint32_t unwanted; /* whom the broker has refused; 0: nobody */
};

/* A concern of the school about Leah, for safeguarding. */
static void
begin(struct choice *choice)
{
    const struct policy *policy;

    memset(choice, 0, sizeof(*choice));
    federate_begin(&choice->federate);
    choice->in_force = read_in_force(&choice->federate, SCHOOL, NULL);
    policy = agreements_current(choice->in_force->agreements)->policy;
    choice->about = (struct about){ .sender = SCHOOL, .handle = leah, .kind = KIND_CONCERN };
    choice->about.situation.day = instant_day(choice->federate.now.wall);
    choice->about.situation.purposes = 1u << policy_purpose(policy, "safeguarding");
}

static void
end(struct choice *choice)
{
    in_force_free(&choice->in_force);
    federate_end(&choice->federate);
}

static void
adopt(struct choice *choice)
{
    struct in_force *old = choice->in_force;

    choice->in_force = read_in_force(&choice->federate, SCHOOL, old);
    in_force_free(&old);
}

static void
grant(struct choice *choice, uint32_t recipient)
{
    struct grant made = grant_to(&choice->federate, SCHOOL, leah, recipient, NULL);

    sign_grant(&choice->federate, &made);
    adopt(choice);
}

static bool
is_unwanted(const void *context, uint32_t agency)
{
    return ((const struct choice *)context)->unwanted == agency;
}

static void
choose(struct choice *choice)
{
    struct why why = { "" };

    expect_ok(recipients_choose(&choice->recipients, choice->in_force, &choice->about,
                                choice->federate.now.wall, is_unwanted, choice, &why),
              &why);
}

static const struct recipient *
find(const struct choice *choice, uint32_t agency)
{
    for (size_t i = 0; i < choice->recipients.count; i++)
        if (choice->recipients.list[i].agency->number == agency)
            return &choice->recipients.list[i];
    return NULL;
}

static void
is_told(const struct choice *choice, uint32_t agency)
{
    const struct recipient *recipient = find(choice, agency);

    assert_non_null(recipient);
    assert_int_equal(recipient->state, TOLD_SEALED);
    assert_non_null(recipient->intake);
    assert_false(bits_are_empty(&recipient->compartments));
}

static void
is_not_told(const struct choice *choice, uint32_t agency, enum told_state state,
            const char *why)
{
    const struct recipient *recipient = find(choice, agency);

    assert_non_null(recipient);
    assert_int_equal(recipient->state, state);
    assert_null(recipient->intake);
    assert_says(recipient->why, why);
}

static void
at_first_contact_only_mash_and_social_care(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    choose(&choice);
    assert_int_equal(choice.recipients.count, 3);
    is_told(&choice, MASH);
    is_told(&choice, SOCIAL_CARE);
    is_not_told(&choice, POLICE, TOLD_OWED, "the index has not answered");
    end(&choice);
}

static void
of_immediate_danger_the_police_are_told_at_first_contact(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    choice.about.immediate_danger = true;
    choose(&choice);
    is_told(&choice, POLICE);
    end(&choice);
}

/* Whoever else the agreement lets hear of all children waits for the index. */
static void
of_immediate_danger_nobody_but_the_police_is_told_at_first_contact(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    agree_on(&choice.federate, "mash, social-care, police\nschema     1\n",
             "mash, social-care, police, hospital\nschema     1\n"
             "clause 6 \"A hospital hears of all, too\" share who with hospital\n"
             "  for safeguarding because \"To see who waits\"\n");
    adopt(&choice);
    choice.about.immediate_danger = true;
    choose(&choice);
    assert_int_equal(choice.recipients.count, 4);
    is_told(&choice, MASH);
    is_told(&choice, SOCIAL_CARE);
    is_told(&choice, POLICE);
    is_not_told(&choice, HOSPITAL, TOLD_OWED, "the index has not answered");
    end(&choice);
}

static void
when_the_index_has_answered_all_who_hear_of_all_are_told(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, 0);
    choose(&choice);
    assert_true(choice.recipients.known_to_index);
    assert_int_equal(choice.recipients.count, 3);
    is_told(&choice, POLICE);
    end(&choice);
}

static void
a_grant_adds_its_recipient_once(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    grant(&choice, HOSPITAL);
    choose(&choice);
    assert_int_equal(choice.recipients.count, 4);
    is_told(&choice, HOSPITAL);
    assert_null(find(&choice, OTHER_SCHOOL));
    end(&choice);
}

static void
a_grant_on_another_record_gives_nothing(void **state)
{
    static const uint8_t noah[HANDLE] = { 2 };
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    choice.about.handle = noah;
    choose(&choice);
    assert_null(find(&choice, HOSPITAL));
    assert_false(choice.recipients.known_to_index);
    end(&choice);
}

/* Nobody affirmed it: whoever had it may still be responsible, and that is said. */
static void
whose_grant_has_ended_is_owed(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    pass(&choice.federate.now, DAYS(31));
    choice.about.situation.day = instant_day(choice.federate.now.wall);
    choose(&choice);
    is_not_told(&choice, HOSPITAL, TOLD_OWED, "is out of date");
    is_told(&choice, MASH);
    is_told(&choice, SOCIAL_CARE);
    assert_true(choice.recipients.known_to_index);
    end(&choice);
}

static void
a_grant_that_ended_takes_nothing_from_one_that_did_not(void **state)
{
    struct choice choice;
    struct grant ended;
    (void)state;

    begin(&choice);
    ended = grant_to(&choice.federate, SCHOOL, leah, HOSPITAL, NULL);
    ended.to_day -= 31;
    sign_grant(&choice.federate, &ended);
    grant(&choice, HOSPITAL);
    choose(&choice);
    assert_int_equal(choice.recipients.count, 4);
    is_told(&choice, HOSPITAL);
    end(&choice);
}

/* Somebody must always be told, under an old key if need be; others wait for a fresh one. */
static void
an_old_intake_key_is_good_enough_for_mash_and_social_care_only(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    pass(&choice.federate.now, DAYS(8));
    choice.about.situation.day = instant_day(choice.federate.now.wall);
    choose(&choice);
    is_told(&choice, MASH);
    is_told(&choice, SOCIAL_CARE);
    is_not_told(&choice, POLICE, TOLD_OWED, "out of date");
    is_not_told(&choice, HOSPITAL, TOLD_OWED, "out of date");
    end(&choice);
}

static void
without_any_intake_key_of_mash_nothing_goes_out(void **state)
{
    struct choice choice;
    struct why why = { "" };
    (void)state;

    begin(&choice);
    shell("rm %s/federation/intake/mash.intake", choice.federate.folder);
    adopt(&choice);
    assert_err(recipients_choose(&choice.recipients, choice.in_force, &choice.about,
                                 choice.federate.now.wall, NULL, NULL, &why),
               ERR_NOT_FOUND);
    assert_says(why.text, "mash must be told of every message");
    end(&choice);
}

static void
without_its_intake_key_another_is_owed(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    shell("rm %s/federation/intake/general-hospital.intake", choice.federate.folder);
    grant(&choice, HOSPITAL);
    choose(&choice);
    is_not_told(&choice, HOSPITAL, TOLD_OWED, "has not published an intake key");
    is_told(&choice, MASH);
    end(&choice);
}

static void
after_the_agreement_mash_and_social_care_are_still_told(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    agree_on(&choice.federate, "to 2027-12-31", "to 2026-11-24");
    adopt(&choice);
    choose(&choice);
    is_told(&choice, MASH);
    is_told(&choice, SOCIAL_CARE);
    is_not_told(&choice, POLICE, TOLD_NOT_SHARED, "not in force");
    is_not_told(&choice, HOSPITAL, TOLD_NOT_SHARED, "not in force");
    end(&choice);
}

static void
without_any_grants_mash_and_social_care_are_told(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    shell("rm %s/federation/grants", choice.federate.folder);
    adopt(&choice);
    choose(&choice);
    is_told(&choice, MASH);
    is_told(&choice, SOCIAL_CARE);
    is_not_told(&choice, POLICE, TOLD_OWED, "the index has not answered");
    end(&choice);
}

/* Whatever has gone stale, others are owed it with the reason. */
static void
when_something_is_stale_only_mash_and_social_care_are_told(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    choice.about.immediate_danger = true;
    choice.about.narrowed = "this agency's signing key ended on 2026-11-24";
    choose(&choice);
    is_told(&choice, MASH);
    is_told(&choice, SOCIAL_CARE);
    is_not_told(&choice, POLICE, TOLD_OWED, "signing key ended on 2026-11-24");
    is_not_told(&choice, HOSPITAL, TOLD_OWED, "signing key ended on 2026-11-24");
    end(&choice);
}

static void
for_a_purpose_of_no_clause_of_theirs_police_are_told_nothing(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, 0);
    choice.about.situation.purposes =
        1u << policy_purpose(agreements_current(choice.in_force->agreements)->policy,
                             "early-help-offer");
    choose(&choice);
    is_told(&choice, MASH);
    is_not_told(&choice, POLICE, TOLD_NOT_SHARED, "shares nothing");
    end(&choice);
}

static void
whom_the_broker_refused_is_owed_but_never_mash(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    choice.unwanted = HOSPITAL;
    choose(&choice);
    is_not_told(&choice, HOSPITAL, TOLD_OWED, "the broker does not deliver to it");
    choice.unwanted = MASH;
    choose(&choice);
    is_told(&choice, MASH);
    is_told(&choice, HOSPITAL);
    end(&choice);
}

static void
whom_it_must_not_reach_is_not_told_but_mash_always_is(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    choice.about.must_not_reach[0] = "general-hospital";
    choice.about.must_not_reach[1] = "mash";
    choice.about.must_not_reach_count = 2;
    choose(&choice);
    is_not_told(&choice, HOSPITAL, TOLD_NOT_SHARED, "must not reach it");
    is_told(&choice, MASH);
    is_told(&choice, POLICE);
    end(&choice);
}

static void
shut_out(struct choice *choice, uint32_t agency)
{
    suspend(&choice->federate, agency, 0);
    if (agency == MASH || agency == SOCIAL_CARE)
        suspend(&choice->federate, agency, 0);
    adopt(choice);
}

static void
who_is_suspended_is_owed_and_the_others_are_told(void **state)
{
    static const uint32_t each[] = { MASH, SOCIAL_CARE, POLICE, HOSPITAL };
    (void)state;

    for (size_t i = 0; i < 4; i++) {
        struct choice choice;

        begin(&choice);
        grant(&choice, HOSPITAL);
        shut_out(&choice, each[i]);
        choose(&choice);
        for (size_t j = 0; j < 4; j++)
            if (i == j)
                is_not_told(&choice, each[j], TOLD_OWED, "it is suspended");
            else
                is_told(&choice, each[j]);
        lift_suspension(&choice.federate, each[i]);
        adopt(&choice);
        choose(&choice);
        is_told(&choice, each[i]);
        end(&choice);
    }
}

/* One signature does not keep a concern from MASH. */
static void
mash_signed_out_by_one_is_told(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    suspend(&choice.federate, MASH, 0);
    adopt(&choice);
    choose(&choice);
    is_told(&choice, MASH);
    end(&choice);
}

/* No envelope to nobody: a person is shown it. */
static void
when_all_who_could_be_told_are_suspended_it_is_held(void **state)
{
    struct choice choice;
    struct why why = { "" };
    (void)state;

    begin(&choice);
    shut_out(&choice, MASH);
    shut_out(&choice, SOCIAL_CARE);
    assert_err(recipients_choose(&choice.recipients, choice.in_force, &choice.about,
                                 choice.federate.now.wall, NULL, NULL, &why),
               ERR_NOT_FOUND);
    assert_says(why.text, "everybody whom it could be sent to is suspended");
    choice.about.immediate_danger = true;
    choose(&choice);
    is_told(&choice, POLICE);
    end(&choice);
}

static void
nobody_tells_itself(void **state)
{
    struct choice choice;
    (void)state;

    begin(&choice);
    choice.about.sender = MASH;
    choose(&choice);
    assert_null(find(&choice, MASH));
    is_told(&choice, SOCIAL_CARE);
    end(&choice);
}

static void
each_gets_only_its_own_compartments(void **state)
{
    const struct bits *mash, *police, *hospital;
    struct choice choice;
    struct bits both;
    (void)state;

    begin(&choice);
    grant(&choice, HOSPITAL);
    choose(&choice);
    mash = &find(&choice, MASH)->compartments;
    police = &find(&choice, POLICE)->compartments;
    hospital = &find(&choice, HOSPITAL)->compartments;
    both = bits_and(police, mash);
    assert_memory_equal(&both, police, sizeof(both)); /* what police see MASH sees */
    assert_memory_not_equal(mash, police, sizeof(*mash));
    assert_memory_not_equal(hospital, police, sizeof(*police));
    end(&choice);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_first_contact_only_mash_and_social_care),
        cmocka_unit_test(of_immediate_danger_the_police_are_told_at_first_contact),
        cmocka_unit_test(of_immediate_danger_nobody_but_the_police_is_told_at_first_contact),
        cmocka_unit_test(when_the_index_has_answered_all_who_hear_of_all_are_told),
        cmocka_unit_test(a_grant_adds_its_recipient_once),
        cmocka_unit_test(a_grant_on_another_record_gives_nothing),
        cmocka_unit_test(whose_grant_has_ended_is_owed),
        cmocka_unit_test(a_grant_that_ended_takes_nothing_from_one_that_did_not),
        cmocka_unit_test(an_old_intake_key_is_good_enough_for_mash_and_social_care_only),
        cmocka_unit_test(without_any_intake_key_of_mash_nothing_goes_out),
        cmocka_unit_test(without_its_intake_key_another_is_owed),
        cmocka_unit_test(after_the_agreement_mash_and_social_care_are_still_told),
        cmocka_unit_test(without_any_grants_mash_and_social_care_are_told),
        cmocka_unit_test(when_something_is_stale_only_mash_and_social_care_are_told),
        cmocka_unit_test(for_a_purpose_of_no_clause_of_theirs_police_are_told_nothing),
        cmocka_unit_test(whom_the_broker_refused_is_owed_but_never_mash),
        cmocka_unit_test(whom_it_must_not_reach_is_not_told_but_mash_always_is),
        cmocka_unit_test(who_is_suspended_is_owed_and_the_others_are_told),
        cmocka_unit_test(mash_signed_out_by_one_is_told),
        cmocka_unit_test(when_all_who_could_be_told_are_suspended_it_is_held),
        cmocka_unit_test(nobody_tells_itself),
        cmocka_unit_test(each_gets_only_its_own_compartments),
    };

    return RUN(tests);
}
