#include "inbox.h"

/* What comes in: opened and kept; once, in order, without a gap. */

/* --- As it should be ------------------------------------------------------------------------- */

static void
mash_reads_what_the_agreement_gives_it(void **state)
{
    struct inbox inbox;
    struct answered answered;
    const json_t *message, *concern;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    message = json_array_get(read_inbox(&inbox, &answered), 0);
    concern = json_object_get(message, "concern");
    assert_string_equal(json_string_value(json_object_get(message, "from")), "states-police");
    assert_string_equal(json_string_value(json_object_get(message, "kind")), "concern");
    assert_string_equal(json_string_value(json_object_get(concern, "headline")), "A bruise");
    assert_string_equal(json_string_value(json_object_get(concern, "factsObserved")),
                        "On the arm");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(message, "purposes"), 0)),
        "safeguarding");
    no_alarm(&inbox.desk);
    done_with(&answered);
    end(&inbox);
}

static void
nothing_is_acknowledged_before_it_is_on_disk(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    broker_says(&inbox.desk, &parcel.frame);
    agent_is_silent(&inbox.desk);
    settle(&inbox.desk);
    acknowledged(&inbox, 1);
    parcel_end(&parcel);
    end(&inbox);
}

/* Credit is given back as the broker counted it, or it would run dry in time. */
static void
credit_is_given_back_to_the_byte(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    struct buffer bytes;
    const struct frame *credit;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    buffer_init(&bytes, FRAME_MAX);
    frame_write(&bytes, &parcel.frame);
    deliver(&inbox, &parcel);
    agent_said(&inbox.desk, VERB_ACK);
    credit = agent_said(&inbox.desk, VERB_CREDIT);
    assert_int_equal(credit->credit.messages, 1);
    assert_int_equal(credit->credit.bytes, bytes.len);
    buffer_clear(&bytes);
    parcel_end(&parcel);
    end(&inbox);
}

static void
what_comes_twice_is_applied_once(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, 1, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1); /* the first ACK may have been lost */
    holds(&inbox, 1, 0);
    no_alarm(&inbox.desk);
    parcel_end(&parcel);
    end(&inbox);
}

/* The sender was not sure, and sealed it again: another envelope, the same message. */
static void
sealed_again_it_is_applied_once(void **state)
{
    struct inbox inbox;
    struct parcel first, again;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &first, 1, 1);
    deliver(&inbox, &first);
    acknowledged(&inbox, 1);
    parcel_begin(&again, &inbox.desk, POLICE, ABOUT_LEAH);
    memcpy(again.header.notice_id, first.header.notice_id, NOTICE_ID);
    buffer_reset(&again.fragments[0]);
    assert_ok(header_pack(&again.header, &again.fragments[0]));
    parcel_for(&again, &inbox.desk, 1, 2);
    deliver(&inbox, &again);
    acknowledged(&inbox, 2);
    holds(&inbox, 1, 0);
    no_alarm(&inbox.desk);
    parcel_end(&first);
    parcel_end(&again);
    end(&inbox);
}

/* --- Where the broker stands -------------------------------------------------------------------- */

static void
welcomed_at(struct inbox *inbox, uint64_t acked, uint64_t log_size)
{
    struct frame welcome;

    agent_connected(inbox->desk.agent, inbox->federate.now);
    agent_said(&inbox->desk, VERB_HELLO);
    welcome = a_welcome(&inbox->desk);
    welcome.welcome.acked = acked;
    welcome.welcome.log_size = log_size;
    broker_says(&inbox->desk, &welcome);
    settle(&inbox->desk);
}

/* Our ACK was lost: the broker stands behind us, and gives us again what we have. */
static void
what_the_broker_gives_again_is_known(void **state)
{
    struct inbox inbox;
    struct parcel first, second;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &first, 1, 1);
    deliver(&inbox, &first);
    acknowledged(&inbox, 1);
    lose_connection(&inbox.desk);
    welcomed_at(&inbox, 0, 1);
    deliver(&inbox, &first);
    acknowledged(&inbox, 1);
    police_write(&inbox, &second, 2, 2);
    deliver(&inbox, &second);
    acknowledged(&inbox, 2);
    holds(&inbox, 2, 0);
    no_alarm(&inbox.desk);
    parcel_end(&first);
    parcel_end(&second);
    end(&inbox);
}

/* Its positions begin anew, and none of them was heard before. */
static void
a_broker_that_begins_a_new_store_is_heard_and_reported(void **state)
{
    struct inbox inbox;
    (void)state;

    begin(&inbox, MASH);
    for (uint64_t i = 1; i <= 3; i++)
        police_write_and_it_comes(&inbox, i, i);
    lose_connection(&inbox.desk);
    welcomed_at(&inbox, 0, 10);
    no_alarm(&inbox.desk);
    lose_connection(&inbox.desk);
    desk_restart(&inbox.desk);
    welcomed_at(&inbox, 0, 2);
    assert_int_equal(alarms_of(&inbox.desk, "ROLLBACK"), 1);
    for (uint64_t i = 1; i <= 3; i++)
        police_write_and_it_comes(&inbox, i + 3, i);
    holds(&inbox, 6, 0);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 0);
    end(&inbox);
}

static void
an_agent_that_was_restored_says_what_is_not_there(void **state)
{
    struct inbox inbox;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    lose_connection(&inbox.desk);
    welcomed_at(&inbox, 5, 9);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 4);
    police_write_and_it_comes(&inbox, 2, 6);
    holds(&inbox, 2, 0);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 4);
    end(&inbox);
}

/* A lie about a position deafens nobody. */
static void
after_an_absurd_position_the_next_broker_is_heard(void **state)
{
    struct inbox inbox;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1000 * 1000);
    lose_connection(&inbox.desk);
    welcomed_at(&inbox, 1, 1);
    police_write_and_it_comes(&inbox, 2, 2);
    holds(&inbox, 2, 0);
    end(&inbox);
}

static void
killed_in_the_middle_nothing_is_lost_or_doubled(void **state)
{
    struct inbox inbox;
    struct parcel second;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    police_write(&inbox, &second, 2, 2);
    broker_says(&inbox.desk, &second.frame); /* heard, and killed before it was settled */
    desk_restart(&inbox.desk);
    holds(&inbox, 1, 0);
    welcomed_at(&inbox, 1, 2);
    deliver(&inbox, &second);
    acknowledged(&inbox, 2);
    holds(&inbox, 2, 0);
    no_alarm(&inbox.desk);
    parcel_end(&second);
    end(&inbox);
}

/* --- The stream ---------------------------------------------------------------------------------- */

static void
a_minute_passes(struct inbox *inbox)
{
    pass(&inbox->federate.now, MINUTES(1));
    settle(&inbox->desk);
}

static void
a_number_that_is_missing_for_a_minute_raises_gap(void **state)
{
    struct inbox inbox;
    struct alarms alarms = { .name = "GAP" };
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    police_write_and_it_comes(&inbox, 4, 2);
    no_alarm(&inbox.desk);
    desk_restart(&inbox.desk); /* the minute is kept on disk */
    a_minute_passes(&inbox);
    assert_ok(alarm_each(inbox.desk.store, count_alarm, &alarms));
    assert_int_equal(alarms.count, 2);
    assert_says(alarms.about, "from states-police: messages did not come");
    holds(&inbox, 2, 0);
    a_minute_passes(&inbox);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 2);
    end(&inbox);
}

/* What was sealed again, or given up, comes after those that were sent behind it. */
static void
a_number_that_comes_a_little_later_is_no_gap(void **state)
{
    struct inbox inbox;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    police_write_and_it_comes(&inbox, 5, 2);
    police_write_and_it_comes(&inbox, 3, 3);
    police_write_and_it_comes(&inbox, 2, 4);
    police_write_and_it_comes(&inbox, 4, 5);
    a_minute_passes(&inbox);
    no_alarm(&inbox.desk);
    holds(&inbox, 5, 0);
    end(&inbox);
}

static void
a_number_that_nobody_could_count_to_is_not_believed(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write(&inbox, &parcel, UINT64_MAX, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    parcel_end(&parcel);
    holds(&inbox, 1, 1);
    police_write_and_it_comes(&inbox, 2, 2);
    a_minute_passes(&inbox);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 0);
    end(&inbox);
}

static void
a_place_in_the_queue_that_is_missing_raises_gap(void **state)
{
    struct inbox inbox;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    police_write_and_it_comes(&inbox, 2, 3);
    assert_int_equal(alarms_of(&inbox.desk, "GAP"), 1);
    end(&inbox);
}

static void
a_void_fills_its_number_and_shows_nothing(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    parcel_as_control(&parcel, &(struct control){ .type = CONTROL_VOID });
    parcel_for(&parcel, &inbox.desk, 1, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    police_write_and_it_comes(&inbox, 2, 2);
    no_alarm(&inbox.desk);
    holds(&inbox, 1, 0);
    parcel_end(&parcel);
    end(&inbox);
}

static void
a_control_message_that_is_not_understood_is_kept(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    parcel_begin(&parcel, &inbox.desk, POLICE, ABOUT_LEAH);
    parcel.letter.order.core.kind = KIND_CONTROL;
    parcel.header.type = KIND_CONTROL;
    for (unsigned c = 0; c < parcel.count; c++)
        buffer_clear(&parcel.fragments[c]);
    parcel.count = 2;
    assert_ok(header_pack(&parcel.header, &parcel.fragments[0]));
    parcel_for(&parcel, &inbox.desk, 1, 1);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 1);
    holds(&inbox, 1, 1);
    parcel_end(&parcel);
    end(&inbox);
}

static void
streams_of_two_senders_are_two(void **state)
{
    struct inbox inbox;
    struct parcel parcel;
    (void)state;

    begin(&inbox, MASH);
    police_write_and_it_comes(&inbox, 1, 1);
    parcel_begin(&parcel, &inbox.desk, HOSPITAL, ABOUT_LEAH);
    parcel_for(&parcel, &inbox.desk, 1, 2);
    deliver(&inbox, &parcel);
    acknowledged(&inbox, 2);
    no_alarm(&inbox.desk);
    parcel_end(&parcel);
    end(&inbox);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mash_reads_what_the_agreement_gives_it),
        cmocka_unit_test(nothing_is_acknowledged_before_it_is_on_disk),
        cmocka_unit_test(credit_is_given_back_to_the_byte),
        cmocka_unit_test(what_comes_twice_is_applied_once),
        cmocka_unit_test(sealed_again_it_is_applied_once),
        cmocka_unit_test(what_the_broker_gives_again_is_known),
        cmocka_unit_test(a_broker_that_begins_a_new_store_is_heard_and_reported),
        cmocka_unit_test(an_agent_that_was_restored_says_what_is_not_there),
        cmocka_unit_test(after_an_absurd_position_the_next_broker_is_heard),
        cmocka_unit_test(killed_in_the_middle_nothing_is_lost_or_doubled),
        cmocka_unit_test(a_number_that_is_missing_for_a_minute_raises_gap),
        cmocka_unit_test(a_number_that_comes_a_little_later_is_no_gap),
        cmocka_unit_test(a_number_that_nobody_could_count_to_is_not_believed),
        cmocka_unit_test(a_place_in_the_queue_that_is_missing_raises_gap),
        cmocka_unit_test(a_void_fills_its_number_and_shows_nothing),
        cmocka_unit_test(a_control_message_that_is_not_understood_is_kept),
        cmocka_unit_test(streams_of_two_senders_are_two),
    };

    return RUN(tests);
}
