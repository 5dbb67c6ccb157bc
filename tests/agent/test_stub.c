#include "inbox.h"

/* What came without its content: core, digests and signature, in the place of a message. */

/* The desk is under a grant when its agency needs one; a stub carries none. */
static void
police_write_and_a_stub_comes(struct inbox *inbox, struct parcel *parcel, uint64_t position)
{
    struct envelope *envelope = &parcel->frame.delivery.envelope;

    police_write(inbox, parcel, position, position);
    envelope->capsule_count = 0;
    envelope->compartment_count = 0;
    envelope->route = (struct bytes){ 0 };
}

static void
it_comes(struct inbox *inbox, struct parcel *parcel)
{
    uint64_t position = parcel->frame.delivery.position;

    deliver(inbox, parcel);
    acknowledged(inbox, position);
    parcel_end(parcel);
}

static void
is_shown_without_content(struct inbox *inbox)
{
    struct answered answered;
    const json_t *message = json_array_get(read_inbox(inbox, &answered), 0);

    assert_string_equal(json_string_value(json_object_get(message, "from")), "states-police");
    assert_says(json_string_value(json_object_get(message, "quarantined")), "Ask the sender");
    done_with(&answered);
}

static void
what_has_expired_is_shown_keeps_its_place_and_is_no_alarm(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_a_stub_comes(&inbox, &parcel, 1);
    pass(&inbox.federate.now, DAYS(14));
    it_comes(&inbox, &parcel);
    holds(&inbox, 1, 1);
    is_shown_without_content(&inbox);
    no_alarm(&inbox.desk);
    police_write_and_it_comes(&inbox, 2, 2);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 0);
    end(&inbox);
}

/* Nothing but time takes a message from who hears of every child. */
static void
what_has_not_expired_was_withheld_from_mash(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_a_stub_comes(&inbox, &parcel, 1);
    pass(&inbox.federate.now, DAYS(13));
    it_comes(&inbox, &parcel);
    is_shown_without_content(&inbox);
    assert_int_equal(alarms_of(&inbox.desk, "WITHHELD"), 1);
    end(&inbox);
}

/* A grant can end at any time. */
static void
a_school_is_told_that_there_was_something(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, SCHOOL);
    police_write_and_a_stub_comes(&inbox, &parcel, 1);
    it_comes(&inbox, &parcel);
    is_shown_without_content(&inbox);
    no_alarm(&inbox.desk);
    end(&inbox);
}

static void
a_stub_that_the_sender_did_not_sign_is_reported(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    uint8_t signature[64];
    (void)state;

    begin(&inbox, SCHOOL);
    police_write_and_a_stub_comes(&inbox, &parcel, 1);
    memcpy(signature, parcel.frame.delivery.envelope.batch.signature.data, 64);
    signature[0] ^= 1;
    parcel.frame.delivery.envelope.batch.signature = bytes_of(signature, 64);
    it_comes(&inbox, &parcel);
    assert_int_equal(alarms_of(&inbox.desk, "SIGNATURE"), 1);
    holds(&inbox, 1, 1);
    end(&inbox);
}

/* A second look at it finds as little. */
static void
a_stub_stays_a_stub(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, SCHOOL);
    police_write_and_a_stub_comes(&inbox, &parcel, 1);
    it_comes(&inbox, &parcel);
    desk_adopt(&inbox.desk);
    settle(&inbox.desk);
    is_shown_without_content(&inbox);
    holds(&inbox, 1, 1);
    end(&inbox);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_expired_is_shown_keeps_its_place_and_is_no_alarm),
        cmocka_unit_test(what_has_not_expired_was_withheld_from_mash),
        cmocka_unit_test(a_school_is_told_that_there_was_something),
        cmocka_unit_test(a_stub_that_the_sender_did_not_sign_is_reported),
        cmocka_unit_test(a_stub_stays_a_stub),
    };

    return RUN(tests);
}
