#include "office.h"

/* Each gate of the broker, and the words in which it refuses. */

struct case_of {
    struct office office;
    struct letter letter;
};

/* A concern of the school, not yet sealed; the school is in service. */
static void
begin(struct case_of *it)
{
    office_open(&it->office);
    enter(&it->office, SCHOOL);
    letter_begin(&it->letter, &it->office.federate, it->office.in_force, SCHOOL);
}

static void
end(struct case_of *it)
{
    letter_end(&it->letter);
    office_close(&it->office);
}

static void
post_letter(struct case_of *it)
{
    submit(&it->office, SCHOOL, &it->letter);
    commit(&it->office);
}

static void
sent_it_is_refused(struct case_of *it, enum check check, uint32_t recipient)
{
    post_letter(it);
    is_refused(&it->office, SCHOOL, check, recipient);
    assert_int_equal(broker_counts(it->office.broker).log_size, 0);
}

static uint64_t
sent_it_is_accepted(struct case_of *it)
{
    const struct frame *answer;

    post_letter(it);
    answer = hears(&it->office, SCHOOL, VERB_ACCEPTED);
    assert_bytes(answer->accepted.msg_id, bytes_of(it->letter.order.core.msg_id, MSG_ID));
    assert_bytes(answer->accepted.h, bytes_of(it->letter.sealed.h, DIGEST));
    return answer->accepted.log_index;
}

/* --- Who sent it -------------------------------------------------------------------------- */

static void
nobody_sends_as_another(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    enter(&it.office, POLICE);
    submit(&it.office, POLICE, &it.letter);
    is_refused(&it.office, POLICE, CHECK_SENDER, 0);
    end(&it);
}

static void
a_key_that_the_registry_does_not_list_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    it.letter.order.core.sender_key = 2;
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_SENDER_KEY, 0);
    end(&it);
}

static void
a_signature_that_does_not_hold_is_refused(void **state)
{
    struct case_of it;
    uint8_t signature[64];
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    memcpy(signature, it.letter.envelope.batch.signature.data, sizeof(signature));
    signature[7] ^= 1;
    it.letter.envelope.batch.signature = bytes_of(signature, sizeof(signature));
    sent_it_is_refused(&it, CHECK_SIGNATURE, 0);
    end(&it);
}

static void
an_envelope_without_a_core_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    it.letter.envelope.core.len--;
    sent_it_is_refused(&it, CHECK_FORM, 0);
    end(&it);
}

/* --- When ----------------------------------------------------------------------------------- */

static void
try_created(int64_t offset_ms, enum check check)
{
    struct case_of it;

    begin(&it);
    it.letter.order.core.created_ms = (uint64_t)(it.office.federate.now.wall.ms + offset_ms);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    if (check)
        sent_it_is_refused(&it, check, 0);
    else
        sent_it_is_accepted(&it);
    end(&it);
}

static void
the_window_is_five_minutes_ahead_and_fifteen_behind(void **state)
{
    (void)state;
    try_created(MINUTES(5), CHECK_OK);
    try_created(MINUTES(5) + 1, CHECK_WINDOW);
    try_created(-MINUTES(15), CHECK_OK);
    try_created(-MINUTES(15) - 1, CHECK_WINDOW);
}

static void
a_time_beyond_all_times_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    it.letter.order.core.created_ms = UINT64_MAX;
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_WINDOW, 0);
    end(&it);
}

/* --- The same again --------------------------------------------------------------------------- */

static void
the_same_again_gets_its_first_answer(void **state)
{
    struct case_of it;
    uint64_t first;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    first = sent_it_is_accepted(&it);
    assert_int_equal(sent_it_is_accepted(&it), first);
    pass(&it.office.federate.now, DAYS(3)); /* however late, and outside the window */
    office_restart(&it.office);
    enter(&it.office, SCHOOL);
    assert_int_equal(sent_it_is_accepted(&it), first);
    assert_int_equal(broker_counts(it.office.broker).log_size, 1);
    end(&it);
}

static void
twice_in_one_batch_is_once_in_the_log(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    submit(&it.office, SCHOOL, &it.letter);
    sent_it_is_accepted(&it);
    nothing_is_said(&it.office);
    assert_int_equal(broker_counts(it.office.broker).log_size, 1);
    end(&it);
}

static void
another_message_under_the_same_id_is_refused(void **state)
{
    struct case_of it;
    struct letter other;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    letter_begin(&other, &it.office.federate, it.office.in_force, SCHOOL);
    memcpy(other.order.core.msg_id, it.letter.order.core.msg_id, MSG_ID);
    letter_to_always_told(&other);
    letter_seal(&other);

    submit(&it.office, SCHOOL, &it.letter); /* before the commit, */
    submit(&it.office, SCHOOL, &other);
    is_refused(&it.office, SCHOOL, CHECK_REPLAY, 0);
    commit(&it.office);
    hears(&it.office, SCHOOL, VERB_ACCEPTED);
    submit(&it.office, SCHOOL, &other); /* after it, */
    is_refused(&it.office, SCHOOL, CHECK_REPLAY, 0);
    office_restart(&it.office); /* and after a restart */
    enter(&it.office, SCHOOL);
    submit(&it.office, SCHOOL, &other);
    is_refused(&it.office, SCHOOL, CHECK_REPLAY, 0);
    letter_end(&other);
    end(&it);
}

static void
an_id_is_its_senders_own(void **state)
{
    struct case_of it;
    struct letter other;
    (void)state;

    begin(&it);
    enter(&it.office, POLICE);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    letter_begin(&other, &it.office.federate, it.office.in_force, POLICE);
    memcpy(other.order.core.msg_id, it.letter.order.core.msg_id, MSG_ID);
    letter_to_always_told(&other);
    letter_seal(&other);
    submit(&it.office, POLICE, &other);
    commit(&it.office);
    hears(&it.office, POLICE, VERB_ACCEPTED);
    letter_end(&other);
    end(&it);
}

/* --- Under which agreement ------------------------------------------------------------------------ */

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

/* A concern for the police too, sealed under the first agreement; the next one is in force
   by the time that it is sent, `later` after it was adopted. */
static void
seal_then_agree(struct case_of *it, const char *old, const char *fresh, int64_t later)
{
    struct office *office = &it->office;

    begin(it);
    agree_on(&office->federate, old, fresh);
    it->letter.order.core.created_ms += (uint64_t)later;
    letter_to_always_told(&it->letter);
    letter_to(&it->letter, POLICE, 1);
    letter_seal(&it->letter);
    office_adopt(office);
    broker_left(office->broker, SCHOOL);
    pass(&office->federate.now, later);
    enter(office, SCHOOL);
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

static size_t
compartments_for_police(struct office *office)
{
    struct frame hello = a_hello(office, 0);

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
    hello = a_hello(&it.office, 0);
    say(&it.office, POLICE, &hello);
    hears(&it.office, POLICE, VERB_WELCOME);
    commit(&it.office);
    count = hears(&it.office, POLICE, VERB_DELIVER)->delivery.envelope.compartment_count;
    assert_true(count > 2); /* the header, the headline, and the rest */
    end(&it);
}

/* --- What is in it ------------------------------------------------------------------------------------ */

static void
a_kind_that_there_is_not_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    /* The seal was made for a concern; a kind of its own is signed again over it. */
    put_le32((uint8_t *)(uintptr_t)it.letter.envelope.core.data + 40, 5);
    letter_sign(&it.letter, 1);
    sent_it_is_refused(&it, CHECK_FORM, 0);
    end(&it);
}

static void
a_missing_compartment_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    it.letter.envelope.compartment_count--;
    sent_it_is_refused(&it, CHECK_COMPARTMENTS, 0);
    end(&it);
}

static void
a_compartment_that_was_not_signed_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    *(uint8_t *)(uintptr_t)it.letter.bodies[2].body.data ^= 1;
    sent_it_is_refused(&it, CHECK_COMPARTMENT, 0);
    end(&it);
}

static void
a_route_that_was_not_signed_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    *(uint8_t *)(uintptr_t)(it.letter.envelope.route.data + 4) ^= 1;
    sent_it_is_refused(&it, CHECK_ROUTE, 0);
    end(&it);
}

static void
a_capsule_that_was_not_signed_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    *(uint8_t *)(uintptr_t)it.letter.capsules[1].ct.data ^= 1;
    sent_it_is_refused(&it, CHECK_CAPSULE, 0);
    end(&it);
}

/* Two capsules and two decoys make four digests; without the capsules they would be four
   decoys, and more than three could hide a recipient. */
static void
more_decoys_than_three_are_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    assert_int_equal(it.letter.envelope.capsule_digests.len, 4 * DIGEST);
    it.letter.envelope.capsule_count = 0;
    sent_it_is_refused(&it, CHECK_CAPSULE, 0);
    end(&it);
}

/* --- To whom -------------------------------------------------------------------------------------------- */

static void
try_without(uint32_t missing)
{
    struct case_of it;

    begin(&it);
    letter_to(&it.letter, missing == MASH ? SOCIAL_CARE : MASH, 1);
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_CAPSULE_MISSING, missing);
    end(&it);
}

static void
mash_and_social_care_are_always_told(void **state)
{
    (void)state;
    try_without(MASH);
    try_without(SOCIAL_CARE);
}

static void
who_is_always_told_need_not_tell_itself(void **state)
{
    struct case_of it;
    struct letter letter;
    (void)state;

    begin(&it);
    enter(&it.office, MASH);
    letter_begin(&letter, &it.office.federate, it.office.in_force, MASH);
    letter_to(&letter, SOCIAL_CARE, 1);
    letter_seal(&letter);
    submit(&it.office, MASH, &letter);
    commit(&it.office);
    hears(&it.office, MASH, VERB_ACCEPTED);
    letter_end(&letter);
    end(&it);
}

static void
a_control_message_goes_to_its_addressee_alone(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    it.letter.order.core.kind = KIND_CONTROL;
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    end(&it);
}

static void
try_recipient(uint32_t recipient, const char *old, const char *fresh)
{
    struct case_of it;

    office_open(&it.office);
    if (old != NULL) {
        agree_on(&it.office.federate, old, fresh);
        office_adopt(&it.office);
    }
    enter(&it.office, SCHOOL);
    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, recipient, 1);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_RECIPIENT, recipient);
    end(&it);
}

static void
a_recipient_that_nobody_knows_is_refused(void **state)
{
    (void)state;
    try_recipient(STRANGER, NULL, NULL);
}

static void
nobody_sends_to_itself(void **state)
{
    (void)state;
    try_recipient(SCHOOL, NULL, NULL);
}

static void
a_recipient_that_is_not_in_the_agreement_is_refused(void **state)
{
    (void)state;
    try_recipient(OTHER_SCHOOL, ", les-quennevais-secondary", "");
}

static void
after_the_agreement_only_mash_and_social_care(void **state)
{
    struct case_of it;
    (void)state;

    office_open(&it.office);
    agree_on(&it.office.federate, "to 2027-12-31", "to 2026-11-24");
    office_adopt(&it.office);
    enter(&it.office, SCHOOL);
    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    letter_end(&it.letter);

    letter_begin(&it.letter, &it.office.federate, it.office.in_force, SCHOOL);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    post_letter(&it);
    is_refused(&it.office, SCHOOL, CHECK_RECIPIENT, POLICE);
    end(&it);
}

/* --- Under which grant ------------------------------------------------------------------------------------ */

static void
adopt(struct case_of *it)
{
    office_adopt(&it->office);
    it->letter.in_force = it->office.in_force;
    it->letter.agreement = agreements_current(it->office.in_force->agreements);
}

static void
send_to_hospital(struct case_of *it)
{
    adopt(it);
    letter_to_always_told(&it->letter);
    letter_to(&it->letter, HOSPITAL, 1);
    letter_seal(&it->letter);
}

static void
try_grant(const struct grant *grant, struct case_of *it)
{
    if (grant != NULL)
        sign_grant(&it->office.federate, grant);
    send_to_hospital(it);
    sent_it_is_refused(it, CHECK_GRANT, HOSPITAL);
    end(it);
}

static void
without_a_grant_nothing_goes_to_a_hospital(void **state)
{
    struct case_of it;
    struct grant grant;
    (void)state;

    begin(&it);
    try_grant(NULL, &it);

    begin(&it); /* for another record, */
    grant = grant_to(&it.office.federate, SCHOOL, (uint8_t[HANDLE]){ 2 }, HOSPITAL, NULL);
    try_grant(&grant, &it);

    begin(&it); /* another recipient, */
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, OTHER_SCHOOL, NULL);
    try_grant(&grant, &it);

    begin(&it); /* another sender, */
    grant = grant_to(&it.office.federate, POLICE, it.letter.handle, HOSPITAL, NULL);
    try_grant(&grant, &it);

    begin(&it); /* or at another time */
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    grant.to_day -= 31;
    grant.from_ms -= (uint64_t)DAYS(60);
    try_grant(&grant, &it);
}

static void
a_forged_grant_stops_the_new_documents_and_leaves_the_old_in_force(void **state)
{
    char grants[FILE_PATH_MAX], directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];
    struct case_of it;
    struct in_force *fresh = NULL;
    struct grant grant;
    struct buffer file;
    struct why why = { "" };
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, OTHER_SCHOOL, NULL);
    sign_grant(&it.office.federate, &grant);
    snprintf(grants, sizeof(grants), "%s/federation/grants", it.office.federate.folder);
    snprintf(directory, sizeof(directory), "%s/federation", it.office.federate.folder);
    snprintf(archive, sizeof(archive), "%s/archive-0", it.office.federate.folder);
    buffer_init(&file, 4096);
    assert_ok(file_read(&file, grants, &why));
    for (size_t i = 0; i + 4 <= file.len; i++) /* to the hospital instead */
        if (get_le32(file.data + i) == OTHER_SCHOOL)
            put_le32(file.data + i, HOSPITAL);
    assert_ok(file_write(grants, buffer_bytes(&file), 0644, &why));
    assert_err(in_force_read(&fresh, directory, archive, it.office.in_force,
                             it.office.federate.now.wall, &why),
               ERR_FORGED);
    assert_null(fresh);
    buffer_clear(&file);

    letter_to_always_told(&it.letter);
    letter_to(&it.letter, HOSPITAL, 1);
    letter_seal(&it.letter);
    sent_it_is_refused(&it, CHECK_GRANT, HOSPITAL);
    end(&it);
}

static void
under_a_grant_it_goes_with_route_and_grant(void **state)
{
    struct case_of it;
    struct grant grant, heard;
    const struct delivery *delivery;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    send_to_hospital(&it);
    sent_it_is_accepted(&it);
    enter(&it.office, HOSPITAL);
    commit(&it.office);
    delivery = &hears(&it.office, HOSPITAL, VERB_DELIVER)->delivery;
    assert_true(delivery->has_grant);
    assert_ok(grant_read(&heard, delivery->grant_body));
    assert_memory_equal(heard.id, grant.id, GRANT_ID);
    assert_bytes(delivery->envelope.route, it.letter.envelope.route);
    assert_int_equal(delivery->envelope.capsule_count, 1);
    end(&it);
}

/* A faulty publisher puts in keys beyond the ceiling: what they open does not go out. */
static void
a_body_beyond_the_ceiling_does_not_go_out(void **state)
{
    struct case_of it;
    struct bits ceiling;
    const struct envelope *copy;
    struct grant grant;
    (void)state;

    begin(&it);
    grant = grant_to(&it.office.federate, SCHOOL, it.letter.handle, HOSPITAL, NULL);
    sign_grant(&it.office.federate, &grant);
    adopt(&it);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, HOSPITAL, 1);
    ceiling = it.letter.recipients[2].compartments;
    it.letter.recipients[2].compartments = it.letter.recipients[0].compartments;
    letter_seal(&it.letter);
    sent_it_is_accepted(&it);
    enter(&it.office, HOSPITAL);
    commit(&it.office);
    copy = &hears(&it.office, HOSPITAL, VERB_DELIVER)->delivery.envelope;
    assert_true(copy->compartment_count > 0);
    assert_true(copy->compartment_count < it.letter.envelope.compartment_count);
    for (size_t i = 0; i < copy->compartment_count; i++)
        assert_true(bits_have(&ceiling, copy->compartments[i].c));
    end(&it);
}

/* --- All of them together --------------------------------------------------------------------------------- */

static void
what_is_right_goes_through_every_gate(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    letter_to_always_told(&it.letter);
    letter_to(&it.letter, POLICE, 1);
    letter_seal(&it.letter);
    assert_int_equal(sent_it_is_accepted(&it), 0);
    assert_int_equal(broker_counts(it.office.broker).accepted, 1);
    assert_int_equal(broker_counts(it.office.broker).refused, 0);
    end(&it);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_sends_as_another),
        cmocka_unit_test(a_key_that_the_registry_does_not_list_is_refused),
        cmocka_unit_test(a_signature_that_does_not_hold_is_refused),
        cmocka_unit_test(an_envelope_without_a_core_is_refused),
        cmocka_unit_test(the_window_is_five_minutes_ahead_and_fifteen_behind),
        cmocka_unit_test(a_time_beyond_all_times_is_refused),
        cmocka_unit_test(the_same_again_gets_its_first_answer),
        cmocka_unit_test(twice_in_one_batch_is_once_in_the_log),
        cmocka_unit_test(another_message_under_the_same_id_is_refused),
        cmocka_unit_test(an_id_is_its_senders_own),
        cmocka_unit_test(an_agreement_that_nobody_signed_is_refused),
        cmocka_unit_test(the_agreement_before_is_taken_for_a_day),
        cmocka_unit_test(between_two_agreements_only_what_both_share_goes_out),
        cmocka_unit_test(what_was_accepted_before_the_change_goes_out_as_it_was),
        cmocka_unit_test(a_kind_that_there_is_not_is_refused),
        cmocka_unit_test(a_missing_compartment_is_refused),
        cmocka_unit_test(a_compartment_that_was_not_signed_is_refused),
        cmocka_unit_test(a_route_that_was_not_signed_is_refused),
        cmocka_unit_test(a_capsule_that_was_not_signed_is_refused),
        cmocka_unit_test(more_decoys_than_three_are_refused),
        cmocka_unit_test(mash_and_social_care_are_always_told),
        cmocka_unit_test(who_is_always_told_need_not_tell_itself),
        cmocka_unit_test(a_control_message_goes_to_its_addressee_alone),
        cmocka_unit_test(a_recipient_that_nobody_knows_is_refused),
        cmocka_unit_test(nobody_sends_to_itself),
        cmocka_unit_test(a_recipient_that_is_not_in_the_agreement_is_refused),
        cmocka_unit_test(after_the_agreement_only_mash_and_social_care),
        cmocka_unit_test(without_a_grant_nothing_goes_to_a_hospital),
        cmocka_unit_test(a_forged_grant_stops_the_new_documents_and_leaves_the_old_in_force),
        cmocka_unit_test(under_a_grant_it_goes_with_route_and_grant),
        cmocka_unit_test(a_body_beyond_the_ceiling_does_not_go_out),
        cmocka_unit_test(what_is_right_goes_through_every_gate),
    };

    return RUN(tests);
}
