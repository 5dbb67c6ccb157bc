#include "store/db.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/map.h"
#include "core/mem.h"
#include "store/db_file.h"

struct db {
    sqlite3 *sqlite;
    int lock;
    struct map statements; /* by the address of their text */
    int log_pages;         /* in the write-ahead log at the last commit */
    bool broken;           /* the disk failed us: nothing is believed any more */
};

enum { CHECKPOINT_PAGES = 1000 };

static enum err
err_of(struct db *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW: return ERR_OK;
    case SQLITE_DONE: return ERR_NOT_FOUND;
    case SQLITE_CONSTRAINT: return ERR_CONFLICT;
    case SQLITE_FULL: return ERR_FULL;
    case SQLITE_TOOBIG: return ERR_TOO_BIG;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_CORRUPT;
    default: db->broken = true; return ERR_IO;
    }
}

/* --- Opening and closing ------------------------------------------------------------------ */

static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA cache_size = -16384;"
                               "PRAGMA journal_size_limit = 16777216;";

static int
note_log_pages(void *context, sqlite3 *sqlite, const char *name, int pages)
{
    struct db *db = context;

    (void)sqlite, (void)name;
    db->log_pages = pages;
    return SQLITE_OK;
}

static int
connect_to(struct db *db, const char *path, const struct db_format *format)
{
    int rc = sqlite3_open_v2(
        path, &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        NULL);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* Until the file is known to be sound, closing must not write into it. */
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if ((rc = sqlite3_exec(db->sqlite, settings, NULL, NULL, NULL)) != SQLITE_OK)
        return rc;
    if (format->erases)
        rc = sqlite3_exec(db->sqlite, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
    /* Replaces SQLite's own checkpoints, which keep their failures to themselves. */
    sqlite3_wal_hook(db->sqlite, note_log_pages, db);
    return rc;
}

static enum err
check_content(struct db *db, struct why *reason)
{
    struct db_row row;
    enum err err = db_find(&row, db, "PRAGMA quick_check(1)", NOTHING);

    if (err)
        return because(reason, err, "%s", sqlite3_errmsg(db->sqlite));
    if (strcmp(row_text(&row, 0), "ok") != 0)
        err = because(reason, ERR_CORRUPT, "%s", row_text(&row, 0));
    db_done(&row);
    return err;
}

static enum err
open_file(struct db *db, const char *path, const struct db_format *format, struct why *why)
{
    struct why reason;
    enum err err;
    int rc;

    if ((err = db_file_lock(&db->lock, path, why))
        || (err = db_file_prepare(path, format, why)))
        return err;
    if ((rc = connect_to(db, path, format)) != SQLITE_OK)
        err = because(&reason, err_of(db, rc), "%s", sqlite3_errmsg(db->sqlite));
    else
        err = check_content(db, &reason);
    if (err == ERR_CORRUPT)
        return db_file_is_damaged(path, format, reason.text, why);
    if (err)
        return because(why, err, "%s: cannot be opened: %s", path, reason.text);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return ERR_OK;
}

enum err
db_open(struct db **db, const char *path, const struct db_format *format, struct why *why)
{
    struct db *opened = mem_new(sizeof(*opened));
    enum err err;

    opened->lock = -1;
    if ((err = open_file(opened, path, format, why)))
        db_close(&opened);
    else
        *db = opened;
    return err;
}

void
db_close(struct db **db)
{
    struct db *closing = *db;
    sqlite3_stmt *statement;

    if (closing == NULL)
        return;
    for (size_t at = 0; (statement = map_next(&closing->statements, &at)) != NULL;)
        sqlite3_finalize(statement);
    map_clear(&closing->statements);
    if (closing->broken && closing->sqlite)
        sqlite3_db_config(closing->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(closing->sqlite);
    if (closing->lock >= 0)
        close(closing->lock);
    free(closing);
    *db = NULL;
}

/* --- Statements ---------------------------------------------------------------------------- */

struct db_value
as_number(uint64_t number)
{
    return (struct db_value){ .type = DB_NUMBER, .number = number };
}

struct db_value
as_bytes(struct bytes bytes)
{
    return (struct db_value){ .type = DB_BYTES, .bytes = bytes };
}

struct db_value
as_blob(const void *data, size_t len)
{
    return as_bytes(bytes_of(data, len));
}

struct db_value
as_text(const char *text)
{
    return (struct db_value){ .type = DB_TEXT, .bytes = bytes_of_text(text) };
}

struct db_value
as_null(void)
{
    return (struct db_value){ .type = DB_NULL };
}

/* The bytes stay where they are until the statement is done with. */
static int
bind(sqlite3_stmt *statement, int at, const struct db_value *value)
{
    /* A NULL pointer would make an SQL NULL of what is empty. */
    const void *data = value->bytes.len > 0 ? (const void *)value->bytes.data : "";

    switch (value->type) {
    case DB_NUMBER: return sqlite3_bind_int64(statement, at, (sqlite3_int64)value->number);
    case DB_BYTES:
        return sqlite3_bind_blob64(statement, at, data, value->bytes.len, SQLITE_STATIC);
    case DB_TEXT:
        return sqlite3_bind_text64(statement, at, data, value->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case DB_NULL: return sqlite3_bind_null(statement, at);
    }
    return SQLITE_MISUSE;
}

static enum err
prepare(struct db *db, const char *sql, sqlite3_stmt **statement)
{
    sqlite3_stmt *prepared = map_get(&db->statements, (uintptr_t)sql);
    int rc;

    if (prepared == NULL) {
        rc =
            sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL);
        if (rc != SQLITE_OK)
            return err_of(db, rc);
        map_put(&db->statements, (uintptr_t)sql, prepared);
    }
    *statement = prepared;
    return ERR_OK;
}

enum err
db_rows(struct db_row *row, struct db *db, const char *sql, const struct db_value *values,
        size_t count)
{
    sqlite3_stmt *statement = NULL;
    enum err err;

    if (db->broken)
        return ERR_IO;
    if ((err = prepare(db, sql, &statement)))
        return err;
    /* A callback that asks again what it is just being told. */
    if (sqlite3_stmt_busy(statement))
        return ERR_REFUSED;
    for (size_t i = 0; i < count; i++) {
        int rc = bind(statement, (int)i + 1, &values[i]);

        if (rc != SQLITE_OK)
            return err_of(db, rc);
    }
    *row = (struct db_row){ .db = db, .statement = statement };
    return ERR_OK;
}

enum err
db_next(struct db_row *row)
{
    return err_of(row->db, sqlite3_step(row->statement));
}

void
db_done(struct db_row *row)
{
    sqlite3_reset(row->statement);
    sqlite3_clear_bindings(row->statement);
}

enum err
db_find(struct db_row *row, struct db *db, const char *sql, const struct db_value *values,
        size_t count)
{
    enum err err;

    if ((err = db_rows(row, db, sql, values, count)))
        return err;
    if ((err = db_next(row)))
        db_done(row);
    return err;
}

enum err
db_do(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
    struct db_row row;
    enum err err = db_find(&row, db, sql, values, count);

    if (!err)
        db_done(&row);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

uint64_t
db_changed(const struct db *db)
{
    return (uint64_t)sqlite3_changes64(db->sqlite);
}

uint64_t
row_number(const struct db_row *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row->statement, column);
}

struct bytes
row_bytes(const struct db_row *row, int column)
{
    const void *data = sqlite3_column_blob(row->statement, column);

    return bytes_of(data, (size_t)sqlite3_column_bytes(row->statement, column));
}

const char *
row_text(const struct db_row *row, int column)
{
    const unsigned char *text = sqlite3_column_text(row->statement, column);

    return text ? (const char *)text : "";
}

bool
row_is_null(const struct db_row *row, int column)
{
    return sqlite3_column_type(row->statement, column) == SQLITE_NULL;
}

void
row_fill(const struct db_row *row, int column, void *out, size_t len)
{
    struct bytes bytes = row_bytes(row, column);

    if (bytes.len == len)
        memcpy(out, bytes.data, len);
    else
        memset(out, 0, len);
}

enum err
db_number(struct db *db, const char *sql, uint64_t *number)
{
    struct db_row row;
    enum err err = db_find(&row, db, sql, NOTHING);

    if (err)
        return err;
    *number = row_number(&row, 0);
    db_done(&row);
    return ERR_OK;
}

/* --- Transactions -------------------------------------------------------------------------- */

enum err
db_begin(struct db *db)
{
    return db_in_transaction(db) ? ERR_REFUSED : db_do(db, "BEGIN IMMEDIATE", NOTHING);
}

/* What a commit wrote stays in the log until this.  It is no part of the commit, which is
   durable already: a full disk is tried again after the next one; another failure is told
   by the next call. */
static void
checkpoint_if_due(struct db *db)
{
    int rc;

    if (db->log_pages < CHECKPOINT_PAGES)
        return;
    rc = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_FULL)
        db->broken = true;
}

enum err
db_commit(struct db *db)
{
    enum err err = db_in_transaction(db) ? db_do(db, "COMMIT", NOTHING) : ERR_REFUSED;

    if (err)
        db_rollback(db);
    else
        checkpoint_if_due(db);
    return err;
}

void
db_rollback(struct db *db)
{
    if (db_in_transaction(db) && sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL))
        db->broken = true;
}

enum err
db_finish(struct db *db, enum err err)
{
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

bool
db_in_transaction(const struct db *db)
{
    return !sqlite3_get_autocommit(db->sqlite);
}

enum err
db_empty_log(struct db *db)
{
    int rc = db->broken ? SQLITE_IOERR
                        : sqlite3_wal_checkpoint_v2(db->sqlite, NULL,
                                                    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return rc == SQLITE_OK ? ERR_OK : err_of(db, rc);
}
