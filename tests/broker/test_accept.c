#include "gate.h"

/* Each gate of the broker, and the words in which it refuses: who sent it, when, and what. */

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

/* The school's key is retired; of a concern that it wrote then the broker hears now. */
static void
under_a_retired_key(const char *then, const char *now, uint32_t another, enum check check)
{
    struct case_of it;
    struct office *office = &it.office;

    office_open(office);
    retire_key(&office->federate, office->in_force, SCHOOL);
    office_adopt(office);
    office->federate.now = at(now);
    enter(office, SCHOOL);
    letter_begin(&it.letter, &office->federate, office->in_force, SCHOOL);
    it.letter.order.core.created_ms = (uint64_t)at(then).wall.ms;
    letter_to_always_told(&it.letter);
    if (another != 0)
        letter_to(&it.letter, another, 1);
    letter_seal(&it.letter);
    if (check)
        sent_it_is_refused(&it, check, another);
    else
        sent_it_is_accepted(&it);
    end(&it);
}

#define BEFORE LAST_DAY "T23:59:59Z"
#define AFTER  "2026-12-03T00:00:00Z"

/* By the broker's own day, not by the one that the sender writes. */
static void
a_key_is_good_up_to_its_last_day_at_the_broker(void **state)
{
    (void)state;
    under_a_retired_key(BEFORE, BEFORE, POLICE, CHECK_OK);
    under_a_retired_key("2026-12-03T00:03:00Z", LAST_DAY "T23:59:00Z", POLICE, CHECK_OK);
    under_a_retired_key(BEFORE, AFTER, POLICE, CHECK_RECIPIENT);
    under_a_retired_key(AFTER, AFTER, POLICE, CHECK_RECIPIENT);
}

/* Nobody renewed it in time: that is no reason that they should not hear of a child. */
static void
after_its_last_day_a_key_is_good_for_mash_and_social_care(void **state)
{
    (void)state;
    under_a_retired_key(BEFORE, AFTER, 0, CHECK_OK);
    under_a_retired_key(AFTER, AFTER, 0, CHECK_OK);
    under_a_retired_key("2027-11-25T00:00:00Z", "2027-11-25T00:00:00Z", 0, CHECK_OK);
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

/* It would be a stub before MASH has ever connected. */
static void
a_message_that_expires_within_a_day_is_refused(void **state)
{
    struct case_of it;
    (void)state;

    begin(&it);
    it.letter.order.core.ttl_s = LIFETIME_MIN_S - 1;
    letter_to_always_told(&it.letter);
    letter_seal(&it.letter);
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
        cmocka_unit_test(a_key_is_good_up_to_its_last_day_at_the_broker),
        cmocka_unit_test(after_its_last_day_a_key_is_good_for_mash_and_social_care),
        cmocka_unit_test(a_signature_that_does_not_hold_is_refused),
        cmocka_unit_test(an_envelope_without_a_core_is_refused),
        cmocka_unit_test(the_window_is_five_minutes_ahead_and_fifteen_behind),
        cmocka_unit_test(a_time_beyond_all_times_is_refused),
        cmocka_unit_test(a_kind_that_there_is_not_is_refused),
        cmocka_unit_test(a_message_that_expires_within_a_day_is_refused),
        cmocka_unit_test(a_missing_compartment_is_refused),
        cmocka_unit_test(a_compartment_that_was_not_signed_is_refused),
        cmocka_unit_test(a_route_that_was_not_signed_is_refused),
        cmocka_unit_test(a_capsule_that_was_not_signed_is_refused),
        cmocka_unit_test(more_decoys_than_three_are_refused),
        cmocka_unit_test(what_is_right_goes_through_every_gate),
    };

    return RUN(tests);
}
