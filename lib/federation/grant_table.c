#include <stdlib.h>
#include <string.h>

#include "core/map.h"
#include "core/mem.h"
#include "federation/grant.h"
#include "federation/lookup.h"

enum { RECORD = 4 + HANDLE };

/* A grant, and the next one on the same record.  bytes: body, signature and path. */
struct entry {
    struct held_grant held;
    uint8_t record[RECORD]; /* LE32 publisher | handle */
    struct entry *next;
    struct entry *of_publisher; /* the next one */
    uint8_t bytes[];
};

/* by_record holds the first grant on each record, by_publisher the last one added. */
struct grant_table {
    struct lookup by_record, by_id;
    struct map by_publisher;
    bool revokes_all; /* there is a revocation for all of a publisher's records */
};

static const uint8_t all_handles[HANDLE];

struct grant_table *
grant_table_new(void)
{
    return mem_new(sizeof(struct grant_table));
}

void
grant_table_free(struct grant_table **table)
{
    struct grant_table *gone = *table;

    *table = NULL;
    if (gone == NULL)
        return;
    for (size_t i = 0; i < gone->by_id.slot_count; i++)
        free(gone->by_id.slots[i].value);
    lookup_clear(&gone->by_record);
    lookup_clear(&gone->by_id);
    map_clear(&gone->by_publisher);
    free(gone);
}

static void
record_write(uint8_t record[RECORD], uint32_t publisher, const uint8_t handle[HANDLE])
{
    put_bytes(put_le32(record, publisher), handle, HANDLE);
}

static struct bytes
keep(uint8_t **at, struct bytes bytes)
{
    struct bytes kept = bytes_of(*at, bytes.len);

    *at = put_bytes(*at, bytes.data, bytes.len);
    return kept;
}

static struct entry *
entry_new(const struct grant *grant, const struct signed_grant *as_signed)
{
    const struct batch_signature *batch = &as_signed->batch;
    struct entry *entry =
        mem_new(sizeof(*entry) + as_signed->body.len + batch->signature.len + batch->path.len);
    uint8_t *at = entry->bytes;

    record_write(entry->record, grant->publisher, grant->handle);
    entry->held.grant = *grant;
    entry->held.as_signed = *as_signed;
    entry->held.as_signed.body = keep(&at, as_signed->body);
    entry->held.as_signed.batch.signature = keep(&at, batch->signature);
    entry->held.as_signed.batch.path = keep(&at, batch->path);
    return entry;
}

void
grant_table_add(struct grant_table *table, const struct grant *grant,
                const struct signed_grant *signed_grant)
{
    struct entry *entry, *first;

    if (grant_table_by_id(table, grant->id) != NULL)
        return;
    entry = entry_new(grant, signed_grant);
    table->revokes_all |=
        grant->basis == BASIS_REVOKED && memcmp(grant->handle, all_handles, HANDLE) == 0;
    lookup_add(&table->by_id, bytes_of(entry->held.grant.id, GRANT_ID), entry);
    first = lookup_add(&table->by_record, bytes_of(entry->record, RECORD), entry);
    if (first != NULL) {
        entry->next = first->next;
        first->next = entry;
    }
    entry->of_publisher = map_get(&table->by_publisher, grant->publisher);
    map_put(&table->by_publisher, grant->publisher, entry);
}

size_t
grant_table_count(const struct grant_table *table)
{
    return table->by_id.count;
}

static const struct entry *
first_on(const struct grant_table *table, uint32_t publisher, const uint8_t handle[HANDLE])
{
    uint8_t record[RECORD];

    record_write(record, publisher, handle);
    return lookup_get(&table->by_record, bytes_of(record, RECORD));
}

void
grant_table_each(const struct grant_table *table, uint32_t publisher,
                 const uint8_t handle[HANDLE],
                 bool (*each)(void *context, const struct held_grant *held), void *context)
{
    const struct entry *entry = first_on(table, publisher, handle);

    while (entry != NULL && each(context, &entry->held))
        entry = entry->next;
}

static int
by_id(const void *a, const void *b)
{
    const struct held_grant *const *left = a, *const *right = b;

    return memcmp((*left)->grant.id, (*right)->grant.id, GRANT_ID);
}

void
grant_table_of_publisher(const struct grant_table *table, uint32_t publisher,
                         bool (*each)(void *context, const struct held_grant *held),
                         void *context)
{
    const struct entry *first = map_get(&table->by_publisher, publisher), *entry;
    const struct held_grant **sorted;
    size_t count = 0, i = 0;

    for (entry = first; entry != NULL; entry = entry->of_publisher)
        count++;
    sorted = mem_array(count, sizeof(*sorted));
    for (entry = first; entry != NULL; entry = entry->of_publisher)
        sorted[i++] = &entry->held;
    if (count > 0)
        qsort(sorted, count, sizeof(*sorted), by_id);
    for (i = 0; i < count && each(context, sorted[i]); i++)
        continue;
    free(sorted);
}

/* --- Revoked, and live ------------------------------------------------------------------------ */

/* Does any of the entries from there on end it? */
static bool
is_ended(const struct entry *entry, const struct grant *grant)
{
    for (; entry != NULL; entry = entry->next) {
        const struct grant *revocation = &entry->held.grant;

        if (revocation->basis == BASIS_REVOKED && revocation->recipient == grant->recipient
            && revocation->from_ms >= grant->from_ms)
            return true;
    }
    return false;
}

/* first: of those on the grant's record. */
static bool
is_revoked(const struct grant_table *table, const struct entry *first,
           const struct grant *grant)
{
    return is_ended(first, grant)
           || (table->revokes_all
               && is_ended(first_on(table, grant->publisher, all_handles), grant));
}

bool
grant_table_revoked(const struct grant_table *table, const struct grant *grant)
{
    return is_revoked(table, first_on(table, grant->publisher, grant->handle), grant);
}

const struct held_grant *
grant_table_live(const struct grant_table *table, uint32_t publisher,
                 const uint8_t handle[HANDLE], uint32_t recipient, struct instant now)
{
    const struct entry *first = first_on(table, publisher, handle);

    for (const struct entry *entry = first; entry != NULL; entry = entry->next)
        if (entry->held.grant.recipient == recipient && grant_is_live(&entry->held.grant, now)
            && !is_revoked(table, first, &entry->held.grant))
            return &entry->held;
    return NULL;
}

const struct held_grant *
grant_table_by_id(const struct grant_table *table, const uint8_t id[GRANT_ID])
{
    const struct entry *entry = lookup_get(&table->by_id, bytes_of(id, GRANT_ID));

    return entry == NULL ? NULL : &entry->held;
}

bool
grant_table_answered(const struct grant_table *table, uint32_t publisher,
                     const uint8_t handle[HANDLE])
{
    return first_on(table, publisher, handle) != NULL;
}
