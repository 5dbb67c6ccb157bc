#ifndef KITH_ENVELOPE_CORE_H
#define KITH_ENVELOPE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "crypto/hash.h"
#include "crypto/key.h"

/*
 * The sealed envelope, suite 1: what is signed, what is hashed, and the form in which its
 * parts are held in memory.  doc/protocol.md describes it byte by byte.
 */
enum {
    SUITE = 1,
    MSG_ID = 16,
    HANDLE = 16,
    KID = 8,
    CORE_FIXED = 228, /* bytes before the compartment digests */
    ROUTE = 36,       /* LE32 0 | handle 16 | salt 16 */
    COMPARTMENTS_MAX = 256,
    RECIPIENTS_MAX = 256,
    DECOYS_MAX = 3,
    BATCH_MAX = 64,       /* messages under one signature, as we sign */
    BATCH_PATH_MAX = 20,  /* levels, as we accept */
    SIZE_CLASS_MIN = 256, /* size classes: 256 * 2^k */
    SIZE_CLASS_MAX = 64 * 1024,
    ENVELOPE_MAX = 2 * 1024 * 1024, /* bytes of a packed envelope */
    LIFETIME_MIN_S = 24 * 60 * 60,  /* nobody makes a message expire before it can arrive */
    LIFETIME_MAX_S = 14 * 24 * 60 * 60,
    WINDOW_AHEAD_MS = 5 * 60 * 1000,
    WINDOW_BEHIND_MS = 15 * 60 * 1000
};

enum release {
    RELEASE_ORIGINAL,
    RELEASE_LATE,
    RELEASE_BREAK_GLASS,
    RELEASE_CORRECT,
    RELEASE_RETRACT
};

/* The signed core.  digests: one DIGEST for each compartment. */
struct core {
    uint32_t suite, sender, sender_key;
    uint8_t msg_id[MSG_ID];
    uint64_t created_ms;
    uint32_t ttl_s; /* from its acceptance; 0 and more than LIFETIME_MAX_S: that */
    uint32_t kind;
    uint8_t policy_hash[DIGEST];
    uint32_t registry_version;
    uint32_t psk_epoch;
    uint32_t release;
    uint8_t prior[DIGEST];
    struct exchange_public epk;
    uint64_t sth_size;
    uint8_t sth_root[DIGEST];
    uint8_t route_digest[DIGEST];
    uint16_t compartment_count;
    const uint8_t *digests; /* borrowed from the bytes it was read from */
};

/* LE16 c | key commitment | body, the ciphertext of one compartment. */
struct sealed_compartment {
    uint32_t c;
    struct bytes commitment; /* KC_c, DIGEST bytes */
    struct bytes body;
};

/* The compartment keys for one recipient. */
struct capsule {
    uint32_t recipient;
    struct bytes kid; /* KID bytes */
    struct bytes ct;
};

/* One Ed25519 signature over a tree of up to n headers, and where this one stands in it. */
struct batch_signature {
    struct bytes signature; /* 64 bytes */
    uint32_t n, index;
    struct bytes path; /* DIGEST bytes a level, from the leaf up */
};

/* An envelope or what is left of one: a view into bytes that somebody else owns. */
struct envelope {
    struct bytes core;
    struct bytes capsule_digests; /* DIGEST bytes each, sorted, decoys among them */
    struct batch_signature batch;
    struct bytes route;                            /* ROUTE bytes, or none */
    const struct sealed_compartment *compartments; /* ascending c */
    size_t compartment_count;
    const struct capsule *capsules;
    size_t capsule_count;
};

/* Every check that an envelope can fail, so that a refusal can say which. */
enum check {
    CHECK_OK = 0,
    CHECK_FORM, /* a length or a count is impossible */
    CHECK_SUITE,
    CHECK_SENDER,     /* not who is connected, or no such agency */
    CHECK_SENDER_KEY, /* not a key of the sender, or not valid at the time */
    CHECK_SIGNATURE,
    CHECK_WINDOW, /* created too long ago or in the future */
    CHECK_REPLAY, /* same message id, another message: EQUIVOCATION */
    CHECK_POLICY, /* sealed under an agreement that is not in force */
    CHECK_ROUTE,
    CHECK_COMPARTMENTS,    /* not the number, order or sizes that the agreement gives */
    CHECK_COMPARTMENT,     /* a compartment's digest does not hold */
    CHECK_CAPSULE,         /* a capsule not among the signed ones, or one too many */
    CHECK_CAPSULE_MISSING, /* none for MASH or for children's social care */
    CHECK_RECIPIENT,       /* a recipient that is unknown, or gets nothing of this kind */
    CHECK_GRANT,           /* no live grant for a recipient that needs one */
    CHECK_NOT_FOR_ME,      /* capsule for another agency or another key */
    CHECK_OPEN,            /* a capsule or a compartment does not open */
    CHECK_COMMITMENT,      /* opens, under a key that was not committed to */
    CHECK_OVER_WRAP,       /* a key for a compartment that I may not have */
    CHECK_WITHHELD,        /* a key for a compartment that did not come */
    CHECK_MISFILED,        /* a field in a compartment where it does not belong */
    CHECK_MISROUTED,       /* about a record that is not mine, or another child */
    CHECK_SUSPENDED,       /* the sender is shut out of the federation for now */
    CHECK_COUNT
};

/* The words that go to an authenticated peer and into the log. */
const char *check_text(enum check check);
/* "OVER-WRAP", "WITHHELD", …; the short name of any check in capitals. */
const char *check_name(enum check check);

/* Reads the fixed layout; every length exact.  CHECK_FORM or CHECK_SUITE otherwise. */
enum check core_read(struct core *core, struct bytes bytes);
/* Appends it; digests must hold compartment_count of them. */
void core_write(struct buffer *out, const struct core *core);

/* How long it waits for a recipient after it was accepted. */
uint64_t core_lifetime_ms(const struct core *core);

void core_hash(uint8_t digest[DIGEST], struct bytes core);
/* H, the message's only identity everywhere: over core hash and capsule digests. */
void header_hash(uint8_t digest[DIGEST], struct bytes core, struct bytes capsule_digests);
void kid_of(uint8_t kid[KID], const struct exchange_public *key);
void route_write(uint8_t route[ROUTE], const uint8_t handle[HANDLE], const uint8_t salt[16]);
void route_digest(uint8_t digest[DIGEST], struct bytes route);
/* ref of a grant: B(16, "kith1.ref", LE32 publisher | handle, key = k). */
void ref_of(uint8_t ref[16], uint32_t publisher, const uint8_t handle[HANDLE],
            const struct key *k);

#endif
