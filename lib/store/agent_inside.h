#ifndef KITH_STORE_AGENT_INSIDE_H
#define KITH_STORE_AGENT_INSIDE_H

#include "crypto/key.h"
#include "store/agent_store.h"
#include "store/db.h"

/* What the files of the agent's store share; nobody else includes it. */

/* Stands in every row for the child (or the message) that it is about: a keyed hash, so
   that the file alone does not say whose it is. */
struct node {
    uint8_t ix[16];
};

struct own_key {
    uint64_t record;
    struct key k;
};

struct cached_key {
    bool used;
    struct node node;
    struct key key;
};

struct agent_store {
    struct db *rows, *keys;
    char *path;
    struct key wrap;  /* seals the keys of nodes */
    struct key index; /* makes node numbers and other keyed hashes */
    struct cached_key *cache;
    bool key_destroyed;       /* in this transaction */
    struct own_key *own_keys; /* of the records on a roll, when own_keys_known */
    size_t own_key_count;
    bool own_keys_known;
    struct buffer lent_record, lent_spooled, lent_received;
};

enum { AGENT_SCHEMA = 2, LENT_MAX = 64 * 1024 * 1024 };

/* --- Rows ----------------------------------------------------------------------------------- */

/* A change, in the transaction that must be open. */
/* The number in the one column, 0 without a row. */
enum err agent_number_or_zero(struct agent_store *store, const char *sql, struct db_value key,
                              uint64_t *value) MUST_CHECK;
enum err agent_change(struct agent_store *store, const char *sql, const struct db_value *values,
                      size_t count) MUST_CHECK;
/* The same; ERR_NOT_FOUND when it changed no row. */
enum err agent_change_one(struct agent_store *store, const char *sql,
                          const struct db_value *values, size_t count) MUST_CHECK;

/* --- Nodes and their keys (agent_node.c) ---------------------------------------------------- */

struct node node_of_record(const struct agent_store *store, const char *system,
                           const char *local_id);
/* Of something that is about no record of ours: a key for it alone. */
struct node node_of_id(const struct agent_store *store, const void *id, size_t len);
/* The keyed hash under which a text of others' choosing is looked up. */
void hide(uint8_t hidden[32], const struct agent_store *store, const char *person,
          struct bytes text);

/* ERR_NOT_FOUND: there is none (any more). */
enum err node_key(struct agent_store *store, const struct node *node,
                  struct key *key) MUST_CHECK;
enum err node_key_destroy(struct agent_store *store, const struct node *node) MUST_CHECK;
void node_keys_forget(struct agent_store *store);

/* Where a sealed text stands.  A text that is found anywhere else does not open. */
struct cell {
    const char *column; /* "spool.message" */
    uint64_t row;
    struct node node;
    /* A digest of what stands in clear beside it, and is as little to be changed; zeroes
       for nothing. */
    uint8_t beside[16];
};

/* Makes the node's key when it has none.  sealed is a new buffer, for buffer_clear. */
enum err cell_seal(struct agent_store *store, const struct cell *cell, struct bytes text,
                   struct buffer *sealed) MUST_CHECK;
/* At *at, which has room for sealed.len bytes and is moved behind.  Empty when sealed is or
   when the key was destroyed; ERR_CORRUPT when it does not open. */
enum err cell_open(struct agent_store *store, const struct cell *cell, struct bytes sealed,
                   uint8_t **at, struct bytes *text) MUST_CHECK;

/* Room for len bytes of plaintext, in place of what is there, which is wiped. */
enum err lend(struct buffer *lent, size_t len, uint8_t **at) MUST_CHECK;
void lent_clear(struct buffer *lent);

/* --- Records (agent_record.c) ------------------------------------------------------------------ */

void own_keys_forget(struct agent_store *store);
enum err record_node(struct agent_store *store, uint64_t id, struct node *node) MUST_CHECK;

#endif
