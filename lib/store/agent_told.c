#include <stdlib.h>

#include "core/mem.h"
#include "store/agent_inside.h"

enum err
told_replace(struct agent_store *store, const uint8_t notice_id[16], const struct told *told,
             size_t count)
{
    enum err err = agent_change(store, "DELETE FROM told WHERE notice_id = ?",
                                WITH(as_blob(notice_id, 16)));

    for (size_t i = 0; i < count && !err; i++)
        err = agent_change(
            store, "INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?)",
            WITH(as_blob(notice_id, 16), as_number(i + 1), as_number(told[i].agency),
                 as_number(told[i].state), as_number(told[i].stream_seq),
                 as_text(told[i].why ? told[i].why : ""), as_number(told[i].said_ms)));
    return err;
}

enum err
told_set(struct agent_store *store, const uint8_t notice_id[16], uint32_t agency,
         enum told_state state, uint64_t said_ms)
{
    return agent_change_one(
        store,
        "UPDATE told SET state = ?, said_ms = ? WHERE notice_id = ?"
        " AND agency = ? AND state IN (1, 4, 5)",
        WITH(as_number(state), as_number(said_ms), as_blob(notice_id, 16), as_number(agency)));
}

enum err
told_each(struct agent_store *store, const uint8_t notice_id[16],
          bool (*each)(void *context, const struct told *told), void *context)
{
    uint64_t place = 0;
    bool more = true;
    enum err err;

    while (more) {
        struct told told = { 0 };
        struct db_row row;
        char *why;

        if ((err = db_find(&row, store->rows,
                           "SELECT place, agency, state, stream_seq, why, said_ms FROM told"
                           " WHERE notice_id = ? AND place > ? ORDER BY place LIMIT 1",
                           WITH(as_blob(notice_id, 16), as_number(place)))))
            return err == ERR_NOT_FOUND ? ERR_OK : err;
        place = row_number(&row, 0);
        told.agency = (uint32_t)row_number(&row, 1);
        told.state = (enum told_state)row_number(&row, 2);
        told.stream_seq = row_number(&row, 3);
        told.why = why = mem_text(row_text(&row, 4));
        told.said_ms = row_number(&row, 5);
        db_done(&row);
        more = each(context, &told);
        free(why);
    }
    return ERR_OK;
}
