#include "store/store.h"

#include <string.h>

#include "store/backend.h"

static const struct store_backend *const backends[] = { &store_sqlite };

/* The largest number that every database compares as we do. */
static uint64_t
comparable(uint64_t number)
{
    return number < INT64_MAX ? number : INT64_MAX;
}

enum err
store_open(struct store **store, const char *where, struct why *why)
{
    const char *colon = strchr(where, ':');
    size_t len = colon ? (size_t)(colon - where) : 0;

    for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
        if (strlen(backends[i]->scheme) == len && memcmp(backends[i]->scheme, where, len) == 0)
            return backends[i]->open(store, colon + 1, why);
    return because(why, ERR_REFUSED, "%s: no such kind of store; write sqlite:PATH", where);
}

void
store_close(struct store **store)
{
    if (*store)
        (*store)->backend->close(*store);
    *store = NULL;
}

enum err
store_acquire(struct store *store, uint64_t floor, struct store_head *head, struct why *why)
{
    return store->backend->acquire(store, floor, head, why);
}

static bool
names_an_agency_twice(const struct store_record *record)
{
    for (size_t i = 1; i < record->delivery_count; i++)
        for (size_t j = 0; j < i; j++)
            if (record->deliveries[i].agency == record->deliveries[j].agency)
                return true;
    return false;
}

enum err
store_append(struct store *store, struct store_head *head, const struct store_batch *batch,
             uint64_t *positions)
{
    for (size_t i = 0; i < batch->record_count; i++)
        if (batch->records[i].envelope.len == 0 || names_an_agency_twice(&batch->records[i]))
            return ERR_MALFORMED;
    return store->backend->append(store, head, batch, positions);
}

enum err
store_lookup(struct store *store, uint32_t sender, const uint8_t msg_id[16],
             struct store_fate *fate)
{
    return store->backend->lookup(store, sender, msg_id, fate);
}

enum err
store_read_queue(struct store *store, uint32_t agency, uint64_t after, size_t max_count,
                 size_t max_bytes,
                 bool (*each)(void *context, const struct store_queued *queued), void *context)
{
    return store->backend->read_queue(store, agency, comparable(after), max_count, max_bytes,
                                      each, context);
}

enum err
store_cursor(struct store *store, uint32_t agency, struct store_cursor *cursor)
{
    return store->backend->cursor(store, agency, cursor);
}

enum err
store_expire(struct store *store, struct store_head *head, uint64_t now_ms,
             void (*each)(void *context, const struct store_queued *queued), void *context)
{
    return store->backend->expire(store, head, comparable(now_ms), each, context);
}
