#include "core/mem.h"
#include "store/agent_inside.h"

#include <stdlib.h>

/* What is small and in clear: numbers that must survive, and alarms. */

enum err
agent_number_or_zero(struct agent_store *store, const char *sql, struct db_value key,
                     uint64_t *value)
{
    struct db_row row;
    enum err err = db_find(&row, store->rows, sql, &key, 1);

    if (err && err != ERR_NOT_FOUND)
        return err;
    *value = err ? 0 : row_number(&row, 0);
    if (!err)
        db_done(&row);
    return ERR_OK;
}

enum err
agent_store_number(struct agent_store *store, const char *name, uint64_t *value)
{
    return agent_number_or_zero(store, "SELECT value FROM number WHERE name = ?", as_text(name),
                                value);
}

enum err
agent_store_set_number(struct agent_store *store, const char *name, uint64_t value)
{
    return agent_change(store, "INSERT OR REPLACE INTO number VALUES (?, ?)",
                        WITH(as_text(name), as_number(value)));
}

enum err
alarm_raise(struct agent_store *store, const char *name, const char *about, uint64_t times,
            uint64_t now_ms)
{
    return agent_change(store,
                        "INSERT INTO alarm (name, about, raised_ms, last_ms, count)"
                        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (name, about)"
                        " DO UPDATE SET last_ms = excluded.last_ms,"
                        "   count = count + excluded.count",
                        WITH(as_text(name), as_text(about), as_number(now_ms),
                             as_number(now_ms), as_number(times)));
}

enum err
alarm_drop(struct agent_store *store, uint64_t number)
{
    return agent_change_one(store, "DELETE FROM alarm WHERE number = ?",
                            WITH(as_number(number)));
}

enum err
alarm_each(struct agent_store *store, bool (*each)(void *context, const struct alarm *alarm),
           void *context)
{
    struct alarm alarm = { 0 };
    bool more = true;
    enum err err;

    while (more) {
        char *name, *about;
        struct db_row row;

        if ((err = db_find(&row, store->rows,
                           "SELECT number, raised_ms, name, about, last_ms, count FROM alarm"
                           " WHERE number > ?"
                           " ORDER BY number LIMIT 1",
                           WITH(as_number(alarm.number)))))
            return err == ERR_NOT_FOUND ? ERR_OK : err;
        alarm.number = row_number(&row, 0);
        alarm.raised_ms = row_number(&row, 1);
        alarm.name = name = mem_text(row_text(&row, 2));
        alarm.about = about = mem_text(row_text(&row, 3));
        alarm.last_ms = row_number(&row, 4);
        alarm.count = row_number(&row, 5);
        db_done(&row);
        more = each(context, &alarm);
        free(name);
        free(about);
    }
    return ERR_OK;
}
