#ifndef KITH_STORE_BACKEND_H
#define KITH_STORE_BACKEND_H

#include "store/store.h"

/*
 * What a backend of the broker's store is: functions that keep the promises of store.h.
 * store.c has checked the form of what they are given (store_append's ERR_MALFORMED, all
 * but the acks).  A backend's store begins with struct store.
 */
struct store_backend {
    const char *scheme; /* what stands before the colon */
    enum err (*open)(struct store **store, const char *place, struct why *why);
    void (*close)(struct store *store);
    enum err (*acquire)(struct store *store, uint64_t floor, struct store_head *head,
                        struct why *why);
    enum err (*append)(struct store *store, struct store_head *head,
                       const struct store_batch *batch, uint64_t *positions);
    enum err (*lookup)(struct store *store, uint32_t sender, const uint8_t msg_id[16],
                       struct store_fate *fate);
    enum err (*read_queue)(struct store *store, uint32_t agency, uint64_t after,
                           size_t max_count, size_t max_bytes,
                           bool (*each)(void *context, const struct store_queued *queued),
                           void *context);
    enum err (*cursor)(struct store *store, uint32_t agency, struct store_cursor *cursor);
    enum err (*expire)(struct store *store, struct store_head *head, uint64_t now_ms,
                       void (*each)(void *context, const struct store_queued *queued),
                       void *context);
};

struct store {
    const struct store_backend *backend;
};

extern const struct store_backend store_sqlite;

#endif
