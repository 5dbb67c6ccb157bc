#include "store/agent_inside.h"

/* Where we stand in every stream, and which numbers did not come. */

enum err
stream_take(struct agent_store *store, uint32_t recipient, uint64_t *seq)
{
    struct db_row row;
    enum err err;

    if (!db_in_transaction(store->rows))
        return ERR_REFUSED;
    if ((err = db_find(&row, store->rows,
                       "INSERT INTO taken VALUES (?, 1) ON CONFLICT (recipient)"
                       " DO UPDATE SET seq = seq + 1 RETURNING seq",
                       WITH(as_number(recipient)))))
        return err;
    *seq = row_number(&row, 0);
    db_done(&row);
    return ERR_OK;
}

enum err
stream_seen(struct agent_store *store, uint32_t sender, uint64_t *seq)
{
    return agent_number_or_zero(store, "SELECT seq FROM seen WHERE sender = ?",
                                as_number(sender), seq);
}

enum err
stream_set_seen(struct agent_store *store, uint32_t sender, uint64_t seq)
{
    return agent_change(store, "INSERT OR REPLACE INTO seen VALUES (?, ?)",
                        WITH(as_number(sender), as_number(seq)));
}

/* --- What is missing ---------------------------------------------------------------------------- */

static void
read_missing(struct missing *missing, const struct db_row *row)
{
    *missing = (struct missing){
        .sender = (uint32_t)row_number(row, 0),
        .first = row_number(row, 1),
        .last = row_number(row, 2),
        .since_ms = row_number(row, 3),
    };
}

static enum err
find_missing(struct agent_store *store, struct missing *missing, const char *sql,
             const struct db_value *values, size_t count)
{
    struct db_row row;
    enum err err = db_find(&row, store->rows, sql, values, count);

    if (err)
        return err;
    read_missing(missing, &row);
    db_done(&row);
    return ERR_OK;
}

enum err
missing_add(struct agent_store *store, const struct missing *missing)
{
    return agent_change(store, "INSERT INTO missing VALUES (?, ?, ?, ?)",
                        WITH(as_number(missing->sender), as_number(missing->first),
                             as_number(missing->last), as_number(missing->since_ms)));
}

enum err
missing_drop(struct agent_store *store, const struct missing *missing)
{
    return agent_change(store, "DELETE FROM missing WHERE sender = ? AND first = ?",
                        WITH(as_number(missing->sender), as_number(missing->first)));
}

/* The numbers on either side of the one that has come are still missing. */
static enum err
split(struct agent_store *store, const struct missing *missing, uint64_t seq)
{
    struct missing before = *missing, after = *missing;
    enum err err = missing_drop(store, missing);

    before.last = seq - 1;
    after.first = seq + 1;
    if (err == ERR_OK && before.first <= before.last)
        err = missing_add(store, &before);
    if (err == ERR_OK && after.first <= after.last)
        err = missing_add(store, &after);
    return err;
}

enum err
missing_fill(struct agent_store *store, uint32_t sender, uint64_t seq)
{
    struct missing missing;
    enum err err = find_missing(store, &missing,
                                "SELECT * FROM missing WHERE sender = ? AND first <= ?"
                                " AND last >= ? LIMIT 1",
                                WITH(as_number(sender), as_number(seq), as_number(seq)));

    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    return err ? err : split(store, &missing, seq);
}

enum err
missing_since(struct agent_store *store, uint64_t since_ms, struct missing *missing)
{
    return find_missing(store, missing,
                        "SELECT * FROM missing WHERE since_ms <= ? ORDER BY since_ms LIMIT 1",
                        WITH(as_number(since_ms)));
}
