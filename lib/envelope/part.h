#ifndef KITH_ENVELOPE_PART_H
#define KITH_ENVELOPE_PART_H

#include "envelope/core.h"

/* The parts of an envelope, as sealing, checking and opening compute them alike.  For use
   within this folder. */

enum {
    CAPSULE_HEAD = 10,  /* LE64 stream_seq | LE16 n */
    CAPSULE_ENTRY = 34, /* LE16 c | z_c */
    DIGESTS_STEP = 4    /* capsule digests come in multiples of this */
};

/* The core without the compartment digests behind it. */
void core_write_fixed(uint8_t fixed[CORE_FIXED], const struct core *core);

/* What follows from a compartment's secret z_c and everything around it. */
struct compartment_keys {
    struct key key;
    uint8_t commitment[DIGEST];
};

void compartment_keys_of(struct compartment_keys *keys, const struct core *core, unsigned c,
                         const struct key *z);
void compartment_digest(uint8_t digest[DIGEST], const struct sealed_compartment *compartment);

/* Bytes of a capsule's ciphertext. */
size_t capsule_length(const struct core *core);
/* psk NULL: epoch 0. */
void capsule_key_of(struct key *kek, const struct key *shared, const struct core *core,
                    const uint8_t core_hash[DIGEST], const struct exchange_public *intake,
                    uint32_t recipient, const struct key *psk);
void capsule_digest(uint8_t digest[DIGEST], const struct capsule *capsule);

/* H from the hash of the core. */
void header_hash_from(uint8_t digest[DIGEST], const uint8_t core_hash[DIGEST],
                      struct bytes capsule_digests);

/* A possible number of them, in strictly ascending order. */
bool digests_are_sound(struct bytes capsule_digests);
bool digests_have(struct bytes capsule_digests, const uint8_t digest[DIGEST]);

/* Smallest size class with room for a fragment of len bytes and its padding; 0: none. */
size_t size_class_of(size_t len);
bool is_size_class(size_t size);
/* The fragment, 0x80, zeros up to size.  len < size. */
void pad(uint8_t *padded, size_t size, struct bytes fragment);
/* Takes the padding off; false when there is none. */
bool unpad(struct bytes *fragment, struct bytes padded);

#endif
