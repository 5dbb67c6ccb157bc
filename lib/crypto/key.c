#include "crypto/key.h"

#include <sodium.h>

_Static_assert(sizeof(struct sign_public) == crypto_sign_ed25519_PUBLICKEYBYTES, "sizes");
_Static_assert(sizeof(struct sign_secret) == crypto_sign_ed25519_SECRETKEYBYTES, "sizes");
_Static_assert(sizeof(struct signature) == crypto_sign_ed25519_BYTES, "sizes");
_Static_assert(crypto_sign_ed25519_SEEDBYTES == 32, "sizes");
_Static_assert(sizeof(struct exchange_public) == crypto_scalarmult_curve25519_BYTES, "sizes");
_Static_assert(sizeof(struct exchange_secret) == crypto_scalarmult_curve25519_SCALARBYTES,
               "sizes");
_Static_assert(sizeof(struct key) == crypto_scalarmult_curve25519_BYTES, "sizes");

bool
crypto_start(void)
{
    /* A library older than our headers may lack checks that we count on. */
    return sodium_init() >= 0 && sodium_library_version_major() == SODIUM_LIBRARY_VERSION_MAJOR
           && sodium_library_version_minor() >= SODIUM_LIBRARY_VERSION_MINOR;
}

void
random_fill(void *out, size_t len)
{
    randombytes_buf(out, len);
}

uint32_t
random_below(uint32_t below)
{
    return randombytes_uniform(below);
}

void
wipe(void *data, size_t len)
{
    sodium_memzero(data, len);
}

bool
same_secret(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

void
sign_make(struct sign_public *public, struct sign_secret *secret)
{
    crypto_sign_ed25519_keypair(public->bytes, secret->bytes);
}

void
sign_from_seed(struct sign_public *public, struct sign_secret *secret, const uint8_t seed[32])
{
    crypto_sign_ed25519_seed_keypair(public->bytes, secret->bytes, seed);
}

void
sign_public_of(struct sign_public *public, const struct sign_secret *secret)
{
    crypto_sign_ed25519_sk_to_pk(public->bytes, secret->bytes);
}

void
sign(struct signature *signature, struct bytes text, const struct sign_secret *secret)
{
    crypto_sign_ed25519_detached(signature->bytes, NULL, text.data, text.len, secret->bytes);
}

bool
sign_verify(const struct signature *signature, struct bytes text,
            const struct sign_public *public)
{
    return crypto_sign_ed25519_verify_detached(signature->bytes, text.data, text.len,
                                               public->bytes)
           == 0;
}

void
exchange_make(struct exchange_public *public, struct exchange_secret *secret)
{
    randombytes_buf(secret->bytes, sizeof(secret->bytes));
    exchange_public_of(public, secret);
}

void
exchange_public_of(struct exchange_public *public, const struct exchange_secret *secret)
{
    crypto_scalarmult_curve25519_base(public->bytes, secret->bytes);
}

enum err
exchange(struct key *shared, const struct exchange_secret *secret,
         const struct exchange_public *public)
{
    struct key product;
    int failed = crypto_scalarmult_curve25519(product.bytes, secret->bytes, public->bytes);

    if (!failed)
        *shared = product;
    sodium_memzero(&product, sizeof(product));
    return failed ? ERR_FORGED : ERR_OK;
}
