#ifndef KITH_CRYPTO_KEY_H
#define KITH_CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"

/*
 * Keys, one type for each purpose, so that swapping two does not compile.  Ed25519 and
 * X25519 keys are never converted into one another.
 */
struct sign_public {
    uint8_t bytes[32];
};
struct sign_secret {
    uint8_t bytes[64]; /* seed and public key, as libsodium keeps it */
};
struct signature {
    uint8_t bytes[64];
};
struct exchange_public {
    uint8_t bytes[32];
};
struct exchange_secret {
    uint8_t bytes[32];
};
/* Symmetric: a key-encryption key, a master key, a row's key, a federation's PSK. */
struct key {
    uint8_t bytes[32];
};

/* Call once before anything else of crypto; false when the library is unusable. */
bool crypto_start(void);

void random_fill(void *out, size_t len);
/* Uniform in 0 … below - 1. */
uint32_t random_below(uint32_t below);
/* Clears memory in a way that the compiler does not remove. */
void wipe(void *data, size_t len);
/* In constant time. */
bool same_secret(const void *a, const void *b, size_t len);

/* --- Ed25519 (RFC 8032), strict: non-canonical and small-order inputs are refused ----- */

void sign_make(struct sign_public *public, struct sign_secret *secret);
void sign_from_seed(struct sign_public *public, struct sign_secret *secret,
                    const uint8_t seed[32]);
void sign_public_of(struct sign_public *public, const struct sign_secret *secret);
void sign(struct signature *signature, struct bytes text, const struct sign_secret *secret);
bool sign_verify(const struct signature *signature, struct bytes text,
                 const struct sign_public *public);

/* --- X25519 (RFC 7748) ---------------------------------------------------------------- */

void exchange_make(struct exchange_public *public, struct exchange_secret *secret);
void exchange_public_of(struct exchange_public *public, const struct exchange_secret *secret);
/* ERR_FORGED when the result would be all zero (a low-order point). */
enum err exchange(struct key *shared, const struct exchange_secret *secret,
                  const struct exchange_public *public) MUST_CHECK;

/* --- XChaCha20-Poly1305 ----------------------------------------------------------------- */

enum { SEAL_TAG = 16, SEAL_NONCE = 24 };

/* With a key that is used for this one text and never again (it was derived from a hash
   of everything around it): the nonce is zero.  sealed: len + SEAL_TAG bytes, and may be
   where the text is. */
void seal_once(uint8_t *sealed, struct bytes text, const struct key *single_use);
/* text: sealed.len - SEAL_TAG bytes. */
enum err open_once(uint8_t *text, struct bytes sealed, const struct key *single_use) MUST_CHECK;

/* At rest: a random nonce goes before the sealed text, and `about` (what row this is) is
   bound to it.  sealed: SEAL_NONCE + len + SEAL_TAG bytes. */
void seal_at_rest(uint8_t *sealed, struct bytes text, struct bytes about,
                  const struct key *key);
enum err open_at_rest(uint8_t *text, struct bytes sealed, struct bytes about,
                      const struct key *key) MUST_CHECK;

/* --- Text forms --------------------------------------------------------------------------- */

/* Standard base64 with padding; text has room for base64_length(len) + 1 characters. */
size_t base64_length(size_t len);
void base64_write(char *text, const void *data, size_t len);
/* Exactly len bytes, no white space, canonical. */
bool base64_read(void *data, size_t len, const char *text, size_t text_len);
/* Any length up to max; *len is set. */
bool base64_read_any(void *data, size_t max, size_t *len, const char *text, size_t text_len);
/* The same for web addresses and command lines: - and _, no padding. */
size_t base64url_length(size_t len);
void base64url_write(char *text, const void *data, size_t len);
bool base64url_read_any(void *data, size_t max, size_t *len, const char *text, size_t text_len);

#endif
