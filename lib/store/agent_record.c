#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "store/agent_inside.h"

/* What is sealed of a record: k, then five strings, each with its NUL. */
enum { TEXTS = 5 };

static void
pack(struct buffer *packed, const struct own_record *record)
{
    const char *texts[TEXTS] = { record->system, record->local_id, record->given_name,
                                 record->family_name, record->date_of_birth };

    buffer_init(packed, LENT_MAX);
    buffer_add(packed, record->k.bytes, sizeof(record->k.bytes));
    for (size_t i = 0; i < TEXTS; i++)
        buffer_add(packed, texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) + 1 : 1);
}

static enum err
unpack(struct own_record *record, struct bytes packed)
{
    const char **texts[TEXTS] = { &record->system, &record->local_id, &record->given_name,
                                  &record->family_name, &record->date_of_birth };

    if (packed.len < sizeof(record->k.bytes))
        return ERR_CORRUPT;
    memcpy(record->k.bytes, packed.data, sizeof(record->k.bytes));
    packed = bytes_from(packed, sizeof(record->k.bytes));
    for (size_t i = 0; i < TEXTS; i++) {
        const uint8_t *end = packed.len > 0 ? memchr(packed.data, 0, packed.len) : NULL;

        if (end == NULL)
            return ERR_CORRUPT;
        *texts[i] = (const char *)packed.data;
        packed = bytes_from(packed, (size_t)(end - packed.data) + 1);
    }
    return packed.len == 0 ? ERR_OK : ERR_CORRUPT;
}

/* --- Reading --------------------------------------------------------------------------------- */

#define SELECT_RECORD "SELECT id, node_ix, handle, answered, sealed FROM record"

/* ERR_NOT_FOUND when its key was destroyed. */
static enum err
read_record(struct agent_store *store, const struct db_row *row, struct buffer *lent,
            struct own_record *record)
{
    struct cell cell = { .column = "record", .row = row_number(row, 0) };
    struct bytes sealed = row_bytes(row, 4), packed;
    struct own_record read = { .id = cell.row, .answered = row_number(row, 3) != 0 };
    uint8_t *at;
    enum err err;

    row_fill(row, 1, cell.node.ix, sizeof(cell.node.ix));
    row_fill(row, 2, read.handle, sizeof(read.handle));
    if ((err = lend(lent, sealed.len, &at))
        || (err = cell_open(store, &cell, sealed, &at, &packed)))
        return err;
    if (packed.len == 0)
        return ERR_NOT_FOUND;
    if ((err = unpack(&read, packed)))
        return err;
    *record = read;
    return ERR_OK;
}

static enum err
find_record(struct agent_store *store, const char *sql, struct db_value key,
            struct own_record *record)
{
    struct db_row row;
    enum err err;

    if ((err = db_find(&row, store->rows, sql, &key, 1)))
        return err;
    err = read_record(store, &row, &store->lent_record, record);
    db_done(&row);
    return err;
}

enum err
record_by_handle(struct agent_store *store, const uint8_t handle[16], struct own_record *record)
{
    return find_record(store, SELECT_RECORD " WHERE handle = ?", as_blob(handle, 16), record);
}

enum err
record_each(struct agent_store *store,
            bool (*each)(void *context, const struct own_record *record), void *context)
{
    struct own_record record;
    struct buffer lent;
    bool more = true;
    uint64_t id = 0;
    enum err err = ERR_OK;

    buffer_init(&lent, LENT_MAX);
    while (more && !err) {
        struct db_row row;

        if ((err = db_find(&row, store->rows, SELECT_RECORD " WHERE id > ? ORDER BY id LIMIT 1",
                           WITH(as_number(id)))))
            break;
        id = row_number(&row, 0);
        err = read_record(store, &row, &lent, &record);
        db_done(&row);
        if (!err)
            more = each(context, &record);
        else if (err == ERR_NOT_FOUND)
            err = ERR_OK;
    }
    lent_clear(&lent);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* --- Their keys, kept open ------------------------------------------------------------------- */

void
own_keys_forget(struct agent_store *store)
{
    if (store->own_keys != NULL)
        wipe(store->own_keys, store->own_key_count * sizeof(*store->own_keys));
    free(store->own_keys);
    store->own_keys = NULL;
    store->own_key_count = 0;
    store->own_keys_known = false;
}

static bool
note_key(void *context, const struct own_record *record)
{
    static const struct key none;
    struct agent_store *store = context;

    if (memcmp(&record->k, &none, sizeof(none)) != 0)
        store->own_keys[store->own_key_count++] = (struct own_key){ record->id, record->k };
    return true;
}

static enum err
learn_own_keys(struct agent_store *store)
{
    uint64_t count;
    enum err err;

    if (store->own_keys_known)
        return ERR_OK;
    own_keys_forget(store);
    if ((err = db_number(store->rows, "SELECT count(*) FROM record", &count)))
        return err;
    store->own_keys = mem_array(count + 1, sizeof(*store->own_keys));
    err = record_each(store, note_key, store);
    store->own_keys_known = err == ERR_OK;
    return err;
}

enum err
record_by_key(struct agent_store *store,
              bool (*is_it)(const void *context, const struct key *k), const void *context,
              struct own_record *record)
{
    enum err err = learn_own_keys(store);

    for (size_t i = 0; i < store->own_key_count && err == ERR_OK; i++)
        if (is_it(context, &store->own_keys[i].k))
            return find_record(store, SELECT_RECORD " WHERE id = ?",
                               as_number(store->own_keys[i].record), record);
    return err ? err : ERR_NOT_FOUND;
}

enum err
record_node(struct agent_store *store, uint64_t id, struct node *node)
{
    struct db_row row;
    enum err err = db_find(&row, store->rows, "SELECT node_ix FROM record WHERE id = ?",
                           WITH(as_number(id)));

    if (err)
        return err;
    row_fill(&row, 0, node->ix, sizeof(node->ix));
    db_done(&row);
    return ERR_OK;
}

/* --- Writing ---------------------------------------------------------------------------------- */

static enum err
write_record(struct agent_store *store, const struct own_record *record,
             const struct node *node, const char *sql)
{
    struct cell cell = { .column = "record", .row = record->id, .node = *node };
    struct buffer packed, sealed;
    enum err err;

    pack(&packed, record);
    err = cell_seal(store, &cell, buffer_bytes(&packed), &sealed);
    if (!err)
        err = agent_change_one(store, sql,
                               WITH(as_number(record->id), as_blob(node->ix, sizeof(node->ix)),
                                    as_blob(record->handle, sizeof(record->handle)),
                                    as_number(record->answered),
                                    as_bytes(buffer_bytes(&sealed))));
    lent_clear(&packed);
    buffer_clear(&sealed);
    return err;
}

static enum err
make_record(struct agent_store *store, const char *system, const char *local_id,
            const struct node *node)
{
    struct own_record record = { .system = system, .local_id = local_id };
    enum err err;

    /* Never the number of a record that was destroyed: messages still bear it. */
    if ((err = db_number(store->rows,
                         "SELECT ifnull(max(seq), 0) + 1 FROM sqlite_sequence"
                         " WHERE name = 'record'",
                         &record.id)))
        return err;
    random_fill(record.handle, sizeof(record.handle));
    return write_record(store, &record, node, "INSERT INTO record VALUES (?, ?, ?, ?, ?)");
}

/* What was sealed for a node under a key that has gone: a new key must not meet it. */
static enum err
drop_content(struct agent_store *store, const struct node *node)
{
    static const char *const drops[] = {
        "UPDATE spool SET message = NULL, reason = NULL, sealed = NULL WHERE node_ix = ?",
        "UPDATE inbox SET content = NULL, evidence = NULL, reason = NULL WHERE node_ix = ?",
        "DELETE FROM record WHERE node_ix = ?",
    };
    enum err err = ERR_OK;

    for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]) && !err; i++)
        err = agent_change(store, drops[i], WITH(as_blob(node->ix, sizeof(node->ix))));
    return err;
}

enum err
record_take(struct agent_store *store, const char *system, const char *local_id,
            struct own_record *record)
{
    struct node node = node_of_record(store, system, local_id);
    struct db_value key = as_blob(node.ix, sizeof(node.ix));
    enum err err = find_record(store, SELECT_RECORD " WHERE node_ix = ?", key, record);

    if (err != ERR_NOT_FOUND)
        return err;
    if ((err = drop_content(store, &node))
        || (err = make_record(store, system, local_id, &node)))
        return err;
    return find_record(store, SELECT_RECORD " WHERE node_ix = ?", key, record);
}

enum err
record_set(struct agent_store *store, const struct own_record *record)
{
    struct node node = node_of_record(store, record->system, record->local_id);

    own_keys_forget(store);
    return write_record(store, record, &node,
                        "UPDATE record SET answered = ?4, sealed = ?5"
                        " WHERE id = ?1 AND node_ix = ?2 AND handle = ?3");
}

enum err
record_destroy(struct agent_store *store, uint64_t id)
{
    struct node node;
    enum err err;

    own_keys_forget(store);
    if ((err = record_node(store, id, &node)) || (err = node_key_destroy(store, &node)))
        return err;
    return drop_content(store, &node);
}
