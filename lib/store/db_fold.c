#include <string.h>

#include "store/db_inside.h"

/*
 * fold(value, …), an aggregate: one number of all rows, in whatever order they come.  Two
 * ways to the same rows, by the table and by an index of it, must give the same; SQLite's
 * own check of that takes ten times as long.  It finds damage, not malice.
 */
static uint64_t
mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t
mix_bytes(uint64_t hash, struct bytes bytes)
{
    uint8_t rest[8] = { 0 };

    for (; bytes.len >= 8; bytes = bytes_from(bytes, 8))
        hash = mix(hash, get_le64(bytes.data));
    put_bytes(rest, bytes.data, bytes.len);
    return mix(hash, get_le64(rest));
}

static void
fold_row(sqlite3_context *context, int count, sqlite3_value **values)
{
    uint64_t *sum = sqlite3_aggregate_context(context, sizeof(*sum)), hash = 1;

    if (sum == NULL)
        return;
    for (int i = 0; i < count; i++) {
        const void *data;

        if (sqlite3_value_type(values[i]) == SQLITE_INTEGER) {
            hash = mix(hash, (uint64_t)sqlite3_value_int64(values[i]));
            continue;
        }
        data = sqlite3_value_blob(values[i]);
        hash = mix_bytes(hash, bytes_of(data, (size_t)sqlite3_value_bytes(values[i])));
    }
    *sum += hash;
}

static void
fold_end(sqlite3_context *context)
{
    const uint64_t *sum = sqlite3_aggregate_context(context, 0);

    sqlite3_result_int64(context, sum ? (sqlite3_int64)*sum : 0);
}

int
db_add_fold(sqlite3 *sqlite)
{
    return sqlite3_create_function_v2(sqlite, "fold", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL,
                                      NULL, fold_row, fold_end, NULL);
}
