#ifndef KITH_STORE_DB_FILE_H
#define KITH_STORE_DB_FILE_H

#include "core/err.h"
#include "store/db.h"

/* The file of a database before SQLite sees it.  Nothing here changes a file that is
   there. */

/* *lock is a descriptor that holds PATH.lock until it is closed.  ERR_CONFLICT when another
   has it. */
enum err db_file_lock(int *lock, const char *path, struct why *why) MUST_CHECK;

/* There, private and in our format, or made new. */
enum err db_file_prepare(const char *path, const struct db_format *format,
                         struct why *why) MUST_CHECK;

/* Says that a file is damaged and what to do about it; ERR_CORRUPT. */
enum err db_file_is_damaged(const char *path, const struct db_format *format,
                            const char *reason, struct why *why) MUST_CHECK;

#endif
