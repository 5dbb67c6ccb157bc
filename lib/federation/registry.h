#ifndef KITH_FEDERATION_REGISTRY_H
#define KITH_FEDERATION_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "crypto/key.h"
#include "federation/document.h"
#include "federation/name.h"

/*
 * The registry: who is in the federation, and with which keys.  A text that people can
 * read and that registry signers sign:
 *
 *     kith registry jersey version 2 replacing 6f0c…(64 hex digits)
 *
 *     agency 100 mash
 *       signing 1 k8Yf… from 2026-11-25 to 2027-11-25
 *       transport mZ3h… until 2026-12-02
 *       transport x0Qp…
 *     agency 7 st-helier-primary
 *       …
 *     broker transport 9sdK…
 *     index signing 1 AAbb… from 2026-11-25 to 2027-11-25
 *
 * A line "demonstration" says that nothing in it is real: only there may keys lie bare.
 *
 * Days are inclusive, a transport key without one ends with a later version.
 * Keys are base64.  Numbers, names and keys are unique and never reused; old signing keys
 * stay, with the days on which they were valid, for evidence.  An agency that has left
 * stays, too, without a transport key: it cannot connect.  A line beginning with # is a
 * comment.  Pure.
 */
enum {
    REGISTRY_MAX = 16 * 1024 * 1024,
    AGENCY_NAME_MAX = NAME_MAX_LEN,
    INDEX_KEYS_MAX = 64,
    DAY_NEVER = INT32_MAX,
    AGENCY_NUMBER_INDEX = 1 /* signs grants; not an agency unless listed as one */
};

struct signing_key {
    uint32_t number;
    struct sign_public key;
    struct day first, last; /* inclusive */
};

struct transport_key {
    uint8_t key[32]; /* CURVE public key */
    struct day last; /* inclusive; DAY_NEVER: no end is set */
};

struct agency {
    uint32_t number;                /* from 2 */
    char name[AGENCY_NAME_MAX + 1]; /* a-z, 0-9 and -, as in the agreement */
    const struct signing_key *signing;
    size_t signing_count;
    const struct transport_key *transport;
    size_t transport_count;
};

struct registry;

/* why names the line. */
enum err registry_read(struct registry **registry, struct bytes text,
                       struct why *why) MUST_CHECK;
void registry_free(struct registry **registry);
void registry_write(struct buffer *out, const struct registry *registry);

const char *registry_federation(const struct registry *registry);
uint32_t registry_version(const struct registry *registry);
const struct document_line *registry_line(const struct registry *registry);
size_t registry_agency_count(const struct registry *registry);
const struct agency *registry_agency_at(const struct registry *registry, size_t i);
/* NULL when there is none.  All in constant time on average. */
const struct agency *registry_agency(const struct registry *registry, uint32_t number);
const struct agency *registry_agency_named(const struct registry *registry, const char *name);
/* Whose key it is on that day. */
const struct agency *registry_agency_by_transport(const struct registry *registry,
                                                  const uint8_t transport[32], struct day day);
bool registry_is_demonstration(const struct registry *registry);
const uint8_t *registry_broker_transport(const struct registry *registry);
/* The key with that number if it is valid on that day, else NULL. */
const struct sign_public *registry_signing_key(const struct registry *registry, uint32_t agency,
                                               uint32_t key_number, struct day day);
/*
 * When no key of the agency is valid on that day: the one that ended last, which nobody
 * renewed in time, or, before all of them, the first to begin (a clock is behind).  What it
 * signs is heard by MASH and children's social care, and by nobody else.  NULL when a key is
 * valid.  So a stolen key is ended by listing another from that day on.
 */
const struct signing_key *registry_lapsed_key(const struct registry *registry, uint32_t agency,
                                              struct day day);
/* The key with that number if it is valid on that day, and *lapsed is cleared; if it is the
   agency's lapsed one, and *lapsed is set; else NULL. */
const struct sign_public *registry_key_or_lapsed(const struct registry *registry,
                                                 uint32_t agency, uint32_t key_number,
                                                 struct day day, bool *lapsed);
const struct sign_public *registry_index_key(const struct registry *registry,
                                             uint32_t key_number, struct day day);
/* All of the index's keys, whatever the day; NULL past the last. */
const struct signing_key *registry_index_key_at(const struct registry *registry, size_t i);

/*
 * Does `next`, of whatever later version, leave alone what must never change: every agency
 * is still listed under its number and name, and every signing key under its number?
 */
enum err registry_keeps_history(const struct registry *next, const struct registry *current,
                                struct why *why) MUST_CHECK;
/*
 * Is `next` a legal successor: same federation, version + 1, naming the digest of the
 * predecessor's text, and keeping history?
 */
enum err registry_may_replace(const struct registry *next, const struct registry *current,
                              const uint8_t current_digest[32], struct why *why) MUST_CHECK;

#endif
