#ifndef KITH_TESTS_STORE_AGENCY_H
#define KITH_TESTS_STORE_AGENCY_H

/* An agent's store in a folder of its own, and things to put into it. */

#include "place.h"

#include "crypto/key.h"
#include "store/agent_store.h"

struct agency {
    struct place place;
    struct agent_store *store;
    struct key master;
};

static inline void
agency_open(struct agency *agency)
{
    struct why why = { "" };

    if (agent_store_open(&agency->store, agency->place.path, &agency->master, &why))
        fail_msg("%s", why.text);
}

static inline void
agency_make(struct agency *agency)
{
    memset(agency, 0, sizeof(*agency));
    assert_true(crypto_start());
    place_make(&agency->place);
    memset(agency->master.bytes, 0x5a, sizeof(agency->master.bytes));
    agency_open(agency);
}

static inline void
agency_reopen(struct agency *agency)
{
    agent_store_close(&agency->store);
    agency_open(agency);
}

static inline void
agency_clear(struct agency *agency)
{
    agent_store_close(&agency->store);
    place_clear(&agency->place);
}

static inline int
open_agency(void **state)
{
    *state = calloc(1, sizeof(struct agency));
    agency_make(*state);
    return 0;
}

static inline int
close_agency(void **state)
{
    agency_clear(*state);
    free(*state);
    return 0;
}

#define AT_AN_AGENCY(test) cmocka_unit_test_setup_teardown(test, open_agency, close_agency)

/* --- What is put in ----------------------------------------------------------------------- */

static const uint8_t some_request[32] = { 1, 2, 3 };

static inline struct spooled
a_spooled(uint32_t number, uint64_t record, const char *message)
{
    struct spooled entry = {
        .kind = 1,
        .revision = 1,
        .state = SPOOL_QUEUED,
        .record = record,
        .queued_ms = 5000 + number,
        .reason = "",
        .message = bytes_of_text(message),
    };

    memcpy(entry.notice_id, &number, sizeof(number));
    entry.notice_id[15] = 0xaa;
    return entry;
}

static inline struct inbox_entry
a_received(uint32_t number, uint64_t record, const char *content)
{
    struct inbox_entry entry = {
        .position = 100 + number,
        .log_index = 200 + number,
        .accepted_ms = 300 + number,
        .received_ms = 400 + number,
        .sender = 7,
        .kind = 2,
        .revision = 1,
        .record = record,
        .reason = "",
        .content = bytes_of_text(content),
        .evidence = bytes_of_text("evidence"),
    };

    memcpy(entry.notice_id, &number, sizeof(number));
    memcpy(entry.h, &number, sizeof(number));
    entry.h[31] = 0xbb;
    return entry;
}

static inline uint64_t
take(struct agency *agency, const char *local_id)
{
    struct own_record record;

    assert_ok(record_take(agency->store, "mis", local_id, &record));
    return record.id;
}

static inline void
spool(struct agency *agency, uint32_t number, uint64_t record, const char *message)
{
    struct spooled entry = a_spooled(number, record, message);
    uint8_t notice_id[16];
    bool repeated = true;

    assert_ok(spool_add(agency->store, &entry, "", some_request, notice_id, &repeated));
    assert_false(repeated);
    assert_memory_equal(notice_id, entry.notice_id, 16);
}

static inline bool
receive(struct agency *agency, const struct inbox_entry *entry)
{
    uint64_t number = 0;
    bool fresh;

    assert_ok(inbox_add(agency->store, entry, &fresh, &number));
    return fresh;
}

/* --- What comes out ----------------------------------------------------------------------- */

struct listed {
    size_t count, stop_at;
    uint64_t numbers[64];
    char texts[64][64];
};

static inline bool
list(struct listed *listed, uint64_t number, struct bytes text)
{
    assert_true(listed->count < 64);
    listed->numbers[listed->count] = number;
    snprintf(listed->texts[listed->count], 64, "%.*s", (int)text.len, (const char *)text.data);
    return ++listed->count != listed->stop_at;
}

static inline bool
list_spooled(void *context, const struct spooled *entry)
{
    return list(context, entry->queued_ms - 5000, entry->message);
}

static inline bool
list_received(void *context, const struct inbox_entry *entry)
{
    return list(context, entry->number, entry->content);
}

static inline bool
list_record(void *context, const struct own_record *record)
{
    return list(context, record->id, bytes_of_text(record->local_id));
}

static inline bool
list_alarm(void *context, const struct alarm *alarm)
{
    return list(context, alarm->number, bytes_of_text(alarm->about));
}

static inline bool
list_told(void *context, const struct told *told)
{
    return list(context, told->agency, bytes_of_text(told->why));
}

#endif
