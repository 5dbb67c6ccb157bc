#ifndef KITH_ENVELOPE_SEAL_H
#define KITH_ENVELOPE_SEAL_H

#include "core/bits.h"
#include "core/err.h"
#include "core/instant.h"
#include "envelope/batch.h"
#include "envelope/core.h"

/* From fragments to a sealed envelope, at the publisher. */

/* A sender ephemeral and the shared secrets it has with each intake key, kept for at most
   15 minutes or 1024 messages and then wiped. */
struct ephemeral;

enum { EPHEMERAL_MS = 15 * 60 * 1000, EPHEMERAL_MESSAGES = 1024 };

struct ephemeral *ephemeral_new(struct instant now);
/* From a given secret, for test vectors. */
struct ephemeral *ephemeral_from(const struct exchange_secret *secret, struct instant now);
void ephemeral_free(struct ephemeral **ephemeral);
bool ephemeral_is_spent(const struct ephemeral *ephemeral, struct instant now);

struct seal_recipient {
    uint32_t agency;
    struct exchange_public intake;
    uint64_t stream_seq;      /* dense per (sender, recipient), from 1 */
    struct bits compartments; /* which it is given; 0 is always added */
};

struct seal_compartment {
    struct bytes fragment;
    size_t size; /* its fixed size, or 0: the size class of the envelope */
};

struct seal_order {
    struct core core; /* filled in but for epk, route_digest and digests */
    const uint8_t *handle;
    const struct key *psk;                       /* NULL when core.psk_epoch is 0 */
    const struct seal_compartment *compartments; /* core.compartment_count of them */
    const struct seal_recipient *recipients;
    size_t recipient_count;
};

/* Randomness as an argument, so that a vector can be reproduced: fill must give fresh
   random bytes in real life (random_fill). */
struct seal_randomness {
    void (*fill)(void *context, void *out, size_t len);
    void *context;
    /* For the published vector, which skips the hedge and has a route of its own. */
    bool unhedged;        /* use the random bytes as z_c */
    const uint8_t *route; /* ROUTE bytes, or NULL: written from the handle and a salt */
};

/* An envelope that owns its bytes.  `view.batch` is empty until a batch is signed. */
struct sealed {
    struct envelope view;
    uint8_t h[DIGEST];
    void *memory;
};

/*
 * Seals.  randomness NULL: from the system.  A compartment that no recipient is given is
 * sealed empty; recipients may come in any order, and a capsule is made for each.
 *
 * ERR_TOO_BIG when a fragment does not fit the largest size class or its fixed size, or the
 * envelope its limit; ERR_FORGED when an intake key is a low-order point; ERR_REFUSED for an
 * order that cannot be carried out: no recipient, one recipient twice, a compartment that
 * is not there, a PSK that does not go with the epoch, or an ephemeral that is spent.
 *
 * The order of random bytes drawn: for each compartment rnd_c; the route's salt; decoys.
 * (core.msg_id is the caller's.)
 */
enum err seal_envelope(struct sealed *sealed, const struct seal_order *order,
                       struct ephemeral *ephemeral,
                       const struct seal_randomness *randomness) MUST_CHECK;
void sealed_free(struct sealed *sealed);

#endif
