#include "store/store_sqlite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "crypto/hash.h"

static const struct db_format format = {
    .what = "the broker's store",
    .application_id = 0x4b697442, /* "KitB" */
    .version = 1,
    .schema =
        "CREATE TABLE writer ("
        "  one INTEGER PRIMARY KEY CHECK (one = 1),"
        "  epoch INTEGER NOT NULL, size INTEGER NOT NULL) STRICT;"
        "INSERT INTO writer VALUES (1, 0, 0);"

        "CREATE TABLE record ("
        "  log_index INTEGER PRIMARY KEY,"
        "  sender INTEGER NOT NULL, kind INTEGER NOT NULL,"
        "  msg_id BLOB NOT NULL CHECK (length(msg_id) = 16),"
        "  accepted_ms INTEGER NOT NULL,"
        "  h BLOB NOT NULL CHECK (length(h) = 32),"
        "  sum BLOB NOT NULL CHECK (length(sum) = 16)) STRICT;"
        "CREATE UNIQUE INDEX record_msg ON record (sender, msg_id);"

        "CREATE TABLE content ("
        "  log_index INTEGER PRIMARY KEY REFERENCES record,"
        "  expires_ms INTEGER NOT NULL,"
        "  stub BLOB NOT NULL, stub_sum BLOB NOT NULL,"
        "  envelope BLOB, envelope_sum BLOB) STRICT;"
        "CREATE INDEX content_expiry ON content (expires_ms) WHERE envelope IS NOT NULL;"

        "CREATE TABLE queue ("
        "  agency INTEGER NOT NULL, position INTEGER NOT NULL,"
        "  log_index INTEGER NOT NULL REFERENCES content,"
        "  stub INTEGER NOT NULL CHECK (stub IN (0, 1)),"
        "  grant_id BLOB NOT NULL CHECK (length(grant_id) = 20),"
        "  size INTEGER NOT NULL,"
        "  sum BLOB NOT NULL CHECK (length(sum) = 16),"
        "  PRIMARY KEY (agency, position)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX queue_record ON queue (log_index, stub);"

        "CREATE TABLE agency ("
        "  agency INTEGER PRIMARY KEY,"
        "  last INTEGER NOT NULL, acked INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;",
};

static struct db *
db_of(struct store *store)
{
    return ((struct sqlite_store *)store)->db;
}

void
sum_of_record(uint8_t sum[SUM], const struct record_facts *facts)
{
    uint8_t packed[8 + 4 + 4 + 16 + 8 + 32], *at = packed;

    at = put_le64(at, facts->log_index);
    at = put_le32(at, facts->sender);
    at = put_le32(at, facts->kind);
    at = put_bytes(at, facts->msg_id, sizeof(facts->msg_id));
    at = put_le64(at, facts->accepted_ms);
    put_bytes(at, facts->h, sizeof(facts->h));
    hash_of(sum, SUM, "kith1.store.row", NULL, bytes_of(packed, sizeof(packed)));
}

void
sum_of_content(uint8_t sum[SUM], uint64_t log_index, unsigned part, struct bytes content)
{
    struct hash hash;
    uint8_t place[9];

    *put_le64(place, log_index) = (uint8_t)part;
    hash_begin(&hash, SUM, "kith1.store.body", NULL);
    hash_add(&hash, place, sizeof(place));
    hash_add(&hash, content.data, content.len);
    hash_end(&hash, sum, SUM);
}

void
sum_of_place(uint8_t sum[SUM], uint64_t position, uint64_t log_index,
             const struct store_delivery *delivery)
{
    uint8_t packed[4 + 8 + 8 + 1 + 20], *at = packed;

    at = put_le32(at, delivery->agency);
    at = put_le64(at, position);
    at = put_le64(at, log_index);
    *at++ = delivery->stub;
    put_bytes(at, delivery->grant, sizeof(delivery->grant));
    hash_of(sum, SUM, "kith1.store.post", NULL, bytes_of(packed, sizeof(packed)));
}

/* --- Opening ------------------------------------------------------------------------------ */

/* What every transaction keeps true, each as a query that gives 1 when it is. */
static const struct {
    const char *holds, *else_it;
} invariants[] = {
    { "SELECT size = (SELECT count(*) FROM record NOT INDEXED)"
      "   AND size = (SELECT ifnull(max(log_index) + 1, 0) FROM record) FROM writer",
      "records are missing" },
    { "SELECT size = (SELECT count(*) FROM record INDEXED BY record_msg) FROM writer",
      "the index of message ids is incomplete" },
    { "SELECT NOT EXISTS (SELECT 1 FROM agency AS a WHERE acked > last OR (last - acked, "
      "bytes) <>"
      " (SELECT count(*), ifnull(sum(size), 0) FROM queue AS q WHERE q.agency = a.agency"
      "  AND position > acked AND position <= last))",
      "deliveries are missing" },
    { "SELECT (SELECT ifnull(sum(last - acked), 0) FROM agency) = (SELECT count(*) FROM queue)"
      " AND (SELECT count(*) FROM queue) = (SELECT count(*) FROM queue INDEXED BY "
      "queue_record)",
      "deliveries do not belong to any agency" },
    { "SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check)", "bodies are missing" },
};

static enum err
check_invariants(struct sqlite_store *store, struct why *why)
{
    for (size_t i = 0; i < sizeof(invariants) / sizeof(invariants[0]); i++) {
        uint64_t holds;
        enum err err = db_number(store->db, invariants[i].holds, &holds);

        if (err || !holds)
            return because(why, err ? err : ERR_CORRUPT,
                           "%s: %s is damaged (%s).  Restore a backup", store->path,
                           format.what, err ? "it cannot be read" : invariants[i].else_it);
    }
    return ERR_OK;
}

static void
close_store(struct store *store)
{
    struct sqlite_store *closing = (struct sqlite_store *)store;

    db_close(&closing->db);
    free(closing->path);
    free(closing);
}

static enum err
open_store(struct store **store, const char *place, struct why *why)
{
    struct sqlite_store *opened = mem_new(sizeof(*opened));
    enum err err;

    opened->base.backend = &store_sqlite;
    opened->path = mem_text(place);
    if (!(err = db_open(&opened->db, place, &format, why)))
        err = check_invariants(opened, why);
    if (err)
        close_store(&opened->base);
    else
        *store = &opened->base;
    return err;
}

static enum err
acquire_in_transaction(struct sqlite_store *store, uint64_t floor, struct store_head *head,
                       struct why *why)
{
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, store->db,
                       "UPDATE writer SET epoch = epoch + 1 RETURNING epoch, size", NOTHING)))
        return because(why, err, "%s: cannot be written: %s", store->path, err_text(err));
    *head = (struct store_head){ .epoch = row_number(&row, 0), .size = row_number(&row, 1) };
    db_done(&row);
    if (head->size >= floor)
        return ERR_OK;
    return because(why, ERR_CORRUPT,
                   "%s: it was rolled back: %" PRIu64 " records were published, it has %" PRIu64
                   ".  Restore the newest copy of the store; never remove the mark",
                   store->path, floor, head->size);
}

static enum err
acquire(struct store *store, uint64_t floor, struct store_head *head, struct why *why)
{
    struct sqlite_store *acquiring = (struct sqlite_store *)store;
    struct store_head taken;
    enum err err;

    if ((err = db_begin(acquiring->db)))
        return because(why, err, "%s: cannot be written: %s", acquiring->path, err_text(err));
    err = acquire_in_transaction(acquiring, floor, &taken, why);
    if ((err = db_finish(acquiring->db, err)))
        return err;
    *head = taken;
    return ERR_OK;
}

/* --- Reading ------------------------------------------------------------------------------- */

#define FACTS "record.log_index, sender, kind, msg_id, accepted_ms, h, record.sum"
enum { FACTS_COLUMNS = 7 };

static bool
sum_is(const uint8_t sum[SUM], const struct db_row *row, int column)
{
    return bytes_equal(bytes_of(sum, SUM), row_bytes(row, column));
}

/* The first columns of a row that begins with FACTS. */
static enum err
read_facts(struct record_facts *facts, const struct db_row *row)
{
    uint8_t sum[SUM];

    facts->log_index = row_number(row, 0);
    facts->sender = (uint32_t)row_number(row, 1);
    facts->kind = (uint32_t)row_number(row, 2);
    row_fill(row, 3, facts->msg_id, sizeof(facts->msg_id));
    facts->accepted_ms = row_number(row, 4);
    row_fill(row, 5, facts->h, sizeof(facts->h));
    sum_of_record(sum, facts);
    return sum_is(sum, row, 6) ? ERR_OK : ERR_CORRUPT;
}

static enum err
lookup(struct store *store, uint32_t sender, const uint8_t msg_id[16], struct store_fate *fate)
{
    struct record_facts facts;
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, db_of(store),
                       "SELECT " FACTS " FROM record WHERE sender = ? AND msg_id = ?",
                       WITH(as_number(sender), as_blob(msg_id, 16)))))
        return err;
    err = read_facts(&facts, &row);
    db_done(&row);
    if (err)
        return err;
    fate->log_index = facts.log_index;
    fate->accepted_ms = facts.accepted_ms;
    memcpy(fate->h, facts.h, sizeof(fate->h));
    return ERR_OK;
}

enum err
sqlite_read_cursor(struct db *db, uint32_t agency, struct store_cursor *cursor)
{
    struct db_row row;
    enum err err = db_find(&row, db, "SELECT acked, last, bytes FROM agency WHERE agency = ?",
                           WITH(as_number(agency)));

    *cursor = (struct store_cursor){ 0 };
    if (err)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    cursor->acked = row_number(&row, 0);
    cursor->last = row_number(&row, 1);
    cursor->bytes = row_number(&row, 2);
    db_done(&row);
    return ERR_OK;
}

static enum err
cursor_of(struct store *store, uint32_t agency, struct store_cursor *cursor)
{
    struct store_cursor found;
    struct db_row row;
    enum err err;

    if ((err = sqlite_read_cursor(db_of(store), agency, &found)))
        return err;
    if (found.acked < found.last) {
        if ((err = db_find(&row, db_of(store),
                           "SELECT accepted_ms FROM queue JOIN record USING (log_index)"
                           " WHERE agency = ? ORDER BY position LIMIT 1",
                           WITH(as_number(agency)))))
            return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
        found.oldest_ms = row_number(&row, 0);
        db_done(&row);
    }
    *cursor = found;
    return ERR_OK;
}

/* A row of select_queue. */
static enum err
read_queued(struct store_queued *queued, uint32_t agency, const struct db_row *row)
{
    struct store_delivery delivery = { .agency = agency };
    struct record_facts facts;
    uint8_t sum[SUM];
    enum err err;

    if ((err = read_facts(&facts, row)))
        return err;
    delivery.stub = row_number(row, FACTS_COLUMNS + 1) != 0;
    row_fill(row, FACTS_COLUMNS + 2, delivery.grant, sizeof(delivery.grant));
    *queued = (struct store_queued){
        .agency = agency,
        .position = row_number(row, FACTS_COLUMNS),
        .log_index = facts.log_index,
        .accepted_ms = facts.accepted_ms,
        .sender = facts.sender,
        .stub = delivery.stub,
        .envelope = row_bytes(row, FACTS_COLUMNS + 4),
    };
    memcpy(queued->grant, delivery.grant, sizeof(queued->grant));
    sum_of_place(sum, queued->position, facts.log_index, &delivery);
    if (!sum_is(sum, row, FACTS_COLUMNS + 3))
        return ERR_CORRUPT;
    sum_of_content(sum, facts.log_index, delivery.stub, queued->envelope);
    return sum_is(sum, row, FACTS_COLUMNS + 5) ? ERR_OK : ERR_CORRUPT;
}

static const char select_queue[] =
    "SELECT " FACTS ", position, queue.stub, grant_id, queue.sum,"
    "  CASE queue.stub WHEN 0 THEN envelope ELSE content.stub END,"
    "  CASE queue.stub WHEN 0 THEN envelope_sum ELSE stub_sum END"
    " FROM queue CROSS JOIN record USING (log_index) CROSS JOIN content USING (log_index)"
    " WHERE agency = ? AND position > ? ORDER BY position";

static enum err
read_queue(struct store *store, uint32_t agency, uint64_t after, size_t max_count,
           size_t max_bytes, bool (*each)(void *context, const struct store_queued *queued),
           void *context)
{
    struct store_queued queued;
    struct store_cursor cursor;
    struct db_row row;
    enum err err;

    if ((err = sqlite_read_cursor(db_of(store), agency, &cursor)))
        return err;
    if (after < cursor.acked)
        after = cursor.acked;
    if ((err = db_rows(&row, db_of(store), select_queue,
                       WITH(as_number(agency), as_number(after)))))
        return err;
    for (size_t i = 0; i < max_count && after < cursor.last; i++) {
        if ((err = db_next(&row)) || (err = read_queued(&queued, agency, &row)))
            break;
        /* A position that is not there is as bad as one that is wrong. */
        if (queued.position != ++after) {
            err = ERR_CORRUPT;
            break;
        }
        if (i > 0 && queued.envelope.len > max_bytes)
            break;
        max_bytes -= queued.envelope.len < max_bytes ? queued.envelope.len : max_bytes;
        if (!each(context, &queued))
            break;
    }
    db_done(&row);
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

const struct store_backend store_sqlite = {
    .scheme = "sqlite",
    .open = open_store,
    .close = close_store,
    .acquire = acquire,
    .append = sqlite_append,
    .lookup = lookup,
    .read_queue = read_queue,
    .cursor = cursor_of,
    .expire = sqlite_expire,
};
