#ifndef KITH_STORE_STORE_H
#define KITH_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"

/*
 * The broker's store: the log of accepted envelopes and one queue for each agency.
 *
 * The promise: when store_append returns ERR_OK, everything in the batch survives any
 * crash, in one piece; when it returns anything else, nothing of it is there.  Records are
 * numbered 0, 1, 2, … without a gap (log index), deliveries 1, 2, 3, … without a gap for
 * each agency (position).  The store never looks inside an envelope and holds no key.
 *
 * A backend is a const struct of functions (store/backend.h); one contract suite
 * (tests/store/test_contract.c) runs over every backend.
 */
struct store;

/* What one writer holds; a later store_acquire by anybody else fences it off. */
struct store_head {
    uint64_t epoch; /* raised by every acquire */
    uint64_t size;  /* number of records: the next log index */
};

struct store_delivery {
    uint32_t agency;
    bool stub;         /* it gets the place in the stream, not the content */
    uint8_t grant[20]; /* id of the grant it is delivered under; zeroes if none */
};

struct store_record {
    uint32_t sender;
    uint32_t kind;
    uint8_t msg_id[16];
    uint8_t h[32];
    uint64_t accepted_ms;
    uint64_t expires_ms; /* when an undelivered one is given up */
    struct bytes envelope;
    /* What a recipient gets that gets the place and not the content: by a delivery that is
       a stub from the start, or because the envelope expired.  Kept until all have it. */
    struct bytes stub;
    const struct store_delivery *deliveries; /* each agency at most once */
    size_t delivery_count;
};

struct store_ack {
    uint32_t agency;
    uint64_t position; /* everything up to and with it has been applied */
};

struct store_batch {
    const struct store_record *records;
    size_t record_count;
    const struct store_ack *acks;
    size_t ack_count;
};

/*
 * where: "sqlite:PATH"; the folder is there, the file is made when it is not.  A damaged or
 * foreign file is ERR_CORRUPT and left as it is, one that another process has open
 * ERR_CONFLICT, one that others may read ERR_REFUSED; why says what is wrong and what to do.
 *
 * ERR_IO, from any call: the disk did not do as it was told, and whether the last change is
 * there is known only when the store is opened again.  Stop the process.  Until then every
 * call is ERR_IO.
 */
enum err store_open(struct store **store, const char *where, struct why *why) MUST_CHECK;
void store_close(struct store **store);

/*
 * Become the only writer.  floor: the size that this host last published, kept outside the
 * store; a store behind it was rolled back: ERR_CORRUPT, and nobody writes.
 */
enum err store_acquire(struct store *store, uint64_t floor, struct store_head *head,
                       struct why *why) MUST_CHECK;

/*
 * One atomic, durable batch.  Records become head->size, head->size + 1, …; positions of
 * record i, in the order of its deliveries, are written to positions (one for each
 * delivery of the batch, in order; may be NULL).  Acks never go backwards; an ack of what
 * has not been delivered is ERR_MALFORMED, and so is an empty envelope or a record that
 * names an agency twice.  Bodies that nobody waits for any more are freed.  ERR_CONFLICT: another writer has taken over, stop; or a (sender, msg_id) is known
 * already (look it up first).  ERR_FULL: no room, nothing was written.
 */
enum err store_append(struct store *store, struct store_head *head,
                      const struct store_batch *batch, uint64_t *positions) MUST_CHECK;

/* What is known, for ever, of a message id.  ERR_NOT_FOUND when nothing is. */
struct store_fate {
    uint64_t log_index;
    uint64_t accepted_ms;
    uint8_t h[32];
};
enum err store_lookup(struct store *store, uint32_t sender, const uint8_t msg_id[16],
                      struct store_fate *fate) MUST_CHECK;

struct store_queued {
    uint32_t agency;
    uint64_t position;
    uint64_t log_index;
    uint64_t accepted_ms;
    uint32_t sender;
    bool stub;
    uint8_t grant[20];
    struct bytes envelope; /* the stub when it is one; borrowed for the call */
};

/* Calls each for what waits in an agency's queue after a position, in order, until it
   returns false or max_count or max_bytes are reached (at least one).  each must not call
   the store. */
enum err store_read_queue(struct store *store, uint32_t agency, uint64_t after,
                          size_t max_count, size_t max_bytes,
                          bool (*each)(void *context, const struct store_queued *queued),
                          void *context) MUST_CHECK;

struct store_cursor {
    uint64_t acked;     /* position up to which the agency has acknowledged */
    uint64_t last;      /* the last position given out */
    uint64_t oldest_ms; /* accepted_ms of the oldest one waiting, 0 if none */
    uint64_t bytes;     /* waiting */
};
enum err store_cursor(struct store *store, uint32_t agency,
                      struct store_cursor *cursor) MUST_CHECK;

/*
 * What has waited past its time: its deliveries become stubs, so that no agency sees a gap,
 * and the envelope is freed.  each (may be NULL) is told, once it is durable, of every
 * delivery that was given up; it must not call the store.
 */
enum err store_expire(struct store *store, struct store_head *head, uint64_t now_ms,
                      void (*each)(void *context, const struct store_queued *queued),
                      void *context) MUST_CHECK;

#endif
