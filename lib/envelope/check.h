#ifndef KITH_ENVELOPE_CHECK_H
#define KITH_ENVELOPE_CHECK_H

#include "core/bits.h"
#include "envelope/batch.h"
#include "envelope/core.h"

/*
 * What can be checked of an envelope without a key that opens it: the broker's part of the
 * work.  Who may send, under which agreement and to whom is the broker's own business
 * (broker/accept.c); here stands what the bytes alone, the sender's public key and the
 * sizes of the agreement's compartments decide.
 */

/* sizes[c]: fixed size of compartment c, 0 for the size class. */
struct compartment_sizes {
    const size_t *sizes;
    unsigned count;
};

/* Signature over H under the sender's key. */
enum check check_signature(const struct envelope *envelope, const struct core *core,
                           const uint8_t h[DIGEST], const struct sign_public *key,
                           struct root_cache *cache);
/* Route, every compartment present, ascending, of a legal size and of the signed digest;
   every capsule among the signed digests, one for each recipient, ascending; decoys ≤ 3. */
enum check check_parts(const struct envelope *envelope, const struct core *core,
                       const struct compartment_sizes *sizes);

/*
 * The copy for one recipient: core, capsule digests, signature, its own capsule, and the
 * compartments it may have; the route only when with_route.  Shares the bytes of
 * `envelope`; `compartments` has room for envelope->compartment_count.  Without a capsule
 * for that recipient, or with stub set, what is left is a stub: core, digests, signature.
 */
void strip_envelope(struct envelope *copy, struct sealed_compartment *compartments,
                    const struct envelope *envelope, uint32_t recipient,
                    const struct bits *may_have, bool with_route, bool stub);

#endif
