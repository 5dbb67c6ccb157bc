#include "store/db.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "store/db_file.h"
#include "store/db_inside.h"

enum { CHECKPOINT_PAGES = 512 }; /* of 8 KiB */

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
    if ((rc = db_add_fold(db->sqlite)) != SQLITE_OK)
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
        err = because(&reason, db_err_of(db, rc), "%s", sqlite3_errmsg(db->sqlite));
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

void
db_distrust(struct db *db)
{
    db->broken = true;
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

    return rc == SQLITE_OK ? ERR_OK : db_err_of(db, rc);
}
