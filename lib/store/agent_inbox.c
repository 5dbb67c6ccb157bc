#include <string.h>

#include "crypto/hash.h"
#include "store/agent_inside.h"

enum { SEALED_CELLS = 3 };

/* In the column "quarantined". */
enum standing { OPENED = 0, KEPT_BACK = 1, IN_PART = 2 };

static enum standing
standing_of(const struct inbox_entry *entry)
{
    return entry->quarantined ? KEPT_BACK : entry->in_part ? IN_PART : OPENED;
}

static const char *const sealed_columns[SEALED_CELLS] = {
    "inbox.reason",
    "inbox.content",
    "inbox.evidence",
};

/* Who said it, when, and what it is: an entry in which any of that was changed does not
   open. */
static void
digest_beside(struct cell *cell, const struct inbox_entry *entry)
{
    uint8_t clear[5 * 8 + 4 * 4 + 16 + 32], *at = clear;

    at = put_le64(at, entry->position);
    at = put_le64(at, entry->log_index);
    at = put_le64(at, entry->accepted_ms);
    at = put_le64(at, entry->received_ms);
    at = put_le64(at, entry->record);
    at = put_le32(at, entry->sender);
    at = put_le32(at, entry->kind);
    at = put_le32(at, entry->revision);
    at = put_le32(at, (uint32_t)standing_of(entry));
    at = put_bytes(at, entry->notice_id, sizeof(entry->notice_id));
    at = put_bytes(at, entry->h, sizeof(entry->h));
    hash_of(cell->beside, sizeof(cell->beside), "kith1.beside", NULL,
            bytes_of(clear, sizeof(clear)));
}

/* --- Adding ----------------------------------------------------------------------------------- */

static enum err
is_there(struct agent_store *store, const char *sql, const struct db_value *values,
         size_t count, bool *there)
{
    struct db_row row;
    enum err err = db_find(&row, store->rows, sql, values, count);

    if (err && err != ERR_NOT_FOUND)
        return err;
    *there = !err;
    if (!err)
        db_done(&row);
    return ERR_OK;
}

static enum err
is_known(struct agent_store *store, const struct inbox_entry *entry, bool *known)
{
    enum err err;

    if ((err = is_there(store, "SELECT 1 FROM inbox WHERE h = ?",
                        WITH(as_blob(entry->h, sizeof(entry->h))), known))
        || *known || standing_of(entry) != OPENED)
        return err;
    return is_there(store,
                    "SELECT 1 FROM inbox WHERE sender = ? AND notice_id = ? AND revision = ?"
                    " AND quarantined = 0",
                    WITH(as_number(entry->sender),
                         as_blob(entry->notice_id, sizeof(entry->notice_id)),
                         as_number(entry->revision)),
                    known);
}

static enum err
insert_entry(struct agent_store *store, const struct inbox_entry *entry,
             const struct cell *cell, const struct buffer sealed[SEALED_CELLS])
{
    return agent_change(
        store, "INSERT INTO inbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        WITH(as_number(cell->row), as_number(entry->position), as_number(entry->log_index),
             as_number(entry->accepted_ms), as_number(entry->received_ms),
             as_number(entry->sender), as_number(entry->kind),
             as_blob(entry->notice_id, sizeof(entry->notice_id)), as_number(entry->revision),
             as_blob(entry->h, sizeof(entry->h)), as_number(entry->record),
             as_blob(cell->node.ix, sizeof(cell->node.ix)), as_number(standing_of(entry)),
             as_bytes(buffer_bytes(&sealed[0])), as_bytes(buffer_bytes(&sealed[1])),
             as_bytes(buffer_bytes(&sealed[2]))));
}

static enum err
add_entry(struct agent_store *store, const struct inbox_entry *entry, struct cell *cell)
{
    const struct bytes texts[SEALED_CELLS] = {
        bytes_of_text(entry->reason ? entry->reason : ""),
        entry->content,
        entry->evidence,
    };
    struct buffer sealed[SEALED_CELLS] = { 0 };
    enum err err = ERR_OK;

    digest_beside(cell, entry);
    for (size_t i = 0; i < SEALED_CELLS && !err; i++) {
        cell->column = sealed_columns[i];
        err = cell_seal(store, cell, texts[i], &sealed[i]);
    }
    if (!err)
        err = insert_entry(store, entry, cell, sealed);
    for (size_t i = 0; i < SEALED_CELLS; i++)
        buffer_clear(&sealed[i]);
    return err;
}

enum err
inbox_add(struct agent_store *store, const struct inbox_entry *entry, bool *fresh,
          uint64_t *number)
{
    struct cell cell = { .node = node_of_id(store, entry->h, sizeof(entry->h)) };
    bool known;
    enum err err;

    if ((err = is_known(store, entry, &known)))
        return err;
    if (known) {
        *fresh = false;
        return ERR_OK;
    }
    if (entry->record != 0 && (err = record_node(store, entry->record, &cell.node)))
        return err;
    /* Never the number of an entry that was taken away: a reader may have read past it. */
    if ((err = db_number(store->rows,
                         "SELECT ifnull(max(seq), 0) + 1 FROM sqlite_sequence"
                         " WHERE name = 'inbox'",
                         &cell.row))
        || (err = add_entry(store, entry, &cell)))
        return err;
    *number = cell.row;
    *fresh = true;
    return ERR_OK;
}

/* --- Reading ------------------------------------------------------------------------------------ */

static void
read_clear(struct inbox_entry *entry, const struct db_row *row)
{
    *entry = (struct inbox_entry){
        .number = row_number(row, 0),
        .position = row_number(row, 1),
        .log_index = row_number(row, 2),
        .accepted_ms = row_number(row, 3),
        .received_ms = row_number(row, 4),
        .sender = (uint32_t)row_number(row, 5),
        .kind = (uint32_t)row_number(row, 6),
        .revision = (uint32_t)row_number(row, 8),
        .record = row_number(row, 10),
        .quarantined = row_number(row, 12) == KEPT_BACK,
        .in_part = row_number(row, 12) == IN_PART,
    };
    row_fill(row, 7, entry->notice_id, sizeof(entry->notice_id));
    row_fill(row, 9, entry->h, sizeof(entry->h));
}

static enum err
read_entry(struct agent_store *store, const struct db_row *row, struct buffer *lent,
           struct inbox_entry *entry)
{
    struct cell cell = { .row = row_number(row, 0) };
    struct bytes sealed[SEALED_CELLS], texts[SEALED_CELLS];
    size_t len = 1;
    uint8_t *at;
    enum err err;

    row_fill(row, 11, cell.node.ix, sizeof(cell.node.ix));
    read_clear(entry, row);
    digest_beside(&cell, entry);
    for (int i = 0; i < SEALED_CELLS; i++) {
        sealed[i] = row_bytes(row, 13 + i);
        len += sealed[i].len;
    }
    if ((err = lend(lent, len, &at)))
        return err;
    for (size_t i = 0; i < SEALED_CELLS; i++) {
        cell.column = sealed_columns[i];
        if ((err = cell_open(store, &cell, sealed[i], &at, &texts[i])))
            return err;
        if (i == 0) {
            entry->reason = (const char *)at - texts[0].len;
            *at++ = 0;
        }
    }
    entry->content = texts[1];
    entry->evidence = texts[2];
    return ERR_OK;
}

static enum err
each_of(struct agent_store *store, const char *sql, uint64_t after, size_t max,
        bool (*each)(void *context, const struct inbox_entry *entry), void *context)
{
    struct inbox_entry entry;
    struct buffer lent;
    enum err err = ERR_OK;

    buffer_init(&lent, LENT_MAX);
    for (size_t i = 0; i < max && after < INT64_MAX; i++) {
        struct db_row row;

        if ((err = db_find(&row, store->rows, sql, WITH(as_number(after)))))
            break;
        after = row_number(&row, 0);
        err = read_entry(store, &row, &lent, &entry);
        db_done(&row);
        if (err || !each(context, &entry))
            break;
    }
    lent_clear(&lent);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
inbox_each(struct agent_store *store, uint64_t after, size_t max,
           bool (*each)(void *context, const struct inbox_entry *entry), void *context)
{
    return each_of(store, "SELECT * FROM inbox WHERE number > ? ORDER BY number LIMIT 1", after,
                   max, each, context);
}

enum err
inbox_each_quarantined(struct agent_store *store,
                       bool (*each)(void *context, const struct inbox_entry *entry),
                       void *context)
{
    return each_of(store,
                   "SELECT * FROM inbox WHERE number > ? AND quarantined = 1"
                   " ORDER BY number LIMIT 1",
                   0, SIZE_MAX, each, context);
}

static enum err
find_entry(struct agent_store *store, const char *sql, const struct db_value *values,
           size_t count, struct inbox_entry *entry)
{
    struct db_row row;
    enum err err = db_find(&row, store->rows, sql, values, count);

    if (err)
        return err;
    err = read_entry(store, &row, &store->lent_received, entry);
    db_done(&row);
    return err;
}

enum err
inbox_find(struct agent_store *store, const uint8_t h[32], struct inbox_entry *entry)
{
    return find_entry(store, "SELECT * FROM inbox WHERE h = ?", WITH(as_blob(h, 32)), entry);
}

enum err
inbox_find_notice(struct agent_store *store, uint32_t sender, const uint8_t notice_id[16],
                  uint32_t revision, struct inbox_entry *entry)
{
    return find_entry(store,
                      "SELECT * FROM inbox WHERE sender = ? AND notice_id = ?"
                      " AND revision = ? AND quarantined = 0",
                      WITH(as_number(sender), as_blob(notice_id, 16), as_number(revision)),
                      entry);
}

enum err
inbox_drop(struct agent_store *store, uint64_t number)
{
    return agent_change_one(store, "DELETE FROM inbox WHERE number = ? AND quarantined <> 0",
                            WITH(as_number(number)));
}

enum err
inbox_count(struct agent_store *store, uint64_t *count, uint64_t *quarantined)
{
    struct db_row row;
    enum err err = db_find(&row, store->rows,
                           "SELECT (SELECT count(*) FROM inbox),"
                           " (SELECT count(*) FROM inbox WHERE quarantined = 1)",
                           NOTHING);

    if (err)
        return err;
    *count = row_number(&row, 0);
    *quarantined = row_number(&row, 1);
    db_done(&row);
    return ERR_OK;
}
