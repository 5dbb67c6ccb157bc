#include <string.h>

#include "core/mem.h"
#include "crypto/hash.h"
#include "store/agent_inside.h"

/* Nodes are random enough that two bytes of one choose its place. */
enum { CACHE_SLOTS = 1024 };

struct node
node_of_record(const struct agent_store *store, const char *system, const char *local_id)
{
    struct hash hash;
    struct node node;

    hash_begin(&hash, sizeof(node.ix), "kith1.idx.node", store->index.bytes);
    hash_add(&hash, system, strlen(system) + 1);
    hash_add(&hash, local_id, strlen(local_id));
    hash_end(&hash, node.ix, sizeof(node.ix));
    return node;
}

struct node
node_of_id(const struct agent_store *store, const void *id, size_t len)
{
    struct node node;

    hash_of(node.ix, sizeof(node.ix), "kith1.idx.id", store->index.bytes, bytes_of(id, len));
    return node;
}

void
hide(uint8_t hidden[32], const struct agent_store *store, const char *person, struct bytes text)
{
    hash_of(hidden, 32, person, store->index.bytes, text);
}

/* --- Keys ------------------------------------------------------------------------------------ */

static const char about_key[] = "kith1.dek";
static const char about_row[] = "kith1.row";

enum { WRAPPED = SEAL_NONCE + sizeof(struct key) + SEAL_TAG };

struct about {
    uint8_t bytes[128];
    size_t len;
};

static struct about
about_key_of(const struct node *node)
{
    struct about about;
    uint8_t *at = put_bytes(about.bytes, about_key, sizeof(about_key));

    about.len = (size_t)(put_bytes(at, node->ix, sizeof(node->ix)) - about.bytes);
    return about;
}

static struct cached_key *
cached(struct agent_store *store, const struct node *node)
{
    if (store->cache == NULL)
        store->cache = mem_array(CACHE_SLOTS, sizeof(*store->cache));
    return &store->cache[get_le16(node->ix) % CACHE_SLOTS];
}

void
node_keys_forget(struct agent_store *store)
{
    if (store->cache)
        wipe(store->cache, CACHE_SLOTS * sizeof(*store->cache));
}

static void
remember(struct agent_store *store, const struct node *node, const struct key *key)
{
    *cached(store, node) = (struct cached_key){ .used = true, .node = *node, .key = *key };
}

enum err
node_key(struct agent_store *store, const struct node *node, struct key *key)
{
    const struct cached_key *known = cached(store, node);
    struct about about = about_key_of(node);
    struct bytes wrapped;
    struct db_row row;
    enum err err;

    if (known->used && memcmp(&known->node, node, sizeof(*node)) == 0) {
        *key = known->key;
        return ERR_OK;
    }
    if ((err = db_find(&row, store->keys, "SELECT wrapped FROM dek WHERE node_ix = ?",
                       WITH(as_blob(node->ix, sizeof(node->ix))))))
        return err;
    wrapped = row_bytes(&row, 0);
    err = wrapped.len == WRAPPED ? open_at_rest(key->bytes, wrapped,
                                                bytes_of(about.bytes, about.len), &store->wrap)
                                 : ERR_CORRUPT;
    db_done(&row);
    if (err)
        return ERR_CORRUPT;
    remember(store, node, key);
    return ERR_OK;
}

/* Changes of keys have a transaction of their own, which is committed first. */
static enum err
begin_keys(struct agent_store *store)
{
    if (!db_in_transaction(store->rows))
        return ERR_REFUSED;
    return db_in_transaction(store->keys) ? ERR_OK : db_begin(store->keys);
}

static enum err
node_key_make(struct agent_store *store, const struct node *node, struct key *key)
{
    struct about about = about_key_of(node);
    uint8_t wrapped[WRAPPED];
    enum err err;

    if ((err = begin_keys(store)))
        return err;
    random_fill(key->bytes, sizeof(key->bytes));
    seal_at_rest(wrapped, bytes_of(key->bytes, sizeof(key->bytes)),
                 bytes_of(about.bytes, about.len), &store->wrap);
    if ((err = db_do(
             store->keys, "INSERT INTO dek VALUES (?, ?)",
             WITH(as_blob(node->ix, sizeof(node->ix)), as_blob(wrapped, sizeof(wrapped))))))
        return err;
    remember(store, node, key);
    return ERR_OK;
}

enum err
node_key_destroy(struct agent_store *store, const struct node *node)
{
    struct cached_key *known = cached(store, node);
    enum err err;

    if ((err = begin_keys(store)))
        return err;
    wipe(known, sizeof(*known));
    store->key_destroyed = true;
    return db_do(store->keys, "DELETE FROM dek WHERE node_ix = ?",
                 WITH(as_blob(node->ix, sizeof(node->ix))));
}

/* --- Cells ------------------------------------------------------------------------------------ */

static struct about
about_cell(const struct cell *cell)
{
    struct about about;
    uint8_t *at = put_bytes(about.bytes, about_row, sizeof(about_row));

    at = put_bytes(at, cell->column, strlen(cell->column) + 1);
    at = put_le64(at, cell->row);
    at = put_bytes(at, cell->node.ix, sizeof(cell->node.ix));
    at = put_bytes(at, cell->beside, sizeof(cell->beside));
    about.len = (size_t)(put_le32(at, AGENT_SCHEMA) - about.bytes);
    return about;
}

enum err
cell_seal(struct agent_store *store, const struct cell *cell, struct bytes text,
          struct buffer *sealed)
{
    struct about about = about_cell(cell);
    struct key key;
    uint8_t *room;
    enum err err;

    buffer_init(sealed, LENT_MAX);
    err = node_key(store, &cell->node, &key);
    if (err == ERR_NOT_FOUND)
        err = node_key_make(store, &cell->node, &key);
    if (err)
        return err;
    if (text.len > LENT_MAX / 2)
        return ERR_TOO_BIG;
    room = buffer_extend(sealed, SEAL_NONCE + text.len + SEAL_TAG);
    seal_at_rest(room, text, bytes_of(about.bytes, about.len), &key);
    wipe(&key, sizeof(key));
    return ERR_OK;
}

enum err
cell_open(struct agent_store *store, const struct cell *cell, struct bytes sealed, uint8_t **at,
          struct bytes *text)
{
    struct about about = about_cell(cell);
    struct key key;
    enum err err;

    *text = (struct bytes){ 0 };
    if (sealed.len == 0)
        return ERR_OK;
    if ((err = node_key(store, &cell->node, &key)))
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    if (sealed.len >= SEAL_NONCE + SEAL_TAG)
        err = open_at_rest(*at, sealed, bytes_of(about.bytes, about.len), &key);
    else
        err = ERR_CORRUPT;
    wipe(&key, sizeof(key));
    if (err)
        return ERR_CORRUPT;
    *text = bytes_of(*at, sealed.len - SEAL_NONCE - SEAL_TAG);
    *at += text->len;
    return ERR_OK;
}

/* --- Plaintext that is lent out ----------------------------------------------------------------- */

enum err
lend(struct buffer *lent, size_t len, uint8_t **at)
{
    if (lent->len > 0)
        wipe(lent->data, lent->len);
    buffer_reset(lent);
    *at = buffer_extend(lent, len);
    return *at ? ERR_OK : ERR_TOO_BIG;
}

void
lent_clear(struct buffer *lent)
{
    if (lent->len > 0)
        wipe(lent->data, lent->len);
    buffer_clear(lent);
}
