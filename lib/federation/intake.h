#ifndef KITH_FEDERATION_INTAKE_H
#define KITH_FEDERATION_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "crypto/key.h"

/*
 * The key that messages to an agency are sealed to.  The agency makes a new one every few
 * days and signs it:
 *
 *     label16 "kith1.sig.intake" | LE32 agency | LE32 signing key | pk 32 | LE64 not before
 *     | LE64 not after
 */
struct intake_key {
    uint32_t agency, signing_key;
    struct exchange_public key;
    uint64_t not_before_ms, not_after_ms; /* for sealing to it; both inclusive */
    struct signature signature;
};

enum {
    INTAKE_BODY = 16 + 4 + 4 + 32 + 8 + 8,
    INTAKE_SEAL_MS = 7 * 24 * 60 * 60 * 1000, /* the longest that one may be sealed to */
    INTAKE_KEYS_MAX = 8,                      /* of one agency at a time */
    INTAKE_FILE_MAX = 4096
};

void intake_sign(struct intake_key *intake, const struct sign_secret *secret);
/* The signature, and that the span is no longer than it may be. */
bool intake_verify(const struct intake_key *intake, const struct sign_public *key);
bool intake_is_valid(const struct intake_key *intake, struct instant now);

/*
 * An agency's intake keys as it publishes them, a line for each:
 *
 *     kith intake 100 key 1 PK from 2026-11-25T10:00:00Z to 2026-12-02T10:00:00Z signed SIG
 *
 * Reading checks the form only; keys has room for INTAKE_KEYS_MAX.  why names the line.
 */
enum err intake_file_read(struct intake_key *keys, size_t *count, struct bytes text,
                          struct why *why) MUST_CHECK;
/* One line of it; false when it is not one as Kith writes it. */
bool intake_line_read(struct intake_key *key, struct bytes line);
void intake_file_add(struct buffer *out, const struct intake_key *key);

#endif
