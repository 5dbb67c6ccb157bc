#include <string.h>

#include "store/db_inside.h"

enum err
db_err_of(struct db *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW: return ERR_OK;
    case SQLITE_DONE: return ERR_NOT_FOUND;
    case SQLITE_CONSTRAINT: return ERR_CONFLICT;
    case SQLITE_FULL: return ERR_FULL;
    case SQLITE_TOOBIG: return ERR_TOO_BIG;
    case SQLITE_ERROR: /* of our statements: the schema is not the one that they are for */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_CORRUPT;
    default: db->broken = true; return ERR_IO;
    }
}

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
            return db_err_of(db, rc);
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
            return db_err_of(db, rc);
    }
    *row = (struct db_row){ .db = db, .statement = statement };
    return ERR_OK;
}

enum err
db_next(struct db_row *row)
{
    return db_err_of(row->db, sqlite3_step(row->statement));
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
