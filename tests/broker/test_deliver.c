#include "../store/disk.h"
#include "office.h"

/* A concern of the school for MASH and social care, sealed. */
static void
a_concern(struct letter *letter, struct office *office)
{
    letter_begin(letter, &office->federate, office->in_force, SCHOOL);
    letter_to_always_told(letter);
    letter_seal(letter);
}

static void
school_sends(struct office *office, int count)
{
    for (int i = 0; i < count; i++) {
        struct letter letter;

        a_concern(&letter, office);
        submit(office, SCHOOL, &letter);
        letter_end(&letter);
    }
    commit(office);
    for (int i = 0; i < count; i++)
        hears(office, SCHOOL, VERB_ACCEPTED);
}

static void
mash_says_hello(struct office *office, uint32_t credit)
{
    struct frame hello = a_hello(office);

    hello.hello.credit_messages = credit;
    say(office, MASH, &hello);
    hears(office, MASH, VERB_WELCOME);
    commit(office);
}

static void
mash_acknowledges(struct office *office, uint64_t position)
{
    struct frame ack = { .verb = VERB_ACK, .ack = position };

    say(office, MASH, &ack);
}

static void
nothing_is_said_before_it_is_on_disk(void **state)
{
    struct office office;
    struct letter letter;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    enter(&office, MASH);
    a_concern(&letter, &office);
    submit(&office, SCHOOL, &letter);
    nothing_is_said(&office);
    assert_int_equal(broker_counts(office.broker).log_size, 0);
    commit(&office);
    assert_int_equal(hears(&office, SCHOOL, VERB_ACCEPTED)->accepted.log_index, 0);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 1);
    nothing_is_said(&office);
    letter_end(&letter);
    office_close(&office);
}

static void
what_was_not_committed_is_gone_and_unknown(void **state)
{
    struct office office;
    struct letter letter;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    a_concern(&letter, &office);
    submit(&office, SCHOOL, &letter);
    office_restart(&office);
    enter(&office, SCHOOL);
    submit(&office, SCHOOL, &letter);
    commit(&office);
    assert_int_equal(hears(&office, SCHOOL, VERB_ACCEPTED)->accepted.log_index, 0);
    letter_end(&letter);
    office_close(&office);
}

/* The session broke after SUBMIT, and the agent is back before the commit. */
static void
said_again_in_a_new_session_it_is_answered_there(void **state)
{
    struct office office;
    struct letter letter;
    struct frame hello, again;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    a_concern(&letter, &office);
    submit(&office, SCHOOL, &letter);
    broker_left(office.broker, SCHOOL);
    hello = a_hello(&office);
    say_in(&office, 7, SCHOOL, &hello);
    hears_in(&office, 7, VERB_WELCOME);
    again = letter_submit(&letter);
    say_in(&office, 7, SCHOOL, &again);
    nothing_is_said(&office);
    commit(&office);
    hears_in(&office, 7, VERB_ACCEPTED);
    nothing_is_said(&office);
    assert_int_equal(broker_counts(office.broker).log_size, 1);
    letter_end(&letter);
    office_close(&office);
}

static void
a_full_batch_is_committed_at_once(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    for (int i = 0; i < BATCH_MESSAGES; i++) {
        struct letter letter;

        nothing_is_said(&office);
        a_concern(&letter, &office);
        submit(&office, SCHOOL, &letter);
        letter_end(&letter);
    }
    for (int i = 0; i < BATCH_MESSAGES; i++)
        assert_int_equal(hears(&office, SCHOOL, VERB_ACCEPTED)->accepted.log_index, i);
    office_close(&office);
}

static void
each_recipient_gets_its_copy_and_nobody_elses(void **state)
{
    struct office office;
    struct letter letter;
    const struct envelope *copy;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    enter(&office, MASH);
    enter(&office, POLICE);
    a_concern(&letter, &office);
    submit(&office, SCHOOL, &letter);
    commit(&office);
    hears(&office, SCHOOL, VERB_ACCEPTED);
    copy = &hears(&office, MASH, VERB_DELIVER)->delivery.envelope;
    assert_int_equal(copy->capsule_count, 1);
    assert_int_equal(copy->capsules[0].recipient, MASH);
    assert_bytes(copy->core, letter.envelope.core);
    assert_int_equal(copy->route.len, 0);
    nothing_is_said(&office); /* the police are not among the recipients */
    letter_end(&letter);
    office_close(&office);
}

static void
no_more_goes_out_than_the_recipient_has_room_for(void **state)
{
    struct office office;
    struct frame credit = { .verb = VERB_CREDIT, .credit = { 2, 100 * 1000 } };
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    school_sends(&office, 5);
    mash_says_hello(&office, 2);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 1);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 2);
    commit(&office);
    nothing_is_said(&office);
    say(&office, MASH, &credit);
    commit(&office);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 3);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 4);
    nothing_is_said(&office);
    office_close(&office);
}

static void
what_was_not_acknowledged_comes_again(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    school_sends(&office, 3);
    mash_says_hello(&office, 10);
    for (int i = 1; i <= 3; i++)
        hears(&office, MASH, VERB_DELIVER);
    mash_acknowledges(&office, 1);
    assert_ok(broker_tick(office.broker, office.federate.now));
    office_restart(&office);
    mash_says_hello(&office, 10);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 2);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 3);
    nothing_is_said(&office);
    office_close(&office);
}

static void
a_full_connection_is_tried_again(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    school_sends(&office, 2);
    enter(&office, MASH);
    office.takes = SENT_LATER;
    commit(&office);
    nothing_is_said(&office);
    office.takes = SENT_OK;
    assert_ok(broker_tick(office.broker, office.federate.now));
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 1);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 2);
    nothing_is_said(&office);
    office_close(&office);
}

static void
a_connection_that_is_gone_ends_the_session_and_loses_nothing(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    school_sends(&office, 1);
    enter(&office, MASH);
    office.takes = SENT_GONE;
    commit(&office);
    assert_int_equal(broker_counts(office.broker).sessions, 1);
    office.takes = SENT_OK;
    mash_says_hello(&office, 10);
    assert_int_equal(hears(&office, MASH, VERB_DELIVER)->delivery.position, 1);
    office_close(&office);
}

static void
what_nobody_collects_in_time_becomes_a_stub(void **state)
{
    struct office office;
    const struct delivery *delivery;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    school_sends(&office, 1);
    pass(&office.federate.now, DAYS(14) + MINUTES(2));
    assert_ok(broker_tick(office.broker, office.federate.now));
    hears(&office, SCHOOL, VERB_BYE); /* it has been quiet for a fortnight, too */
    mash_says_hello(&office, 10);
    delivery = &hears(&office, MASH, VERB_DELIVER)->delivery;
    assert_int_equal(delivery->position, 1);
    assert_int_equal(delivery->envelope.capsule_count, 0);
    assert_int_equal(delivery->envelope.compartment_count, 0);
    assert_true(delivery->envelope.core.len > 0);
    nothing_is_said(&office);
    office_close(&office);
}

/* The disk is full: the agents are put off, nothing is lost, and later all goes in. */
static void
without_room_nothing_is_accepted_and_nothing_lost(void **state)
{
    struct office office;
    struct letter letter;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    a_concern(&letter, &office);
    submit(&office, SCHOOL, &letter);
    disk.fail_from = disk.operations + 1;
    disk.error = ENOSPC;
    commit(&office);
    disk.fail_from = 0;
    assert_true(disk.failed > 0);
    assert_says(hears(&office, SCHOOL, VERB_BYE)->bye.words, "no room");
    nothing_is_said(&office);
    assert_int_equal(broker_counts(office.broker).log_size, 0);

    enter(&office, SCHOOL);
    submit(&office, SCHOOL, &letter);
    commit(&office);
    assert_int_equal(hears(&office, SCHOOL, VERB_ACCEPTED)->accepted.log_index, 0);
    letter_end(&letter);
    office_close(&office);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_before_it_is_on_disk),
        cmocka_unit_test(what_was_not_committed_is_gone_and_unknown),
        cmocka_unit_test(said_again_in_a_new_session_it_is_answered_there),
        cmocka_unit_test(a_full_batch_is_committed_at_once),
        cmocka_unit_test(each_recipient_gets_its_copy_and_nobody_elses),
        cmocka_unit_test(no_more_goes_out_than_the_recipient_has_room_for),
        cmocka_unit_test(what_was_not_acknowledged_comes_again),
        cmocka_unit_test(a_full_connection_is_tried_again),
        cmocka_unit_test(a_connection_that_is_gone_ends_the_session_and_loses_nothing),
        cmocka_unit_test(what_nobody_collects_in_time_becomes_a_stub),
        cmocka_unit_test(without_room_nothing_is_accepted_and_nothing_lost),
    };

    return RUN(tests);
}
