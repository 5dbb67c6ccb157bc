#include "store/agent_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/mem.h"
#include "crypto/hash.h"
#include "store/agent_inside.h"

static const struct db_format rows_format = {
    .what = "an agent's store",
    .application_id = 0x4b697441, /* "KitA" */
    .version = AGENT_SCHEMA,
    .erases = true,
    .schema =
        "CREATE TABLE pair (one INTEGER PRIMARY KEY CHECK (one = 1), id BLOB NOT NULL) STRICT;"
        "CREATE TABLE number (name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
        "  STRICT, WITHOUT ROWID;"

        "CREATE TABLE record ("
        "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
        "  node_ix BLOB NOT NULL UNIQUE, handle BLOB NOT NULL UNIQUE,"
        "  answered INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;"

        "CREATE TABLE spool ("
        "  number INTEGER PRIMARY KEY, notice_id BLOB NOT NULL UNIQUE,"
        "  kind INTEGER NOT NULL, revision INTEGER NOT NULL, state INTEGER NOT NULL,"
        "  record INTEGER NOT NULL, node_ix BLOB NOT NULL,"
        "  queued_ms INTEGER NOT NULL, accepted_ms INTEGER NOT NULL, log_index INTEGER NOT "
        "NULL,"
        "  msg_id BLOB, h BLOB, reason BLOB, message BLOB, sealed BLOB) STRICT;"
        "CREATE INDEX spool_state ON spool (state, number);"
        "CREATE INDEX spool_node ON spool (node_ix);"
        "CREATE INDEX spool_h ON spool (h) WHERE h IS NOT NULL;"
        "CREATE UNIQUE INDEX spool_msg ON spool (msg_id) WHERE msg_id IS NOT NULL;"
        "CREATE TABLE idempotency ("
        "  key BLOB PRIMARY KEY, request BLOB NOT NULL,"
        "  notice_id BLOB NOT NULL REFERENCES spool (notice_id)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE told ("
        "  notice_id BLOB NOT NULL REFERENCES spool (notice_id), place INTEGER NOT NULL,"
        "  agency INTEGER NOT NULL, state INTEGER NOT NULL, stream_seq INTEGER NOT NULL,"
        "  why TEXT NOT NULL, said_ms INTEGER NOT NULL,"
        "  PRIMARY KEY (notice_id, place)) STRICT, WITHOUT ROWID;"

        "CREATE INDEX told_owed ON told (state, notice_id) WHERE state = 2;"

        "CREATE TABLE inbox ("
        "  number INTEGER PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL, log_index "
        "INTEGER NOT NULL,"
        "  accepted_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL,"
        "  sender INTEGER NOT NULL, kind INTEGER NOT NULL,"
        "  notice_id BLOB NOT NULL, revision INTEGER NOT NULL, h BLOB NOT NULL UNIQUE,"
        "  record INTEGER NOT NULL, node_ix BLOB NOT NULL, quarantined INTEGER NOT NULL,"
        "  reason BLOB, content BLOB, evidence BLOB) STRICT;"
        "CREATE UNIQUE INDEX inbox_notice ON inbox (sender, notice_id, revision)"
        "  WHERE quarantined = 0;"
        "CREATE INDEX inbox_quarantined ON inbox (number) WHERE quarantined = 1;"
        "CREATE INDEX inbox_node ON inbox (node_ix);"

        "CREATE TABLE taken (recipient INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;"
        "CREATE TABLE seen (sender INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;"
        "CREATE TABLE missing ("
        "  sender INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
        "  since_ms INTEGER NOT NULL, PRIMARY KEY (sender, first)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX missing_since ON missing (since_ms);"
        "CREATE TABLE alarm ("
        "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
        "  name TEXT NOT NULL, about TEXT NOT NULL,"
        "  raised_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, count INTEGER NOT NULL,"
        "  UNIQUE (name, about)) STRICT;",
};

static const struct db_format keys_format = {
    .what = "the keys of an agent's store",
    .application_id = 0x4b69744b, /* "KitK" */
    .version = 1,
    .erases = true,
    .schema = "CREATE TABLE pair (one INTEGER PRIMARY KEY CHECK (one = 1), id BLOB NOT NULL,"
              "  proof BLOB NOT NULL) STRICT;"
              "CREATE TABLE dek (node_ix BLOB PRIMARY KEY, wrapped BLOB NOT NULL)"
              "  STRICT, WITHOUT ROWID;",
};

/* --- Opening: two files and a key that belong together ------------------------------------ */

enum { PAIR_ID = 16, PROOF = 16 };

static void
derive(struct key *key, const char *person, const struct key *master)
{
    hash_of(key->bytes, sizeof(key->bytes), person, master->bytes, (struct bytes){ 0 });
}

/* The keys say which master key they are sealed under, and what the other file is called. */
static enum err
pair_keys(struct agent_store *store, const struct key *master, uint8_t id[PAIR_ID],
          struct why *why)
{
    uint8_t proof[PROOF];
    struct db_row row;
    enum err err;

    hash_of(proof, sizeof(proof), "kith1.mk.check", master->bytes, (struct bytes){ 0 });
    err = db_find(&row, store->keys, "SELECT id, proof FROM pair", NOTHING);
    if (err == ERR_NOT_FOUND) {
        random_fill(id, PAIR_ID);
        return db_do(store->keys, "INSERT INTO pair VALUES (1, ?, ?)",
                     WITH(as_blob(id, PAIR_ID), as_blob(proof, sizeof(proof))));
    }
    if (err)
        return err;
    row_fill(&row, 0, id, PAIR_ID);
    if (!bytes_equal(row_bytes(&row, 1), bytes_of(proof, sizeof(proof))))
        err = because(why, ERR_FORGED,
                      "%s.keys: it was made with another master key.  Give this agency's own, "
                      "of the time of the file",
                      store->path);
    db_done(&row);
    return err;
}

static enum err
pair_rows(struct agent_store *store, const uint8_t id[PAIR_ID], struct why *why)
{
    uint64_t key_count;
    struct db_row row;
    bool same;
    enum err err = db_find(&row, store->rows, "SELECT id FROM pair", NOTHING);

    if (!err) {
        same = bytes_equal(row_bytes(&row, 0), bytes_of(id, PAIR_ID));
        db_done(&row);
        if (!same)
            return because(why, ERR_CORRUPT,
                           "%s: it and %s.keys do not belong together.  Restore both from the "
                           "same backup",
                           store->path, store->path);
        return ERR_OK;
    }
    if (err != ERR_NOT_FOUND
        || (err = db_number(store->keys, "SELECT count(*) FROM dek", &key_count)))
        return err;
    if (key_count > 0)
        return because(why, ERR_CORRUPT,
                       "%s: it is gone or new, and %s.keys is not.  Restore both from the same "
                       "backup, or move both away to begin an empty one",
                       store->path, store->path);
    return db_do(store->rows, "INSERT INTO pair VALUES (1, ?)", WITH(as_blob(id, PAIR_ID)));
}

static enum err
open_both(struct agent_store *store, const struct key *master, struct why *why)
{
    char keys[FILE_PATH_MAX];
    uint8_t id[PAIR_ID];
    enum err err;

    if (snprintf(keys, sizeof(keys), "%s.keys", store->path) >= (int)sizeof(keys))
        return because(why, ERR_TOO_BIG, "%.200s: the path is too long", store->path);
    if (file_exists(store->path) && !file_exists(keys))
        return because(why, ERR_CORRUPT,
                       "%s: it is gone, and without it %s cannot be read.  Restore both from "
                       "the same backup",
                       keys, store->path);
    because(why, ERR_OK, "%s: cannot be read", store->path);
    if ((err = db_open(&store->keys, keys, &keys_format, why))
        || (err = pair_keys(store, master, id, why))
        || (err = db_open(&store->rows, store->path, &rows_format, why)))
        return err;
    return pair_rows(store, id, why);
}

enum err
agent_store_open(struct agent_store **store, const char *path, const struct key *master,
                 struct why *why)
{
    struct agent_store *opened = mem_new(sizeof(*opened));
    enum err err;

    opened->path = mem_text(path);
    derive(&opened->wrap, "kith1.mk.wrap", master);
    derive(&opened->index, "kith1.mk.idx", master);
    buffer_init(&opened->lent_record, LENT_MAX);
    buffer_init(&opened->lent_spooled, LENT_MAX);
    buffer_init(&opened->lent_received, LENT_MAX);
    if (!(err = open_both(opened, master, why))) {
        *store = opened;
        return ERR_OK;
    }
    if (opened->keys)
        db_distrust(opened->keys);
    if (opened->rows)
        db_distrust(opened->rows);
    agent_store_close(&opened);
    return err;
}

void
agent_store_close(struct agent_store **store)
{
    struct agent_store *closing = *store;

    if (closing == NULL)
        return;
    db_close(&closing->rows);
    db_close(&closing->keys);
    node_keys_forget(closing);
    own_keys_forget(closing);
    free(closing->cache);
    lent_clear(&closing->lent_record);
    lent_clear(&closing->lent_spooled);
    lent_clear(&closing->lent_received);
    free(closing->path);
    wipe(closing, sizeof(*closing));
    free(closing);
    *store = NULL;
}

/* --- Transactions ---------------------------------------------------------------------------- */

enum err
agent_store_begin(struct agent_store *store)
{
    return db_begin(store->rows);
}

/*
 * Two files, two commits, and no way to make one of them (SQLite's ATTACH gives no atomic
 * commit over two write-ahead logs).  So the order decides: keys go first, because a key
 * without rows is harmless and rows without their key are lost.  A destroyed key goes first
 * too: rows whose key has gone read as destroyed.
 */
enum err
agent_store_commit(struct agent_store *store)
{
    bool key_destroyed = store->key_destroyed;
    enum err err = ERR_OK;

    if (!db_in_transaction(store->rows))
        return ERR_REFUSED;
    if (db_in_transaction(store->keys))
        err = db_commit(store->keys);
    if (!err)
        err = db_commit(store->rows);
    if (err) {
        agent_store_rollback(store);
        return err;
    }
    store->key_destroyed = false;
    /* The log still has what the file has not any more. */
    return key_destroyed ? db_empty_log(store->keys) : ERR_OK;
}

void
agent_store_rollback(struct agent_store *store)
{
    db_rollback(store->rows);
    db_rollback(store->keys);
    /* Keys that were made in it are no keys. */
    node_keys_forget(store);
    own_keys_forget(store);
    store->key_destroyed = false;
}

enum err
agent_change(struct agent_store *store, const char *sql, const struct db_value *values,
             size_t count)
{
    return db_in_transaction(store->rows) ? db_do(store->rows, sql, values, count)
                                          : ERR_REFUSED;
}

enum err
agent_change_one(struct agent_store *store, const char *sql, const struct db_value *values,
                 size_t count)
{
    enum err err = agent_change(store, sql, values, count);

    if (err)
        return err;
    return db_changed(store->rows) > 0 ? ERR_OK : ERR_NOT_FOUND;
}
