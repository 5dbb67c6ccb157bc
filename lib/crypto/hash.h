#ifndef KITH_CRYPTO_HASH_H
#define KITH_CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

/*
 * BLAKE2b (RFC 7693) with a personalisation of up to 16 ASCII characters, NUL-padded.
 * The personalisation is the domain separation: no two uses share one.
 */
enum { DIGEST = 32, HASH_KEY = 32 };

/* A hash under way.  Holds secrets when it is keyed: hash_end wipes it. */
struct hash {
    _Alignas(64) unsigned char state[384];
};

/* len: 16 to 64 bytes of output; key: HASH_KEY bytes or NULL. */
void hash_begin(struct hash *hash, size_t len, const char *person, const uint8_t *key);
void hash_add(struct hash *hash, const void *data, size_t len);
void hash_end(struct hash *hash, uint8_t *digest, size_t len);

/* All at once. */
void hash_of(uint8_t *digest, size_t len, const char *person, const uint8_t *key,
             struct bytes input);

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012), for hash tables that others choose keys of: with
 * a secret of SHORT_KEY random bytes nobody can make keys that collide.  Not a digest.
 */
enum { SHORT_KEY = 16 };
uint64_t short_hash(const uint8_t secret[SHORT_KEY], struct bytes input);

#endif
