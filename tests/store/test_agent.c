#include "agency.h"

static void
a_change_lasts_when_it_is_committed_and_only_then(void **state)
{
    struct agency *agency = *state;
    uint64_t value = 9;

    assert_ok(agent_store_number(agency->store, "registry", &value));
    assert_int_equal(value, 0);
    assert_ok(agent_store_begin(agency->store));
    assert_ok(agent_store_set_number(agency->store, "registry", 4));
    assert_ok(agent_store_commit(agency->store));
    assert_ok(agent_store_begin(agency->store));
    assert_ok(agent_store_set_number(agency->store, "registry", 5));
    spool(agency, 1, take(agency, "a"), "gone");
    agent_store_rollback(agency->store);
    assert_ok(agent_store_begin(agency->store));
    assert_ok(agent_store_set_number(agency->store, "registry", 6));
    agency_reopen(agency);
    assert_ok(agent_store_number(agency->store, "registry", &value));
    assert_int_equal(value, 4);
    assert_ok(spool_count(agency->store, SPOOL_QUEUED, &value));
    assert_int_equal(value, 0);
}

static void
a_change_outside_a_transaction_is_refused(void **state)
{
    struct agency *agency = *state;
    struct spooled entry = a_spooled(1, 0, "text");
    struct inbox_entry received = a_received(1, 0, "text");
    struct own_record record;
    uint8_t id[16] = { 0 };
    uint64_t number;
    bool flag;

    assert_err(agent_store_set_number(agency->store, "x", 1), ERR_REFUSED);
    assert_err(record_take(agency->store, "mis", "a", &record), ERR_REFUSED);
    assert_err(spool_add(agency->store, &entry, "", some_request, id, &flag), ERR_REFUSED);
    assert_err(inbox_add(agency->store, &received, &flag, &number), ERR_REFUSED);
    assert_err(stream_take(agency->store, 1, &number), ERR_REFUSED);
    assert_err(agent_store_commit(agency->store), ERR_REFUSED);
    assert_ok(agent_store_begin(agency->store));
    assert_err(agent_store_begin(agency->store), ERR_REFUSED);
    assert_ok(agent_store_set_number(agency->store, "x", 1));
    assert_ok(agent_store_commit(agency->store));
}

static void
a_number_of_any_size_comes_back(void **state)
{
    struct agency *agency = *state;
    uint64_t value;

    assert_ok(agent_store_begin(agency->store));
    assert_ok(agent_store_set_number(agency->store, "big", UINT64_MAX));
    assert_ok(stream_set_seen(agency->store, 3, UINT64_MAX - 1));
    assert_ok(agent_store_commit(agency->store));
    assert_ok(agent_store_number(agency->store, "big", &value));
    assert_true(value == UINT64_MAX);
    assert_ok(stream_seen(agency->store, 3, &value));
    assert_true(value == UINT64_MAX - 1);
}

/* --- Records -------------------------------------------------------------------------------- */

static void
a_record_is_made_once_and_keeps_its_handle(void **state)
{
    struct agency *agency = *state;
    struct own_record first, again, other;
    uint8_t handle[16];

    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_take(agency->store, "mis", "upn-1", &first));
    memcpy(handle, first.handle, 16);
    assert_string_equal(first.local_id, "upn-1");
    assert_string_equal(first.family_name, "");
    assert_false(first.answered);
    assert_ok(record_take(agency->store, "sims", "upn-1", &other));
    assert_true(other.id != first.id);
    assert_memory_not_equal(other.handle, handle, 16);
    assert_ok(agent_store_commit(agency->store));
    agency_reopen(agency);

    assert_ok(record_take(agency->store, "mis", "upn-1", &again));
    assert_int_equal(again.id, first.id);
    assert_memory_equal(again.handle, handle, 16);
    assert_ok(record_by_handle(agency->store, handle, &again));
    assert_string_equal(again.system, "mis");
    handle[0] ^= 1;
    assert_err(record_by_handle(agency->store, handle, &again), ERR_NOT_FOUND);
}

static void
the_roll_sets_what_it_says_about_a_record(void **state)
{
    struct agency *agency = *state;
    struct own_record record;
    uint8_t handle[16];

    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_take(agency->store, "mis", "upn-1", &record));
    memcpy(handle, record.handle, 16);
    record.given_name = "Ann";
    record.family_name = "Le Sueur";
    record.date_of_birth = "2015-03-02";
    record.answered = true;
    memset(record.k.bytes, 7, 32);
    assert_ok(record_set(agency->store, &record));
    assert_ok(agent_store_commit(agency->store));
    agency_reopen(agency);

    assert_ok(record_by_handle(agency->store, handle, &record));
    assert_string_equal(record.given_name, "Ann");
    assert_string_equal(record.family_name, "Le Sueur");
    assert_string_equal(record.date_of_birth, "2015-03-02");
    assert_string_equal(record.local_id, "upn-1");
    assert_true(record.answered);
    assert_int_equal(record.k.bytes[31], 7);

    /* It says nothing about a record with another name. */
    record.local_id = "upn-2";
    assert_ok(agent_store_begin(agency->store));
    assert_err(record_set(agency->store, &record), ERR_NOT_FOUND);
    agent_store_rollback(agency->store);
}

static bool
is_that_key(const void *context, const struct key *k)
{
    return memcmp(context, k, sizeof(*k)) == 0;
}

static enum err
find_by_key(struct agency *agency, uint8_t first_byte, struct own_record *record)
{
    struct key k = { { first_byte } };

    return record_by_key(agency->store, is_that_key, &k, record);
}

static void
a_record_on_a_roll_is_found_by_its_key(void **state)
{
    struct agency *agency = *state;
    struct own_record a, b, found;

    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_take(agency->store, "mis", "a", &a));
    assert_err(find_by_key(agency, 0, &found), ERR_NOT_FOUND); /* on no roll */
    assert_ok(record_take(agency->store, "mis", "a", &b));
    b.k.bytes[0] = 7;
    assert_ok(record_set(agency->store, &b));
    assert_ok(find_by_key(agency, 7, &found));
    assert_string_equal(found.local_id, "a");
    assert_ok(agent_store_commit(agency->store));

    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_take(agency->store, "mis", "b", &b));
    b.k.bytes[0] = 8;
    assert_ok(record_set(agency->store, &b));
    assert_ok(find_by_key(agency, 8, &found));
    agent_store_rollback(agency->store);
    assert_err(find_by_key(agency, 8, &found), ERR_NOT_FOUND);
    assert_ok(find_by_key(agency, 7, &found));

    assert_ok(agent_store_begin(agency->store));
    assert_ok(record_destroy(agency->store, found.id));
    assert_err(find_by_key(agency, 7, &found), ERR_NOT_FOUND);
    assert_ok(agent_store_commit(agency->store));
}

static void
every_record_is_listed_once(void **state)
{
    struct agency *agency = *state;
    struct listed listed = { .stop_at = 2 };

    assert_ok(agent_store_begin(agency->store));
    take(agency, "a");
    take(agency, "b");
    take(agency, "c");
    take(agency, "b");
    assert_ok(agent_store_commit(agency->store));
    assert_ok(record_each(agency->store, list_record, &listed));
    assert_int_equal(listed.count, 2);
    listed = (struct listed){ 0 };
    assert_ok(record_each(agency->store, list_record, &listed));
    assert_int_equal(listed.count, 3);
    assert_string_equal(listed.texts[0], "a");
    assert_string_equal(listed.texts[2], "c");
}

/* --- The spool --------------------------------------------------------------------------------- */

static void
the_same_idempotency_key_gives_the_first_answer(void **state)
{
    struct agency *agency = *state;
    struct spooled entry = a_spooled(1, 0, "first"), again = a_spooled(2, 0, "second");
    uint8_t other_request[32] = { 9 }, notice_id[16];
    uint64_t count;
    bool repeated;

    assert_ok(agent_store_begin(agency->store));
    entry.record = again.record = take(agency, "a");
    assert_ok(spool_add(agency->store, &entry, "key-1", some_request, notice_id, &repeated));
    assert_false(repeated);
    assert_ok(agent_store_commit(agency->store));
    agency_reopen(agency);

    assert_ok(agent_store_begin(agency->store));
    assert_ok(spool_add(agency->store, &again, "key-1", some_request, notice_id, &repeated));
    assert_true(repeated);
    assert_memory_equal(notice_id, entry.notice_id, 16);
    assert_err(spool_add(agency->store, &again, "key-1", other_request, notice_id, &repeated),
               ERR_CONFLICT);
    assert_ok(spool_add(agency->store, &again, "key-2", other_request, notice_id, &repeated));
    assert_false(repeated);
    assert_memory_equal(notice_id, again.notice_id, 16);
    assert_ok(agent_store_commit(agency->store));
    assert_ok(spool_count(agency->store, SPOOL_QUEUED, &count));
    assert_int_equal(count, 2);
}

static void
a_notice_id_names_one_message(void **state)
{
    struct agency *agency = *state;
    struct spooled entry = a_spooled(1, 0, "first");
    uint8_t notice_id[16];
    bool repeated;

    assert_ok(agent_store_begin(agency->store));
    assert_ok(spool_add(agency->store, &entry, "", some_request, notice_id, &repeated));
    assert_err(spool_add(agency->store, &entry, "", some_request, notice_id, &repeated),
               ERR_CONFLICT);
    entry = a_spooled(2, 99, "about a record that is not there");
    assert_err(spool_add(agency->store, &entry, "", some_request, notice_id, &repeated),
               ERR_NOT_FOUND);
}

static void
messages_wait_in_the_order_in_which_they_came(void **state)
{
    struct agency *agency = *state;
    struct listed listed = { 0 };
    uint64_t record;

    assert_ok(agent_store_begin(agency->store));
    record = take(agency, "a");
    spool(agency, 3, record, "three");
    spool(agency, 1, record, "one");
    spool(agency, 2, 0, "two");
    assert_ok(agent_store_commit(agency->store));
    assert_ok(spool_each(agency->store, SPOOL_QUEUED, 0, 2, list_spooled, &listed));
    assert_int_equal(listed.count, 2);
    assert_ok(spool_each(agency->store, SPOOL_QUEUED, 0, 10, list_spooled, &listed));
    assert_int_equal(listed.count, 5);
    assert_string_equal(listed.texts[2], "three");
    assert_string_equal(listed.texts[3], "one");
    assert_string_equal(listed.texts[4], "two");
    listed = (struct listed){ 0 };
    assert_ok(spool_each(agency->store, SPOOL_SEALED, 0, 10, list_spooled, &listed));
    assert_int_equal(listed.count, 0);
}

static void
a_message_goes_from_queued_to_sealed_to_accepted(void **state)
{
    struct agency *agency = *state;
    struct spooled entry = a_spooled(1, 0, "message"), found;
    uint8_t msg_id[16] = { 1 }, second[16] = { 2 }, h[32] = { 3 };

    assert_ok(agent_store_begin(agency->store));
    spool(agency, 1, 0, "message");
    assert_ok(
        spool_set_sealed(agency->store, entry.notice_id, msg_id, h, bytes_of_text("envelope")));
    assert_ok(agent_store_commit(agency->store));
    agency_reopen(agency);
    assert_ok(spool_find_msg(agency->store, msg_id, &found));
    assert_int_equal(found.state, SPOOL_SEALED);
    assert_memory_equal(found.notice_id, entry.notice_id, 16);
    assert_memory_equal(found.h, h, 32);
    assert_bytes(found.sealed, bytes_of_text("envelope"));
    assert_bytes(found.message, bytes_of_text("message"));
    assert_string_equal(found.reason, "");

    /* Sealed again: the new one in place of the old. */
    assert_ok(agent_store_begin(agency->store));
    assert_ok(spool_set_sealed(agency->store, entry.notice_id, second, h,
                               bytes_of_text("envelope 2")));
    assert_err(spool_find_msg(agency->store, msg_id, &found), ERR_NOT_FOUND);
    assert_ok(spool_set_accepted(agency->store, entry.notice_id, 77, 8888));
    assert_ok(agent_store_commit(agency->store));
    assert_ok(spool_find(agency->store, entry.notice_id, &found));
    assert_int_equal(found.state, SPOOL_ACCEPTED);
    assert_int_equal(found.log_index, 77);
    assert_int_equal(found.accepted_ms, 8888);
    assert_int_equal(found.sealed.len, 0);
    assert_bytes(found.message, bytes_of_text("message"));
    assert_memory_equal(found.msg_id, second, 16);
}

static void
a_refused_message_says_why(void **state)
{
    struct agency *agency = *state;
    struct spooled entry = a_spooled(1, 0, "message"), found;
    uint8_t unknown[16] = { 5 };

    assert_ok(agent_store_begin(agency->store));
    spool(agency, 1, 0, "message");
    assert_ok(
        spool_set_state(agency->store, entry.notice_id, SPOOL_REFUSED, "the clock is off"));
    assert_err(spool_set_state(agency->store, unknown, SPOOL_REFUSED, "x"), ERR_NOT_FOUND);
    assert_err(spool_set_accepted(agency->store, unknown, 1, 1), ERR_NOT_FOUND);
    assert_ok(agent_store_commit(agency->store));
    assert_ok(spool_find(agency->store, entry.notice_id, &found));
    assert_int_equal(found.state, SPOOL_REFUSED);
    assert_string_equal(found.reason, "the clock is off");
    assert_ok(agent_store_begin(agency->store));
    assert_ok(spool_set_state(agency->store, entry.notice_id, SPOOL_QUEUED, ""));
    assert_ok(agent_store_commit(agency->store));
    assert_ok(spool_find(agency->store, entry.notice_id, &found));
    assert_string_equal(found.reason, "");
    assert_err(spool_find(agency->store, unknown, &found), ERR_NOT_FOUND);
}

struct sealing {
    struct agency *agency;
    size_t count;
};

static bool
seal_it(void *context, const struct spooled *entry)
{
    struct sealing *sealing = context;
    struct spooled same;
    uint8_t h[32] = { 0 };

    assert_ok(spool_find(sealing->agency->store, entry->notice_id, &same));
    assert_bytes(same.message, entry->message);
    assert_ok(spool_set_sealed(sealing->agency->store, entry->notice_id, entry->notice_id, h,
                               bytes_of_text("envelope")));
    sealing->count++;
    return true;
}

static void
what_is_being_listed_may_be_changed(void **state)
{
    struct agency *agency = *state;
    struct sealing sealing = { .agency = agency };
    uint64_t count;

    assert_ok(agent_store_begin(agency->store));
    for (uint32_t i = 0; i < 30; i++)
        spool(agency, i, take(agency, "a"), "message");
    assert_ok(spool_each(agency->store, SPOOL_QUEUED, 0, 100, seal_it, &sealing));
    assert_int_equal(sealing.count, 30);
    assert_ok(agent_store_commit(agency->store));
    assert_ok(spool_count(agency->store, SPOOL_SEALED, &count));
    assert_int_equal(count, 30);
}

static void
who_is_told_is_replaced_at_each_sealing(void **state)
{
    static const struct told first[] = {
        { 4, TOLD_SEALED, 1, "", 0 },
        { 2, TOLD_OWED, 0, "not linked yet", 0 },
    };
    static const struct told second[] = { { 2, TOLD_SEALED, 9, "linked", 0 } };
    struct agency *agency = *state;
    struct spooled entry = a_spooled(1, 0, "message");
    struct listed listed = { 0 };

    assert_ok(agent_store_begin(agency->store));
    spool(agency, 1, 0, "message");
    assert_ok(told_replace(agency->store, entry.notice_id, first, 2));
    assert_ok(told_each(agency->store, entry.notice_id, list_told, &listed));
    assert_int_equal(listed.count, 2);
    assert_int_equal(listed.numbers[0], 4);
    assert_string_equal(listed.texts[1], "not linked yet");
    assert_ok(told_replace(agency->store, entry.notice_id, second, 1));
    assert_ok(agent_store_commit(agency->store));
    listed = (struct listed){ 0 };
    assert_ok(told_each(agency->store, entry.notice_id, list_told, &listed));
    assert_int_equal(listed.count, 1);
    assert_string_equal(listed.texts[0], "linked");
}

static void
the_numbers_of_a_stream_are_taken_once_each(void **state)
{
    struct agency *agency = *state;
    uint64_t seq;

    assert_ok(agent_store_begin(agency->store));
    for (uint64_t i = 1; i <= 3; i++) {
        assert_ok(stream_take(agency->store, 5, &seq));
        assert_int_equal(seq, i);
    }
    assert_ok(agent_store_commit(agency->store));
    assert_ok(agent_store_begin(agency->store));
    assert_ok(stream_take(agency->store, 5, &seq));
    agent_store_rollback(agency->store);
    agency_reopen(agency);
    assert_ok(agent_store_begin(agency->store));
    assert_ok(stream_take(agency->store, 5, &seq));
    assert_int_equal(seq, 4);
    assert_ok(stream_take(agency->store, 6, &seq));
    assert_int_equal(seq, 1);
}

/* --- The inbox ------------------------------------------------------------------------------------ */

static void
what_is_received_is_numbered_and_listed_in_order(void **state)
{
    struct agency *agency = *state;
    struct inbox_entry entry;
    struct listed listed = { 0 };
    uint64_t number, record;
    bool fresh;

    assert_ok(agent_store_begin(agency->store));
    record = take(agency, "a");
    for (uint32_t i = 0; i < 5; i++) {
        char text[20];

        snprintf(text, sizeof(text), "content %u", i);
        entry = a_received(50 - i, i % 2 ? record : 0, text);
        assert_ok(inbox_add(agency->store, &entry, &fresh, &number));
        assert_true(fresh);
        assert_int_equal(number, i + 1);
    }
    assert_ok(agent_store_commit(agency->store));
    agency_reopen(agency);
    assert_ok(inbox_each(agency->store, 2, 2, list_received, &listed));
    assert_int_equal(listed.count, 2);
    assert_int_equal(listed.numbers[0], 3);
    assert_string_equal(listed.texts[0], "content 2");
    assert_string_equal(listed.texts[1], "content 3");
    assert_ok(inbox_each(agency->store, UINT64_MAX, 2, list_received, &listed));
    assert_int_equal(listed.count, 2);
}

/* It comes back under another: whoever reads on from a number must not miss it. */
static void
what_is_dropped_from_quarantine_keeps_its_number(void **state)
{
    struct agency *agency = *state;
    struct inbox_entry opened = a_received(1, 0, "opened"),
                       kept = a_received(2, 0, "kept back");
    struct listed listed = { 0 };
    uint64_t number;
    bool fresh;

    kept.quarantined = true;
    assert_err(inbox_drop(agency->store, 1), ERR_REFUSED);
    assert_ok(agent_store_begin(agency->store));
    assert_ok(inbox_add(agency->store, &opened, &fresh, &number));
    assert_ok(inbox_add(agency->store, &kept, &fresh, &number));
    assert_err(inbox_drop(agency->store, 1), ERR_NOT_FOUND);
    assert_ok(inbox_each_quarantined(agency->store, list_received, &listed));
    assert_int_equal(listed.count, 1);
    assert_int_equal(listed.numbers[0], 2);
    assert_ok(inbox_drop(agency->store, 2));
    kept.quarantined = false;
    assert_ok(inbox_add(agency->store, &kept, &fresh, &number));
    assert_true(fresh);
    assert_int_equal(number, 3);
    assert_ok(agent_store_commit(agency->store));
}

static bool
is_as_received(void *context, const struct inbox_entry *entry)
{
    const struct inbox_entry *put = context;

    assert_int_equal(entry->position, put->position);
    assert_int_equal(entry->log_index, put->log_index);
    assert_int_equal(entry->accepted_ms, put->accepted_ms);
    assert_int_equal(entry->received_ms, put->received_ms);
    assert_int_equal(entry->sender, put->sender);
    assert_int_equal(entry->kind, put->kind);
    assert_int_equal(entry->revision, put->revision);
    assert_int_equal(entry->record, put->record);
    assert_int_equal(entry->quarantined, put->quarantined);
    assert_memory_equal(entry->notice_id, put->notice_id, 16);
    assert_memory_equal(entry->h, put->h, 32);
    assert_string_equal(entry->reason, put->reason);
    assert_bytes(entry->content, put->content);
    assert_bytes(entry->evidence, put->evidence);
    return true;
}

static void
every_field_of_what_was_received_comes_back(void **state)
{
    struct agency *agency = *state;
    struct inbox_entry entry;

    assert_ok(agent_store_begin(agency->store));
    entry = a_received(9, take(agency, "a"), "content");
    entry.quarantined = true;
    entry.reason = "no key opens it";
    assert_true(receive(agency, &entry));
    assert_ok(inbox_each(agency->store, 0, 1, is_as_received, &entry));
}

static void
what_is_there_already_is_not_fresh(void **state)
{
    struct agency *agency = *state;
    struct inbox_entry entry = a_received(1, 0, "content"), resealed, revised, elsewhere;
    uint64_t count, quarantined;

    assert_ok(agent_store_begin(agency->store));
    assert_true(receive(agency, &entry));
    assert_false(receive(agency, &entry));
    resealed = entry;
    resealed.h[0] ^= 1;
    assert_false(receive(agency, &resealed));
    revised = resealed;
    revised.revision = 2;
    assert_true(receive(agency, &revised));
    elsewhere = a_received(1, 0, "content");
    elsewhere.h[0] ^= 2;
    elsewhere.sender = 8;
    assert_true(receive(agency, &elsewhere));
    assert_ok(inbox_count(agency->store, &count, &quarantined));
    assert_int_equal(count, 3);
    assert_int_equal(quarantined, 0);
}

static void
what_could_not_be_opened_stands_in_nobodys_way(void **state)
{
    struct agency *agency = *state;
    struct inbox_entry closed = a_received(0, 0, ""), open;
    uint64_t count, quarantined;

    assert_ok(agent_store_begin(agency->store));
    closed.quarantined = true;
    assert_true(receive(agency, &closed));
    closed.h[0] ^= 1;
    assert_true(receive(agency, &closed));
    assert_false(receive(agency, &closed));
    open = a_received(0, 0, "content");
    open.h[0] ^= 2;
    assert_true(receive(agency, &open));
    closed.h[0] ^= 4;
    assert_true(receive(agency, &closed));
    assert_ok(inbox_count(agency->store, &count, &quarantined));
    assert_int_equal(count, 4);
    assert_int_equal(quarantined, 3);
}

static void
alarms_stay_in_the_order_in_which_they_were_raised(void **state)
{
    struct agency *agency = *state;
    struct listed listed = { 0 };

    assert_ok(agent_store_begin(agency->store));
    assert_ok(alarm_raise(agency->store, "GAP", "police 4", 1, 1));
    assert_ok(alarm_raise(agency->store, "GAP", "police 5", 1, 2));
    assert_ok(agent_store_commit(agency->store));
    agency_reopen(agency);
    assert_ok(alarm_each(agency->store, list_alarm, &listed));
    assert_int_equal(listed.count, 2);
    assert_string_equal(listed.texts[0], "police 4");
    assert_string_equal(listed.texts[1], "police 5");
    assert_true(listed.numbers[0] < listed.numbers[1]);
}

static bool
copy_alarm(void *context, const struct alarm *alarm)
{
    *(struct alarm *)context = *alarm;
    return true;
}

/* However often it happens, it is one line for whoever reads it. */
static void
an_alarm_that_is_raised_again_is_counted(void **state)
{
    struct agency *agency = *state;
    struct alarm alarm = { 0 };

    assert_ok(agent_store_begin(agency->store));
    assert_ok(alarm_raise(agency->store, "GAP", "police", 2, 1000));
    assert_ok(alarm_raise(agency->store, "GAP", "police", 3, 5000));
    assert_ok(alarm_each(agency->store, copy_alarm, &alarm));
    assert_int_equal(alarm.count, 5);
    assert_int_equal(alarm.raised_ms, 1000);
    assert_int_equal(alarm.last_ms, 5000);
    assert_ok(alarm_drop(agency->store, alarm.number));
    assert_err(alarm_drop(agency->store, alarm.number), ERR_NOT_FOUND);
    assert_ok(alarm_raise(agency->store, "GAP", "police", 1, 6000));
    alarm.number = 0;
    assert_ok(alarm_each(agency->store, copy_alarm, &alarm));
    assert_int_equal(alarm.number, 3); /* not that of one that somebody dismissed */
    assert_int_equal(alarm.count, 1);
    assert_ok(agent_store_commit(agency->store));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        AT_AN_AGENCY(a_change_lasts_when_it_is_committed_and_only_then),
        AT_AN_AGENCY(a_change_outside_a_transaction_is_refused),
        AT_AN_AGENCY(a_number_of_any_size_comes_back),
        AT_AN_AGENCY(a_record_is_made_once_and_keeps_its_handle),
        AT_AN_AGENCY(the_roll_sets_what_it_says_about_a_record),
        AT_AN_AGENCY(a_record_on_a_roll_is_found_by_its_key),
        AT_AN_AGENCY(every_record_is_listed_once),
        AT_AN_AGENCY(the_same_idempotency_key_gives_the_first_answer),
        AT_AN_AGENCY(a_notice_id_names_one_message),
        AT_AN_AGENCY(messages_wait_in_the_order_in_which_they_came),
        AT_AN_AGENCY(a_message_goes_from_queued_to_sealed_to_accepted),
        AT_AN_AGENCY(a_refused_message_says_why),
        AT_AN_AGENCY(what_is_being_listed_may_be_changed),
        AT_AN_AGENCY(who_is_told_is_replaced_at_each_sealing),
        AT_AN_AGENCY(the_numbers_of_a_stream_are_taken_once_each),
        AT_AN_AGENCY(what_is_received_is_numbered_and_listed_in_order),
        AT_AN_AGENCY(what_is_dropped_from_quarantine_keeps_its_number),
        AT_AN_AGENCY(every_field_of_what_was_received_comes_back),
        AT_AN_AGENCY(what_is_there_already_is_not_fresh),
        AT_AN_AGENCY(what_could_not_be_opened_stands_in_nobodys_way),
        AT_AN_AGENCY(alarms_stay_in_the_order_in_which_they_were_raised),
        AT_AN_AGENCY(an_alarm_that_is_raised_again_is_counted),
    };

    return RUN(tests);
}
