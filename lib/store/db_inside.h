#ifndef KITH_STORE_DB_INSIDE_H
#define KITH_STORE_DB_INSIDE_H

/* What the files of the database share; nobody else includes it. */

#include <sqlite3.h>

#include "core/map.h"
#include "store/db.h"

struct db {
    sqlite3 *sqlite;
    int lock;
    struct map statements; /* by the address of their text */
    int log_pages;         /* in the write-ahead log at the last commit */
    bool broken;           /* the disk failed us: nothing is believed any more */
};

/* What SQLite's result code means to us; marks the database as broken when that is it. */
enum err db_err_of(struct db *db, int rc) MUST_CHECK;

/* fold(), for queries that compare an index with its table. */
int db_add_fold(sqlite3 *sqlite);

#endif
