#include "place.h"

/* What store.h promises, for every backend there is. */

static const struct opener {
    const char *name;
    void (*make)(struct place *place);
} openers[] = {
    { "sqlite", place_make },
};

static const struct opener *opener;

static int
open_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    opener->make(place);
    place_open(place);
    *state = place;
    return 0;
}

static int
close_place(void **state)
{
    place_clear(*state);
    free(*state);
    return 0;
}

static void
reopen(struct place *place)
{
    store_close(&place->store);
    place_open(place);
}

static size_t
waiting_for(struct place *place, uint32_t agency)
{
    struct heard heard = { 0 };

    assert_ok(store_read_queue(place->store, agency, 0, HEARD_MAX, SIZE_MAX, hear, &heard));
    for (size_t i = 0; i < heard.count; i++)
        assert_true(heard.items[i].as_sent);
    return heard.count;
}

static void
records_are_numbered_from_zero_without_a_gap(void **state)
{
    struct place *place = *state;
    struct store_fate fate;

    assert_int_equal(place->head.size, 0);
    for (uint32_t i = 0; i < 20; i++) {
        struct letter letter;

        letter_write(&letter, i, 100, 2);
        assert_ok(append_letters(place, &letter, 1, NULL));
        assert_int_equal(place->head.size, i + 1);
        assert_ok(
            store_lookup(place->store, letter.record.sender, letter.record.msg_id, &fate));
        assert_int_equal(fate.log_index, i);
        assert_int_equal(fate.accepted_ms, letter.record.accepted_ms);
        assert_memory_equal(fate.h, letter.record.h, 32);
    }
}

static void
positions_are_numbered_from_one_for_each_agency(void **state)
{
    struct place *place = *state;
    struct letter letters[3];
    uint64_t positions[6];

    letter_write(&letters[0], 0, 100, 3);
    letter_write(&letters[1], 1, 100, 1);
    letter_write(&letters[2], 2, 100, 2);
    assert_ok(append_letters(place, letters, 3, positions));
    assert_memory_equal(positions, ((uint64_t[]){ 1, 1, 1, 2, 3, 2 }), sizeof(positions));
    letter_write(&letters[0], 3, 100, 3);
    assert_ok(append_letters(place, letters, 1, positions));
    assert_memory_equal(positions, ((uint64_t[]){ 4, 3, 2 }), 3 * sizeof(uint64_t));
}

static void
what_was_appended_is_read_in_order_as_it_was(void **state)
{
    struct place *place = *state;
    struct heard heard = { 0 };

    for (uint32_t i = 0; i < 10; i++)
        assert_ok(append_letter(place, i, 200 + 300 * i, 3));
    assert_ok(store_read_queue(place->store, 2, 4, HEARD_MAX, SIZE_MAX, hear, &heard));
    assert_int_equal(heard.count, 6);
    for (size_t i = 0; i < heard.count; i++) {
        assert_true(heard.items[i].as_sent);
        assert_int_equal(heard.items[i].number, i + 4);
        assert_int_equal(heard.items[i].queued.agency, 2);
        assert_int_equal(heard.items[i].queued.position, i + 5);
        assert_int_equal(heard.items[i].queued.log_index, i + 4);
        assert_int_equal(heard.items[i].queued.envelope.len, 200 + 300 * (i + 4));
        assert_false(heard.items[i].queued.stub);
    }
}

static void
a_queue_is_read_in_pages_of_a_count_and_of_bytes(void **state)
{
    static const struct {
        size_t max_count, max_bytes, stop_at, expected;
    } rows[] = {
        { 3, SIZE_MAX, 0, 3 }, { 100, 1000, 0, 1 },     { 100, 1999, 0, 1 },
        { 100, 2000, 0, 2 },   { 100, 0, 0, 1 },        { 0, SIZE_MAX, 0, 0 },
        { 100, 4500, 0, 4 },   { 100, SIZE_MAX, 2, 2 }, { 100, SIZE_MAX, 0, 8 },
    };
    struct place *place = *state;

    for (uint32_t i = 0; i < 8; i++)
        assert_ok(append_letter(place, i, 1000, 1));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct heard heard = { .stop_at = rows[i].stop_at };

        assert_ok(store_read_queue(place->store, 1, 0, rows[i].max_count, rows[i].max_bytes,
                                   hear, &heard));
        assert_int_equal(heard.count, rows[i].expected);
    }
    assert_int_equal(waiting_for(place, 99), 0);
}

static void
an_acknowledgement_takes_everything_up_to_it(void **state)
{
    struct place *place = *state;
    struct store_cursor cursor;

    for (uint32_t i = 0; i < 6; i++)
        assert_ok(append_letter(place, i, 500, 2));
    assert_ok(append_ack(place, 1, 4));
    assert_int_equal(waiting_for(place, 1), 2);
    assert_int_equal(waiting_for(place, 2), 6);
    assert_ok(store_cursor(place->store, 1, &cursor));
    assert_int_equal(cursor.acked, 4);
    assert_int_equal(cursor.last, 6);
    assert_int_equal(cursor.bytes, 1000);
    assert_int_equal(cursor.oldest_ms, 1004);
}

static void
an_acknowledgement_never_goes_backwards(void **state)
{
    struct place *place = *state;
    struct store_cursor cursor;

    for (uint32_t i = 0; i < 3; i++)
        assert_ok(append_letter(place, i, 500, 1));
    assert_ok(append_ack(place, 1, 3));
    assert_ok(append_ack(place, 1, 1));
    assert_ok(append_ack(place, 1, 0));
    assert_ok(store_cursor(place->store, 1, &cursor));
    assert_int_equal(cursor.acked, 3);
    assert_int_equal(cursor.bytes, 0);
    assert_int_equal(cursor.oldest_ms, 0);
    assert_ok(append_letter(place, 3, 500, 1));
    assert_ok(store_cursor(place->store, 1, &cursor));
    assert_int_equal(cursor.last, 4);
    assert_int_equal(waiting_for(place, 1), 1);
}

static void
what_was_not_delivered_cannot_be_acknowledged(void **state)
{
    struct place *place = *state;
    struct letter letter;
    struct store_ack acks[] = { { 1, 1 }, { 2, 2 } };
    struct store_batch batch = { &letter.record, 1, acks, 2 };
    struct store_fate fate;

    assert_ok(append_letter(place, 0, 500, 2));
    letter_write(&letter, 1, 500, 2);
    assert_err(store_append(place->store, &place->head, &batch, NULL), ERR_MALFORMED);
    assert_int_equal(place->head.size, 1);
    assert_int_equal(waiting_for(place, 1), 1);
    assert_err(store_lookup(place->store, letter.record.sender, letter.record.msg_id, &fate),
               ERR_NOT_FOUND);
    assert_err(append_ack(place, 99, 1), ERR_MALFORMED);
    assert_ok(append_ack(place, 99, 0));
}

static void
the_fate_of_a_message_is_known_after_its_body_has_gone(void **state)
{
    struct place *place = *state;
    struct letter letter;
    struct store_fate fate;

    letter_write(&letter, 5, 500, 2);
    assert_ok(append_letters(place, &letter, 1, NULL));
    assert_ok(append_ack(place, 1, 1));
    assert_ok(append_ack(place, 2, 1));
    reopen(place);
    assert_ok(store_lookup(place->store, letter.record.sender, letter.record.msg_id, &fate));
    assert_int_equal(fate.log_index, 0);
    assert_memory_equal(fate.h, letter.record.h, 32);
    assert_err(append_letter(place, 5, 500, 2), ERR_CONFLICT);
    assert_int_equal(place->head.size, 1);
}

static void
a_batch_is_there_whole_or_not_at_all(void **state)
{
    struct place *place = *state;
    struct letter letters[8];
    uint64_t positions[16] = { 0 };
    struct store_fate fate;

    assert_ok(append_letter(place, 100, 500, 2));
    for (uint32_t i = 0; i < 7; i++)
        letter_write(&letters[i], i, 500, 2);
    letter_write(&letters[7], 100, 500, 2);
    assert_err(append_letters(place, letters, 8, positions), ERR_CONFLICT);
    assert_int_equal(place->head.size, 1);
    assert_int_equal(positions[0], 0);
    for (size_t i = 0; i < 7; i++)
        assert_err(store_lookup(place->store, letters[i].record.sender,
                                letters[i].record.msg_id, &fate),
                   ERR_NOT_FOUND);
    assert_int_equal(waiting_for(place, 1), 1);

    assert_ok(append_letters(place, letters, 7, positions));
    assert_int_equal(place->head.size, 8);
    assert_int_equal(positions[0], 2);
    reopen(place);
    assert_int_equal(place->head.size, 8);
    assert_int_equal(waiting_for(place, 2), 8);
}

static void
the_same_message_id_of_two_senders_names_two_messages(void **state)
{
    struct place *place = *state;
    struct letter letter;
    struct store_fate fate;

    letter_write(&letter, 1, 500, 1);
    assert_ok(append_letters(place, &letter, 1, NULL));
    letter.record.sender += 100;
    assert_ok(append_letters(place, &letter, 1, NULL));
    assert_ok(store_lookup(place->store, letter.record.sender, letter.record.msg_id, &fate));
    assert_int_equal(fate.log_index, 1);
}

static void
a_record_that_no_store_could_deliver_is_malformed(void **state)
{
    struct place *place = *state;
    struct letter letter;

    letter_write(&letter, 1, 500, 3);
    letter.deliveries[2].agency = letter.deliveries[0].agency;
    assert_err(append_letters(place, &letter, 1, NULL), ERR_MALFORMED);
    letter_write(&letter, 1, 500, 3);
    letter.record.envelope = (struct bytes){ 0 };
    assert_err(append_letters(place, &letter, 1, NULL), ERR_MALFORMED);
    assert_int_equal(place->head.size, 0);
}

static void
a_writer_is_fenced_off_by_the_next_one(void **state)
{
    struct place *place = *state;
    struct store_head old = place->head, next;
    struct why why;

    assert_ok(append_letter(place, 0, 500, 1));
    old = place->head;
    assert_ok(store_acquire(place->store, 0, &next, &why));
    assert_true(next.epoch > old.epoch);
    assert_int_equal(next.size, old.size);

    assert_err(append_letter(place, 1, 500, 1), ERR_CONFLICT);
    assert_err(append_ack(place, 1, 1), ERR_CONFLICT);
    assert_err(store_expire(place->store, &place->head, UINT64_MAX, NULL, NULL), ERR_CONFLICT);
    assert_memory_equal(&place->head, &old, sizeof(old));
    place->head = next;
    assert_ok(append_letter(place, 1, 500, 1));
    assert_int_equal(waiting_for(place, 1), 2);
}

static void
a_writer_that_miscounts_writes_nothing(void **state)
{
    struct place *place = *state;

    assert_ok(append_letter(place, 0, 500, 1));
    place->head.size = 0;
    assert_err(append_letter(place, 1, 500, 1), ERR_CONFLICT);
    place->head.size = 2;
    assert_err(append_letter(place, 1, 500, 1), ERR_CONFLICT);
    assert_int_equal(waiting_for(place, 1), 1);
}

static void
a_store_behind_what_was_published_is_refused(void **state)
{
    struct place *place = *state;
    struct store_head head = { 0 };
    uint64_t epoch;
    struct why why;

    assert_ok(append_letter(place, 0, 500, 1));
    assert_ok(append_letter(place, 1, 500, 1));
    assert_err(store_acquire(place->store, 3, &head, &why), ERR_CORRUPT);
    assert_says(why.text, "rolled back");
    assert_says(why.text, "3 records were published, it has 2");
    assert_int_equal(head.epoch, 0);
    epoch = place->head.epoch;
    assert_ok(store_acquire(place->store, 2, &place->head, &why));
    assert_int_equal(place->head.epoch, epoch + 1);
}

static void
note(void *context, const struct store_queued *queued)
{
    assert_true(hear(context, queued));
}

static void
what_expires_becomes_a_stub_in_its_place(void **state)
{
    struct place *place = *state;
    struct heard told = { 0 }, heard = { 0 };
    struct store_cursor cursor;

    for (uint32_t i = 0; i < 5; i++)
        assert_ok(append_letter(place, i, 500, 2));
    assert_ok(append_ack(place, 1, 1));
    assert_ok(store_expire(place->store, &place->head, 100002, note, &told));

    assert_int_equal(told.count, 5);
    for (size_t i = 0; i < told.count; i++)
        assert_true(told.items[i].as_sent && told.items[i].queued.stub);
    assert_ok(store_read_queue(place->store, 2, 0, HEARD_MAX, SIZE_MAX, hear, &heard));
    assert_int_equal(heard.count, 5);
    for (size_t i = 0; i < heard.count; i++) {
        assert_true(heard.items[i].as_sent);
        assert_int_equal(heard.items[i].queued.position, i + 1);
        assert_int_equal(heard.items[i].queued.stub, i < 3);
    }
    assert_ok(store_cursor(place->store, 2, &cursor));
    assert_int_equal(cursor.bytes, 3 * 64 + 2 * 500);
    assert_int_equal(cursor.last, 5);

    memset(&told, 0, sizeof(told));
    assert_ok(store_expire(place->store, &place->head, 100002, note, &told));
    assert_int_equal(told.count, 0);
    assert_ok(append_ack(place, 2, 5));
    assert_ok(store_cursor(place->store, 2, &cursor));
    assert_int_equal(cursor.bytes, 0);
}

static void
more_expires_than_one_transaction_holds(void **state)
{
    struct place *place = *state;
    struct letter letters[50];
    static struct heard told;

    for (uint32_t batch = 0; batch < 8; batch++) {
        for (uint32_t i = 0; i < 50; i++)
            letter_write(&letters[i], 50 * batch + i, 100, 1);
        assert_ok(append_letters(place, letters, 50, NULL));
    }
    assert_ok(append_ack(place, 1, 150));
    memset(&told, 0, sizeof(told));
    assert_ok(store_expire(place->store, &place->head, UINT64_MAX, note, &told));
    assert_int_equal(told.count, 250);
    assert_int_equal(told.items[249].queued.position, 400);
}

static void
a_stub_from_the_start_gets_the_place_and_not_the_content(void **state)
{
    struct place *place = *state;
    struct heard heard = { 0 }, told = { 0 };
    struct letter letter;

    letter_write(&letter, 1, 500, 3);
    letter.deliveries[1].stub = true;
    assert_ok(append_letters(place, &letter, 1, NULL));
    assert_ok(store_read_queue(place->store, 2, 0, 10, SIZE_MAX, hear, &heard));
    assert_ok(store_read_queue(place->store, 3, 0, 10, SIZE_MAX, hear, &heard));
    assert_int_equal(heard.count, 2);
    assert_true(heard.items[0].queued.stub && heard.items[0].as_sent);
    assert_int_equal(heard.items[0].queued.envelope.len, 64);
    assert_true(!heard.items[1].queued.stub && heard.items[1].as_sent);

    /* It is not given up a second time, and waits on when the others have theirs. */
    assert_ok(append_ack(place, 1, 1));
    assert_ok(append_ack(place, 3, 1));
    assert_ok(store_expire(place->store, &place->head, UINT64_MAX, note, &told));
    assert_int_equal(told.count, 0);
    assert_int_equal(waiting_for(place, 2), 1);
}

static void
a_message_for_nobody_has_a_fate_too(void **state)
{
    struct place *place = *state;
    struct letter letter;
    struct store_fate fate;

    letter_write(&letter, 1, 500, 0);
    assert_ok(append_letters(place, &letter, 1, NULL));
    reopen(place);
    assert_ok(store_lookup(place->store, letter.record.sender, letter.record.msg_id, &fate));
    assert_int_equal(fate.log_index, 0);
}

/* Many random steps beside a model that is only counters. */
static void
a_store_behaves_as_its_model(void **state)
{
    struct place *place = *state;
    uint64_t last[5] = { 0 }, acked[5] = { 0 }, seed = 42;
    uint32_t number = 0;

    for (int step = 0; step < 400; step++) {
        uint32_t agency;

        seed = seed * 6364136223846793005 + 1442695040888963407;
        agency = 1 + (uint32_t)(seed >> 40) % 4;
        if ((seed >> 33) % 3 > 0) {
            assert_ok(append_letter(place, number++, 10 + (seed >> 50) % 3000, agency));
            for (uint32_t i = 1; i <= agency; i++)
                last[i]++;
        } else {
            acked[agency] += (seed >> 44) % (last[agency] - acked[agency] + 1);
            assert_ok(append_ack(place, agency, acked[agency]));
        }
        if (step % 100 == 99)
            reopen(place);
        for (uint32_t i = 1; i <= 4 && step % 20 == 19; i++) {
            struct store_cursor cursor;

            assert_int_equal(waiting_for(place, i), last[i] - acked[i]);
            assert_ok(store_cursor(place->store, i, &cursor));
            assert_int_equal(cursor.last, last[i]);
            assert_int_equal(cursor.acked, acked[i]);
        }
    }
    assert_int_equal(place->head.size, number);
}

#define ON_EACH(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH(records_are_numbered_from_zero_without_a_gap),
        ON_EACH(positions_are_numbered_from_one_for_each_agency),
        ON_EACH(what_was_appended_is_read_in_order_as_it_was),
        ON_EACH(a_queue_is_read_in_pages_of_a_count_and_of_bytes),
        ON_EACH(an_acknowledgement_takes_everything_up_to_it),
        ON_EACH(an_acknowledgement_never_goes_backwards),
        ON_EACH(what_was_not_delivered_cannot_be_acknowledged),
        ON_EACH(the_fate_of_a_message_is_known_after_its_body_has_gone),
        ON_EACH(a_batch_is_there_whole_or_not_at_all),
        ON_EACH(the_same_message_id_of_two_senders_names_two_messages),
        ON_EACH(a_record_that_no_store_could_deliver_is_malformed),
        ON_EACH(a_writer_is_fenced_off_by_the_next_one),
        ON_EACH(a_writer_that_miscounts_writes_nothing),
        ON_EACH(a_store_behind_what_was_published_is_refused),
        ON_EACH(what_expires_becomes_a_stub_in_its_place),
        ON_EACH(more_expires_than_one_transaction_holds),
        ON_EACH(a_stub_from_the_start_gets_the_place_and_not_the_content),
        ON_EACH(a_message_for_nobody_has_a_fate_too),
        ON_EACH(a_store_behaves_as_its_model),
    };
    int failed = 0;

    for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
        opener = &openers[i];
        failed += cmocka_run_group_tests_name(opener->name, tests, NULL, NULL);
    }
    return failed;
}
