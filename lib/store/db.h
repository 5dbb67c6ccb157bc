#ifndef KITH_STORE_DB_H
#define KITH_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"

/*
 * One SQLite file, opened by one process through one connection, and the few ways in which
 * we talk to it.  What is committed is on the disk.
 *
 * The connection is the only one that there can be: a lock keeps other processes of ours
 * out, and SQLite's exclusive mode everybody else (two connections that write and
 * checkpoint at once could corrupt the file before SQLite 3.51.3).
 *
 * A statement is written where it is used, as a string literal; it is prepared the first
 * time and kept under its address.  Numbers go in and come out as 64 bits; what SQL
 * compares must be below 2^63.  Beside SQLite's functions there is fold(value, …): one
 * number of all rows in any order, to compare an index with its table.
 */
struct db;

struct db_format {
    const char *what;        /* "the broker's store": for messages */
    uint32_t application_id; /* stands in the file's header */
    uint32_t version;        /* of the schema */
    const char *schema;
    bool erases; /* deleted content is overwritten */
};

/* Makes the file when it is not there; its folder must be.  Errors as store_open's. */
enum err db_open(struct db **db, const char *path, const struct db_format *format,
                 struct why *why) MUST_CHECK;
void db_close(struct db **db);
/* From now on nothing is read or written any more, not even in closing. */
void db_distrust(struct db *db);

/* ERR_REFUSED when one is open already, or for a commit when none is. */
enum err db_begin(struct db *db) MUST_CHECK;
/* When this fails nothing of the transaction is there (ERR_IO: see store_open), and it is
   rolled back. */
enum err db_commit(struct db *db) MUST_CHECK;
void db_rollback(struct db *db);
/* Commits when err is ERR_OK, else rolls back and returns err. */
enum err db_finish(struct db *db, enum err err) MUST_CHECK;
bool db_in_transaction(const struct db *db);
/* Moves everything out of the write-ahead log and empties it. */
enum err db_empty_log(struct db *db) MUST_CHECK;

/* --- Statements ------------------------------------------------------------------------- */

struct db_value {
    enum { DB_NUMBER, DB_BYTES, DB_TEXT, DB_NULL } type;
    uint64_t number;
    struct bytes bytes;
};

struct db_value as_number(uint64_t number);
struct db_value as_blob(const void *data, size_t len);
struct db_value as_bytes(struct bytes bytes);
struct db_value as_text(const char *text);
struct db_value as_null(void);

/* The values of a statement, in order: db_do(db, "… VALUES (?, ?)", WITH(a, b)). */
#define WITH(...)                                                                              \
    (const struct db_value[]){ __VA_ARGS__ },                                                  \
        sizeof((const struct db_value[]){ __VA_ARGS__ }) / sizeof(struct db_value)
#define NOTHING NULL, 0

/* A statement that gives no rows.  ERR_CONFLICT: a constraint is against it. */
enum err db_do(struct db *db, const char *sql, const struct db_value *values,
               size_t count) MUST_CHECK;
/* Rows that the last db_do changed. */
uint64_t db_changed(const struct db *db);

struct sqlite3_stmt;

/* A statement that stands on a row, from db_find or db_next to db_done. */
struct db_row {
    struct db *db;
    struct sqlite3_stmt *statement;
};

/* The first row: ERR_NOT_FOUND when there is none, and then db_done is not needed (nor
   after another error). */
enum err db_find(struct db_row *row, struct db *db, const char *sql,
                 const struct db_value *values, size_t count) MUST_CHECK;
/* Before the first row; db_next then gives ERR_OK for each and ERR_NOT_FOUND at the end. */
enum err db_rows(struct db_row *row, struct db *db, const char *sql,
                 const struct db_value *values, size_t count) MUST_CHECK;
enum err db_next(struct db_row *row) MUST_CHECK;
void db_done(struct db_row *row);

/* Columns count from 0; bytes and text are borrowed until the row moves. */
uint64_t row_number(const struct db_row *row, int column);
struct bytes row_bytes(const struct db_row *row, int column);
const char *row_text(const struct db_row *row, int column); /* "" for NULL */
bool row_is_null(const struct db_row *row, int column);
/* Exactly len bytes; zeroes when the column has another length. */
void row_fill(const struct db_row *row, int column, void *out, size_t len);

/* One number, of a statement that gives one row. */
enum err db_number(struct db *db, const char *sql, uint64_t *number) MUST_CHECK;

#endif
