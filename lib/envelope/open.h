#ifndef KITH_ENVELOPE_OPEN_H
#define KITH_ENVELOPE_OPEN_H

#include "core/bits.h"
#include "envelope/batch.h"
#include "envelope/core.h"

/* From a delivered copy to fragments, at the recipient. */

/* Shared secrets by (epk, intake key), bounded; wiped when freed or pushed out. */
struct opener;

struct opener *opener_new(void);
void opener_free(struct opener **opener);

/* An intake key of mine.  Several may be alive at once; the capsule's kid says which. */
struct intake_secret {
    struct exchange_public public;
    struct exchange_secret secret;
};

struct open_order {
    uint32_t me;
    const struct intake_secret *intake;
    size_t intake_count;
    const struct key *psk; /* that of core.psk_epoch; NULL for epoch 0 */
    const struct sign_public *sender_key;
    const struct bits *ceiling; /* compartments that the agreement could ever give me */
    unsigned compartment_count; /* as the agreement has it for this kind */
};

/* What was in the capsule, and the compartments opened: fragments[i] belongs to
   compartment numbers[i], ascending, 0 first.  Owns its memory. */
struct opened {
    uint64_t stream_seq;
    uint8_t h[DIGEST];
    struct bits over_wrapped; /* keys beyond my ceiling: not used; an alarm */
    struct bits withheld;     /* keys whose compartment did not come: an alarm */
    size_t count;
    uint16_t numbers[COMPARTMENTS_MAX];
    struct bytes fragments[COMPARTMENTS_MAX];
    void *memory;
    size_t memory_len;
};

/*
 * Verifies the signature first, then opens; core is what core_read found in
 * envelope->core.  On any failure nothing of the content is left in *opened and the check
 * that failed is returned: CHECK_COMMITMENT for a ciphertext that opens under a key that was
 * not committed to, among others.
 *
 * Two alarms do not keep the rest from being read, for a concern is not lost over them: a
 * key beyond the ceiling (opened->over_wrapped) and a key whose compartment did not come
 * (opened->withheld).  The answer is then CHECK_OK and the caller looks at both.  Only
 * compartment 0, without which nothing can be understood, is refused when it is missing:
 * CHECK_WITHHELD.
 */
enum check open_envelope(struct opened *opened, const struct envelope *envelope,
                         const struct core *core, const struct open_order *order,
                         struct opener *opener, struct root_cache *cache);
void opened_wipe(struct opened *opened);

#endif
