#ifndef KITH_FEDERATION_INVITE_H
#define KITH_FEDERATION_INVITE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "crypto/hash.h"
#include "crypto/key.h"
#include "federation/document.h"
#include "federation/name.h"

/*
 * The one line by which an agency joins: "kith1:" and base64url of
 *
 *     version 1 | 1 if it is a demonstration, else 0 | LE64 expires, ms | LE32 agency number | LE32 least registry version
 *     | LE32 least agreement version | LE32 epoch of the pre-shared key
 *     | digest of the trust 32 | broker's transport key 32 | one-time secret 32
 *     | pre-shared key 32 | length 1, federation | length 1, agency | length 1, endpoint
 *     | first 4 bytes of B(16, "kith1.invite", all of this)
 *
 * Whoever has it can ask to join once, until it expires, and can read the pre-shared key: it
 * is handed over like a key.  It lets nobody in: people compare six words, and registry
 * signers sign.  Pure.
 */
enum { ENDPOINT_MAX_LEN = 200, INVITE_LINE_MAX = 1024 };

struct invite {
    char federation[NAME_MAX_LEN + 1];
    char agency[NAME_MAX_LEN + 1];
    char endpoint[ENDPOINT_MAX_LEN + 1];
    bool demonstration; /* nothing in the federation is real */
    uint32_t number;    /* that the agency will have */
    uint32_t least_registry, least_agreement;
    struct instant expires;
    uint8_t trust[DIGEST]; /* see trust_digest */
    struct exchange_public broker;
    struct exchange_secret secret; /* one-time */
    uint32_t psk_epoch;
    struct key psk;
};

/* B(32, "kith1.trust", the trust as trust_write writes it). */
void trust_digest(uint8_t digest[DIGEST], const struct trust *trust);

/* Appends the line without a newline. */
void invite_write(struct buffer *out, const struct invite *invite);
/* White space in it is nothing: mail breaks long lines. */
enum err invite_read(struct invite *invite, struct bytes line, struct why *why) MUST_CHECK;

#endif
