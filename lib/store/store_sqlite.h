#ifndef KITH_STORE_STORE_SQLITE_H
#define KITH_STORE_STORE_SQLITE_H

#include "store/backend.h"
#include "store/db.h"

/*
 * The broker's store in one SQLite file.
 *
 *     writer    epoch and size
 *     record    what is known of every envelope for ever
 *     content   its bytes, while anybody waits for them
 *     queue     what waits for whom
 *     agency    how far each has come
 *
 * SQLite checks the shape of its pages, not their content: what is delivered carries
 * digests, of its row in record, its bytes and its place in the queue, that are compared
 * when it is read.
 */
struct sqlite_store {
    struct store base;
    struct db *db;
    char *path;
};

enum { SUM = 16 };

struct record_facts {
    uint64_t log_index;
    uint32_t sender, kind;
    uint8_t msg_id[16];
    uint64_t accepted_ms;
    uint8_t h[32];
};

void sum_of_record(uint8_t sum[SUM], const struct record_facts *facts);
/* part: 0 the envelope, 1 the stub. */
void sum_of_content(uint8_t sum[SUM], uint64_t log_index, unsigned part, struct bytes content);

void sum_of_place(uint8_t sum[SUM], uint64_t position, uint64_t log_index,
                  const struct store_delivery *delivery);

/* Zeroes for an agency that never had a delivery.  Leaves oldest_ms. */
enum err sqlite_read_cursor(struct db *db, uint32_t agency,
                            struct store_cursor *cursor) MUST_CHECK;

/* A transaction of the writer who holds head, and of nobody else. */
enum err sqlite_begin_as(struct db *db, const struct store_head *head) MUST_CHECK;
/* Whoever still waits for the record gets its stub. */
enum err sqlite_free_envelope(struct db *db, uint64_t log_index) MUST_CHECK;

/* The functions of struct store_backend, in the files that they are written in. */
enum err sqlite_lookup(struct store *store, uint32_t sender, const uint8_t msg_id[16],
                       struct store_fate *fate) MUST_CHECK;
enum err sqlite_read_queue(struct store *store, uint32_t agency, uint64_t after,
                           size_t max_count, size_t max_bytes,
                           bool (*each)(void *context, const struct store_queued *queued),
                           void *context) MUST_CHECK;
enum err sqlite_cursor(struct store *store, uint32_t agency,
                       struct store_cursor *cursor) MUST_CHECK;
enum err sqlite_append(struct store *store, struct store_head *head,
                       const struct store_batch *batch, uint64_t *positions) MUST_CHECK;
enum err sqlite_expire(struct store *store, struct store_head *head, uint64_t now_ms,
                       void (*each)(void *context, const struct store_queued *queued),
                       void *context) MUST_CHECK;

#endif
