#include "crypto/hash.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(struct hash) >= sizeof(crypto_generichash_blake2b_state), "hash state");
_Static_assert(_Alignof(struct hash) >= _Alignof(crypto_generichash_blake2b_state),
               "alignment");
_Static_assert(HASH_KEY == crypto_generichash_blake2b_KEYBYTES, "hash key");
_Static_assert(DIGEST == crypto_generichash_blake2b_BYTES, "digest");

struct personal {
    uint8_t bytes[crypto_generichash_blake2b_PERSONALBYTES];
};

static struct personal
personal_of(const char *person)
{
    struct personal personal = { { 0 } };
    size_t len = strlen(person);

    assert(len <= sizeof(personal.bytes));
    memcpy(personal.bytes, person, len);
    return personal;
}

void
hash_begin(struct hash *hash, size_t len, const char *person, const uint8_t *key)
{
    struct personal personal = personal_of(person);
    int failed;

    failed = crypto_generichash_blake2b_init_salt_personal(
        (void *)hash->state, key, key ? HASH_KEY : 0, len, NULL, personal.bytes);
    assert(!failed);
    (void)failed;
}

void
hash_add(struct hash *hash, const void *data, size_t len)
{
    crypto_generichash_blake2b_update((void *)hash->state, data, len);
}

void
hash_end(struct hash *hash, uint8_t *digest, size_t len)
{
    int failed = crypto_generichash_blake2b_final((void *)hash->state, digest, len);

    assert(!failed);
    (void)failed;
    sodium_memzero(hash, sizeof(*hash));
}

void
hash_of(uint8_t *digest, size_t len, const char *person, const uint8_t *key, struct bytes input)
{
    struct personal personal = personal_of(person);
    int failed;

    failed = crypto_generichash_blake2b_salt_personal(digest, len, input.data, input.len, key,
                                                      key ? HASH_KEY : 0, NULL, personal.bytes);
    assert(!failed);
    (void)failed;
}

uint64_t
short_hash(const uint8_t secret[SHORT_KEY], struct bytes input)
{
    uint8_t out[crypto_shorthash_siphash24_BYTES];

    _Static_assert(SHORT_KEY == crypto_shorthash_siphash24_KEYBYTES, "short hash key");
    _Static_assert(sizeof(out) == 8, "short hash");
    crypto_shorthash_siphash24(out, input.data, input.len, secret);
    return get_le64(out);
}
