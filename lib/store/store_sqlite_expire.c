#include <stdlib.h>

#include "core/mem.h"
#include "store/store_sqlite.h"

enum { EXPIRE_AT_ONCE = 256 }; /* records in one transaction */

struct given_up {
    struct {
        uint32_t agency;
        uint64_t position;
    } * deliveries;
    size_t count, capacity;
};

static void
add_given_up(struct given_up *given_up, uint32_t agency, uint64_t position)
{
    if (given_up->count == given_up->capacity) {
        given_up->capacity = given_up->capacity ? 2 * given_up->capacity : 64;
        given_up->deliveries =
            mem_resize(given_up->deliveries, given_up->capacity, sizeof(*given_up->deliveries));
    }
    given_up->deliveries[given_up->count].agency = agency;
    given_up->deliveries[given_up->count++].position = position;
}

/* Makes a stub of one delivery of the envelope; ERR_NOT_FOUND when none is left. */
static enum err
give_up_one(struct db *db, uint64_t log_index, uint64_t stub_size, uint64_t envelope_size,
            struct given_up *given_up)
{
    struct store_delivery delivery = { .stub = true };
    uint64_t position;
    uint8_t sum[SUM];
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, db,
                       "SELECT agency, position, grant_id FROM queue"
                       " WHERE log_index = ? AND stub = 0 LIMIT 1",
                       WITH(as_number(log_index)))))
        return err;
    delivery.agency = (uint32_t)row_number(&row, 0);
    position = row_number(&row, 1);
    row_fill(&row, 2, delivery.grant, sizeof(delivery.grant));
    db_done(&row);

    add_given_up(given_up, delivery.agency, position);
    sum_of_place(sum, position, log_index, &delivery);
    if ((err = db_do(db,
                     "UPDATE queue SET stub = 1, size = ?, sum = ?"
                     " WHERE agency = ? AND position = ?",
                     WITH(as_number(stub_size), as_blob(sum, sizeof(sum)),
                          as_number(delivery.agency), as_number(position)))))
        return err;
    return db_do(
        db, "UPDATE agency SET bytes = bytes - ? + ? WHERE agency = ?",
        WITH(as_number(envelope_size), as_number(stub_size), as_number(delivery.agency)));
}

/* The next envelope that is over its time; ERR_NOT_FOUND when none is. */
static enum err
expire_one(struct db *db, uint64_t now_ms, struct given_up *given_up)
{
    uint64_t log_index, stub_size, envelope_size;
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, db,
                       "SELECT log_index, length(stub), length(envelope) FROM content"
                       " WHERE envelope IS NOT NULL AND expires_ms <= ?"
                       " ORDER BY expires_ms LIMIT 1",
                       WITH(as_number(now_ms)))))
        return err;
    log_index = row_number(&row, 0);
    stub_size = row_number(&row, 1);
    envelope_size = row_number(&row, 2);
    db_done(&row);
    while (!(err = give_up_one(db, log_index, stub_size, envelope_size, given_up)))
        continue;
    return err == ERR_NOT_FOUND ? sqlite_free_envelope(db, log_index) : err;
}

struct teller {
    void (*each)(void *context, const struct store_queued *queued);
    void *context;
};

static bool
tell(void *context, const struct store_queued *queued)
{
    const struct teller *teller = context;

    teller->each(teller->context, queued);
    return true;
}

static enum err
tell_given_up(struct store *store, const struct given_up *given_up, struct teller *teller)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < given_up->count && !err; i++)
        err = store->backend->read_queue(store, given_up->deliveries[i].agency,
                                         given_up->deliveries[i].position - 1, 1, SIZE_MAX,
                                         tell, teller);
    return err;
}

/* In transactions of a bounded size: after weeks there may be much to expire. */
enum err
sqlite_expire(struct store *store, struct store_head *head, uint64_t now_ms,
              void (*each)(void *context, const struct store_queued *queued), void *context)
{
    struct db *db = ((struct sqlite_store *)store)->db;
    struct teller teller = { .each = each, .context = context };
    enum err err = ERR_OK;
    bool more = true;

    while (more && !err) {
        struct given_up given_up = { 0 };

        if ((err = sqlite_begin_as(db, head)))
            return err;
        for (int i = 0; i < EXPIRE_AT_ONCE && !err; i++)
            err = expire_one(db, now_ms, &given_up);
        more = err != ERR_NOT_FOUND;
        err = db_finish(db, more ? err : ERR_OK);
        if (!err && each != NULL)
            err = tell_given_up(store, &given_up, &teller);
        free(given_up.deliveries);
    }
    return err;
}
