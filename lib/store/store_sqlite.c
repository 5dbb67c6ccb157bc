#include "store/store_sqlite.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/mem.h"

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

/* --- Opening ------------------------------------------------------------------------------ */

/* What every transaction keeps true, each as a query that gives 1 when it is. */
static const struct {
    const char *holds, *else_it;
} invariants[] = {
    { "SELECT size = (SELECT count(*) FROM record)"
      "   AND size = (SELECT ifnull(max(log_index) + 1, 0) FROM record) FROM writer",
      "records are missing" },
    { "SELECT (SELECT fold(log_index, sender, msg_id) FROM record NOT INDEXED)"
      "     = (SELECT fold(log_index, sender, msg_id) FROM record INDEXED BY record_msg)",
      "the index of message ids is not that of the records" },
    { "SELECT (SELECT fold(log_index, stub, agency, position) FROM queue NOT INDEXED)"
      "     = (SELECT fold(log_index, stub, agency, position) FROM queue"
      "        INDEXED BY queue_record)",
      "the index of deliveries is not that of the queues" },
    { "SELECT (SELECT fold(log_index, expires_ms) FROM content NOT INDEXED"
      "        WHERE envelope IS NOT NULL)"
      "     = (SELECT fold(log_index, expires_ms) FROM content INDEXED BY content_expiry"
      "        WHERE envelope IS NOT NULL)",
      "the index of times is not that of the bodies" },
    { "SELECT NOT EXISTS (SELECT 1 FROM agency AS a WHERE acked > last"
      "  OR (last - acked, bytes) <> (SELECT count(*), ifnull(sum(size), 0) FROM queue AS q"
      "      WHERE q.agency = a.agency AND position > acked AND position <= last))"
      " AND (SELECT ifnull(sum(last - acked), 0) FROM agency) = (SELECT count(*) FROM queue)",
      "deliveries are missing" },
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
                           "%s: %s is damaged (%s).  It was left as it is.  Restore a "
                           "backup",
                           store->path, format.what,
                           err ? "it cannot be read" : invariants[i].else_it);
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
    if (!(err = db_open(&opened->db, place, &format, why))
        && (err = check_invariants(opened, why)))
        db_distrust(opened->db);
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

const struct store_backend store_sqlite = {
    .scheme = "sqlite",
    .open = open_store,
    .close = close_store,
    .acquire = acquire,
    .append = sqlite_append,
    .lookup = sqlite_lookup,
    .read_queue = sqlite_read_queue,
    .cursor = sqlite_cursor,
    .expire = sqlite_expire,
};
