#include <string.h>

#include "store/store_sqlite.h"

static struct db *
db_of(struct store *store)
{
    return ((struct sqlite_store *)store)->db;
}

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

enum err
sqlite_lookup(struct store *store, uint32_t sender, const uint8_t msg_id[16],
              struct store_fate *fate)
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

enum err
sqlite_cursor(struct store *store, uint32_t agency, struct store_cursor *cursor)
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

enum err
sqlite_read_queue(struct store *store, uint32_t agency, uint64_t after, size_t max_count,
                  size_t max_bytes,
                  bool (*each)(void *context, const struct store_queued *queued), void *context)
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
