#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/store_sqlite.h"

enum err
sqlite_begin_as(struct db *db, const struct store_head *head)
{
    struct db_row row;
    enum err err;

    if ((err = db_begin(db)))
        return err;
    if (!(err = db_find(&row, db, "SELECT epoch, size FROM writer", NOTHING))) {
        if (row_number(&row, 0) != head->epoch || row_number(&row, 1) != head->size)
            err = ERR_CONFLICT;
        db_done(&row);
    }
    if (err)
        db_rollback(db);
    return err;
}

/* --- Records and their deliveries ---------------------------------------------------------- */

static enum err
write_facts(struct db *db, uint64_t log_index, const struct store_record *record)
{
    struct record_facts facts = {
        .log_index = log_index,
        .sender = record->sender,
        .kind = record->kind,
        .accepted_ms = record->accepted_ms,
    };
    uint8_t sum[SUM];

    memcpy(facts.msg_id, record->msg_id, sizeof(facts.msg_id));
    memcpy(facts.h, record->h, sizeof(facts.h));
    sum_of_record(sum, &facts);
    return db_do(db, "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
                 WITH(as_number(log_index), as_number(facts.sender), as_number(facts.kind),
                      as_blob(facts.msg_id, sizeof(facts.msg_id)), as_number(facts.accepted_ms),
                      as_blob(facts.h, sizeof(facts.h)), as_blob(sum, sizeof(sum))));
}

static bool
anybody_gets_the_envelope(const struct store_record *record)
{
    for (size_t i = 0; i < record->delivery_count; i++)
        if (!record->deliveries[i].stub)
            return true;
    return false;
}

static enum err
write_content(struct db *db, uint64_t log_index, const struct store_record *record)
{
    bool whole = anybody_gets_the_envelope(record);
    uint64_t expires_ms = record->expires_ms < INT64_MAX ? record->expires_ms : INT64_MAX;
    uint8_t stub_sum[SUM], envelope_sum[SUM];

    sum_of_content(stub_sum, log_index, 1, record->stub);
    sum_of_content(envelope_sum, log_index, 0, record->envelope);
    return db_do(db, "INSERT INTO content VALUES (?, ?, ?, ?, ?, ?)",
                 WITH(as_number(log_index), as_number(expires_ms), as_bytes(record->stub),
                      as_blob(stub_sum, SUM), whole ? as_bytes(record->envelope) : as_null(),
                      whole ? as_blob(envelope_sum, SUM) : as_null()));
}

static enum err
write_delivery(struct db *db, uint64_t log_index, const struct store_delivery *delivery,
               size_t size, uint64_t *position)
{
    uint8_t sum[SUM];
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, db,
                       "INSERT INTO agency VALUES (?1, 1, 0, ?2) ON CONFLICT (agency)"
                       " DO UPDATE SET last = last + 1, bytes = bytes + ?2 RETURNING last",
                       WITH(as_number(delivery->agency), as_number(size)))))
        return err;
    *position = row_number(&row, 0);
    db_done(&row);
    sum_of_place(sum, *position, log_index, delivery);
    return db_do(db, "INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)",
                 WITH(as_number(delivery->agency), as_number(*position), as_number(log_index),
                      as_number(delivery->stub),
                      as_blob(delivery->grant, sizeof(delivery->grant)), as_number(size),
                      as_blob(sum, sizeof(sum))));
}

static enum err
write_record(struct db *db, uint64_t log_index, const struct store_record *record,
             uint64_t *positions)
{
    enum err err;

    if ((err = write_facts(db, log_index, record)))
        return err;
    if (record->delivery_count > 0 && (err = write_content(db, log_index, record)))
        return err;
    for (size_t i = 0; i < record->delivery_count; i++) {
        const struct store_delivery *delivery = &record->deliveries[i];
        size_t size = delivery->stub ? record->stub.len : record->envelope.len;

        if ((err = write_delivery(db, log_index, delivery, size, &positions[i])))
            return err;
    }
    return ERR_OK;
}

/* --- Acknowledgements ------------------------------------------------------------------------ */

enum err
sqlite_free_envelope(struct db *db, uint64_t log_index)
{
    return db_do(db,
                 "UPDATE content SET envelope = NULL, envelope_sum = NULL"
                 " WHERE log_index = ? AND envelope IS NOT NULL",
                 WITH(as_number(log_index)));
}

/* One delivery fewer waits for a record: frees what nobody waits for now. */
static enum err
release(struct db *db, uint64_t log_index)
{
    bool nobody, only_stubs;
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, db, "SELECT min(stub) FROM queue WHERE log_index = ?",
                       WITH(as_number(log_index)))))
        return err;
    nobody = row_is_null(&row, 0);
    only_stubs = row_number(&row, 0) == 1;
    db_done(&row);
    if (nobody)
        return db_do(db, "DELETE FROM content WHERE log_index = ?", WITH(as_number(log_index)));
    return only_stubs ? sqlite_free_envelope(db, log_index) : ERR_OK;
}

static enum err
take_from_queue(struct db *db, uint32_t agency, uint64_t position, uint64_t *bytes)
{
    uint64_t log_index;
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, db,
                       "DELETE FROM queue WHERE agency = ? AND position = ?"
                       " RETURNING log_index, size",
                       WITH(as_number(agency), as_number(position)))))
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    log_index = row_number(&row, 0);
    *bytes += row_number(&row, 1);
    db_done(&row);
    return release(db, log_index);
}

static enum err
write_ack(struct db *db, const struct store_ack *ack)
{
    struct store_cursor cursor;
    uint64_t freed = 0;
    enum err err;

    if ((err = sqlite_read_cursor(db, ack->agency, &cursor)))
        return err;
    if (ack->position > cursor.last)
        return ERR_MALFORMED;
    if (ack->position <= cursor.acked)
        return ERR_OK;
    for (uint64_t at = cursor.acked + 1; at <= ack->position; at++)
        if ((err = take_from_queue(db, ack->agency, at, &freed)))
            return err;
    return db_do(db, "UPDATE agency SET acked = ?, bytes = bytes - ? WHERE agency = ?",
                 WITH(as_number(ack->position), as_number(freed), as_number(ack->agency)));
}

/* --- A batch ----------------------------------------------------------------------------------- */

static enum err
write_batch(struct db *db, uint64_t size, const struct store_batch *batch, uint64_t *positions)
{
    enum err err;

    for (size_t i = 0; i < batch->ack_count; i++)
        if ((err = write_ack(db, &batch->acks[i])))
            return err;
    for (size_t i = 0; i < batch->record_count; i++) {
        if ((err = write_record(db, size++, &batch->records[i], positions)))
            return err;
        positions += batch->records[i].delivery_count;
    }
    return db_do(db, "UPDATE writer SET size = ?", WITH(as_number(size)));
}

enum err
sqlite_append(struct store *store, struct store_head *head, const struct store_batch *batch,
              uint64_t *positions)
{
    struct db *db = ((struct sqlite_store *)store)->db;
    size_t count = 0;
    uint64_t *given;
    enum err err;

    if ((err = sqlite_begin_as(db, head)))
        return err;
    for (size_t i = 0; i < batch->record_count; i++)
        count += batch->records[i].delivery_count;
    given = mem_array(count, sizeof(*given));
    err = write_batch(db, head->size, batch, given);
    if (!(err = db_finish(db, err))) {
        head->size += batch->record_count;
        if (positions != NULL && count > 0)
            memcpy(positions, given, count * sizeof(*given));
    }
    free(given);
    return err;
}
