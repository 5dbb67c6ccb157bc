#ifndef KITH_TESTS_FEDERATION_PEOPLE_H
#define KITH_TESTS_FEDERATION_PEOPLE_H

#include "../check.h"

#include "core/instant.h"
#include "crypto/key.h"
#include "crypto/minisig.h"
#include "federation/document.h"

/* The people and the days of these tests. */

struct signer {
    struct minisign_public public;
    struct sign_secret secret;
};

static inline struct signer
a_signer(uint8_t which)
{
    struct signer signer;
    uint8_t seed[32];

    memset(seed, which, sizeof(seed));
    memset(signer.public.key_id, which, sizeof(signer.public.key_id));
    sign_from_seed(&signer.public.key, &signer.secret, seed);
    return signer;
}

static inline struct instant
at(const char *text)
{
    struct instant instant = { 0 };

    assert_true(instant_read(&instant, text));
    return instant;
}

static inline struct day
on(const char *text)
{
    struct day day = { 0 };

    assert_true(day_read(&day, text));
    return day;
}

#define NOON "2026-11-25T12:00:00Z"

#endif
