#include <string.h>

#include "store/agent_inside.h"

static struct db_value
as_id(const uint8_t id[16])
{
    return as_blob(id, 16);
}

/* --- Reading ---------------------------------------------------------------------------------- */

#define SELECT_SPOOLED                                                                         \
    "SELECT number, node_ix, reason, message, sealed, notice_id, kind, revision, state,"       \
    " record, queued_ms, accepted_ms, log_index, msg_id, h FROM spool"

static void
read_clear(struct spooled *entry, const struct db_row *row)
{
    *entry = (struct spooled){
        .number = row_number(row, 0),
        .kind = (uint32_t)row_number(row, 6),
        .revision = (uint32_t)row_number(row, 7),
        .state = (enum spool_state)row_number(row, 8),
        .record = row_number(row, 9),
        .queued_ms = row_number(row, 10),
        .accepted_ms = row_number(row, 11),
        .log_index = row_number(row, 12),
    };
    row_fill(row, 5, entry->notice_id, sizeof(entry->notice_id));
    row_fill(row, 13, entry->msg_id, sizeof(entry->msg_id));
    row_fill(row, 14, entry->h, sizeof(entry->h));
}

static enum err
read_spooled(struct agent_store *store, const struct db_row *row, struct buffer *lent,
             struct spooled *entry)
{
    struct bytes reason = row_bytes(row, 2), message = row_bytes(row, 3);
    struct bytes sealed = row_bytes(row, 4), text;
    struct cell cell = { .column = "spool.reason", .row = row_number(row, 0) };
    struct spooled read;
    uint8_t *at;
    enum err err;

    row_fill(row, 1, cell.node.ix, sizeof(cell.node.ix));
    read_clear(&read, row);
    if ((err = lend(lent, reason.len + 1 + message.len + sealed.len, &at))
        || (err = cell_open(store, &cell, reason, &at, &text)))
        return err;
    read.reason = (const char *)at - text.len;
    *at++ = 0;
    cell.column = "spool.message";
    if ((err = cell_open(store, &cell, message, &at, &read.message)))
        return err;
    read.sealed = bytes_of(at, sealed.len);
    put_bytes(at, sealed.data, sealed.len);
    *entry = read;
    return ERR_OK;
}

static enum err
find_spooled(struct agent_store *store, const char *sql, const uint8_t id[16],
             struct spooled *entry)
{
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, store->rows, sql, WITH(as_id(id)))))
        return err;
    err = read_spooled(store, &row, &store->lent_spooled, entry);
    db_done(&row);
    return err;
}

enum err
spool_find(struct agent_store *store, const uint8_t notice_id[16], struct spooled *entry)
{
    return find_spooled(store, SELECT_SPOOLED " WHERE notice_id = ?", notice_id, entry);
}

enum err
spool_find_msg(struct agent_store *store, const uint8_t msg_id[16], struct spooled *entry)
{
    return find_spooled(store, SELECT_SPOOLED " WHERE msg_id = ?", msg_id, entry);
}

enum err
spool_find_h(struct agent_store *store, const uint8_t h[32], struct spooled *entry)
{
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, store->rows, SELECT_SPOOLED " WHERE h = ?", WITH(as_blob(h, 32)))))
        return err;
    err = read_spooled(store, &row, &store->lent_spooled, entry);
    db_done(&row);
    return err;
}

/* sql: the next one after a number, with one more value to choose by. */
static enum err
each_of(struct agent_store *store, const char *sql, uint64_t after, struct db_value value,
        size_t max, bool (*each)(void *context, const struct spooled *entry), void *context)
{
    struct spooled entry;
    struct buffer lent;
    enum err err = ERR_OK;

    buffer_init(&lent, LENT_MAX);
    for (size_t i = 0; i < max && !err; i++) {
        struct db_row row;

        if ((err = db_find(&row, store->rows, sql, WITH(as_number(after), value))))
            break;
        after = row_number(&row, 0);
        err = read_spooled(store, &row, &lent, &entry);
        db_done(&row);
        if (!err && !each(context, &entry))
            break;
    }
    lent_clear(&lent);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
spool_each(struct agent_store *store, enum spool_state state, uint64_t after, size_t max,
           bool (*each)(void *context, const struct spooled *entry), void *context)
{
    return each_of(store,
                   SELECT_SPOOLED " WHERE number > ? AND state = ? ORDER BY number LIMIT 1",
                   after, as_number(state), max, each, context);
}

enum err
spool_each_owed(struct agent_store *store, uint64_t after, size_t max,
                bool (*each)(void *context, const struct spooled *entry), void *context)
{
    return each_of(store,
                   SELECT_SPOOLED " WHERE number > ? AND notice_id IN"
                                  " (SELECT notice_id FROM told WHERE state = ?)"
                                  " ORDER BY number LIMIT 1",
                   after, as_number(TOLD_OWED), max, each, context);
}

static enum err
count_of(struct agent_store *store, const char *sql, struct db_value value, uint64_t *count)
{
    struct db_row row;
    enum err err = db_find(&row, store->rows, sql, &value, 1);

    if (err)
        return err;
    *count = row_number(&row, 0);
    db_done(&row);
    return ERR_OK;
}

enum err
spool_count(struct agent_store *store, enum spool_state state, uint64_t *count)
{
    return count_of(store, "SELECT count(*) FROM spool WHERE state = ? AND record <> 0",
                    as_number(state), count);
}

enum err
spool_count_owed(struct agent_store *store, uint64_t *count)
{
    return count_of(store, "SELECT count(DISTINCT notice_id) FROM told WHERE state = ?",
                    as_number(TOLD_OWED), count);
}

enum err
spool_waiting_since(struct agent_store *store, uint64_t *queued_ms)
{
    return count_of(store,
                    "SELECT ifnull(min(queued_ms), 0) FROM spool"
                    " WHERE state IN (1, 2) AND record <> ?",
                    as_number(0), queued_ms);
}

/* --- Adding ------------------------------------------------------------------------------------- */

/* The caller's key may name a child, and the digest of a short text gives it away: neither
   is written down as it is. */
struct idempotent {
    uint8_t key[32], request[32];
};

static struct idempotent
idempotent_of(const struct agent_store *store, const char *key, const uint8_t request[32])
{
    struct idempotent hidden;

    hide(hidden.key, store, "kith1.idx.idem", bytes_of_text(key));
    hide(hidden.request, store, "kith1.idx.req", bytes_of(request, 32));
    return hidden;
}

/* ERR_NOT_FOUND: the key is new. */
static enum err
find_repeated(struct agent_store *store, const struct idempotent *hidden, uint8_t notice_id[16])
{
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, store->rows,
                       "SELECT request, notice_id FROM idempotency WHERE key = ?",
                       WITH(as_blob(hidden->key, sizeof(hidden->key))))))
        return err;
    if (bytes_equal(row_bytes(&row, 0), bytes_of(hidden->request, sizeof(hidden->request))))
        row_fill(&row, 1, notice_id, 16);
    else
        err = ERR_CONFLICT;
    db_done(&row);
    return err;
}

/* *sealed is the value to bind for a text, which is NULL when there is none. */
static enum err
seal_text(struct agent_store *store, const struct cell *cell, const char *text,
          struct buffer *sealed, struct db_value *value)
{
    enum err err;

    buffer_init(sealed, LENT_MAX);
    *value = as_null();
    if (text == NULL || *text == 0)
        return ERR_OK;
    if (!(err = cell_seal(store, cell, bytes_of_text(text), sealed)))
        *value = as_bytes(buffer_bytes(sealed));
    return err;
}

static enum err
insert_entry(struct agent_store *store, const struct spooled *entry, const struct cell *cell,
             struct bytes message, struct db_value reason)
{
    return agent_change(
        store,
        "INSERT INTO spool VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, NULL, NULL, ?, ?, NULL)",
        WITH(as_number(cell->row), as_id(entry->notice_id), as_number(entry->kind),
             as_number(entry->revision), as_number(entry->state), as_number(entry->record),
             as_blob(cell->node.ix, sizeof(cell->node.ix)), as_number(entry->queued_ms), reason,
             as_bytes(message)));
}

static enum err
add_entry(struct agent_store *store, const struct spooled *entry)
{
    struct cell cell = { .column = "spool.message" }, reason_cell;
    struct buffer message, reason;
    struct db_value reason_value;
    enum err err;

    cell.node = node_of_id(store, entry->notice_id, sizeof(entry->notice_id));
    if (entry->record != 0 && (err = record_node(store, entry->record, &cell.node)))
        return err;
    if ((err =
             db_number(store->rows, "SELECT ifnull(max(number), 0) + 1 FROM spool", &cell.row)))
        return err;
    reason_cell = cell;
    reason_cell.column = "spool.reason";
    buffer_init(&reason, 0);
    err = cell_seal(store, &cell, entry->message, &message);
    if (!err)
        err = seal_text(store, &reason_cell, entry->reason, &reason, &reason_value);
    if (!err)
        err = insert_entry(store, entry, &cell, buffer_bytes(&message), reason_value);
    buffer_clear(&message);
    buffer_clear(&reason);
    return err;
}

enum err
spool_add(struct agent_store *store, const struct spooled *entry, const char *idempotency_key,
          const uint8_t request[32], uint8_t notice_id[16], bool *repeated)
{
    struct idempotent hidden;
    enum err err;

    if (*idempotency_key) {
        hidden = idempotent_of(store, idempotency_key, request);
        err = find_repeated(store, &hidden, notice_id);
        if (!err)
            *repeated = true;
        if (err != ERR_NOT_FOUND)
            return err;
    }
    if ((err = add_entry(store, entry)))
        return err;
    if (*idempotency_key
        && (err = agent_change(store, "INSERT INTO idempotency VALUES (?, ?, ?)",
                               WITH(as_blob(hidden.key, sizeof(hidden.key)),
                                    as_blob(hidden.request, sizeof(hidden.request)),
                                    as_id(entry->notice_id)))))
        return err;
    put_bytes(notice_id, entry->notice_id, 16);
    *repeated = false;
    return ERR_OK;
}

/* --- State changes --------------------------------------------------------------------------------- */

enum err
spool_set_sealed(struct agent_store *store, const uint8_t notice_id[16],
                 const uint8_t msg_id[16], const uint8_t h[32], struct bytes sealed)
{
    return agent_change_one(store,
                            "UPDATE spool SET state = ?, msg_id = ?, h = ?, sealed = ?,"
                            " reason = NULL WHERE notice_id = ?",
                            WITH(as_number(SPOOL_SEALED), as_id(msg_id), as_blob(h, 32),
                                 as_bytes(sealed), as_id(notice_id)));
}

enum err
spool_set_accepted(struct agent_store *store, const uint8_t notice_id[16], uint64_t log_index,
                   uint64_t accepted_ms)
{
    return agent_change_one(store,
                            "UPDATE spool SET state = ?, log_index = ?, accepted_ms = ?,"
                            " sealed = NULL, reason = NULL WHERE notice_id = ?",
                            WITH(as_number(SPOOL_ACCEPTED), as_number(log_index),
                                 as_number(accepted_ms), as_id(notice_id)));
}

enum err
spool_set_state(struct agent_store *store, const uint8_t notice_id[16], enum spool_state state,
                const char *reason)
{
    struct cell cell = { .column = "spool.reason" };
    struct db_value value;
    struct buffer sealed;
    struct db_row row;
    enum err err;

    if ((err =
             db_find(&row, store->rows, "SELECT number, node_ix FROM spool WHERE notice_id = ?",
                     WITH(as_id(notice_id)))))
        return err;
    cell.row = row_number(&row, 0);
    row_fill(&row, 1, cell.node.ix, sizeof(cell.node.ix));
    db_done(&row);
    if (!(err = seal_text(store, &cell, reason, &sealed, &value)))
        err = agent_change(store, "UPDATE spool SET state = ?, reason = ? WHERE notice_id = ?",
                           WITH(as_number(state), value, as_id(notice_id)));
    buffer_clear(&sealed);
    return err;
}
