#ifndef KITH_TESTS_FEDERATION_GRANTS_H
#define KITH_TESTS_FEDERATION_GRANTS_H

#include "people.h"

#include "federation/grant.h"

/* A grant number n: on record n of agency 100, for agency 7, in November 2026. */
static inline struct grant
a_grant(uint32_t n)
{
    struct grant grant = {
        .publisher = 100,
        .recipient = 7,
        .basis = BASIS_ENROLMENT,
        .from_ms = (uint64_t)at("2026-11-01T00:00:00Z").ms,
        .to_day = (uint32_t)on("2026-11-30").number,
    };

    put_le32(grant.handle, n);
    put_le32(grant.id, n);
    grant.ref[0] = 0xaa;
    return grant;
}

/* Grants signed by the index, as they travel. */
struct signed_batch {
    uint8_t bodies[BATCH_MAX][GRANT_BODY];
    struct batch *batch;
};

static inline void
sign_grants(struct signed_batch *batch, const struct grant *grants, uint32_t count,
            uint32_t key_number, const struct sign_secret *secret)
{
    uint8_t leaves[BATCH_MAX][DIGEST];

    for (uint32_t i = 0; i < count; i++) {
        grant_write(batch->bodies[i], &grants[i]);
        leaf_hash(leaves[i], bytes_of(batch->bodies[i], GRANT_BODY));
    }
    batch->batch = batch_sign(LABEL_GRANT, AGENCY_NUMBER_INDEX, key_number,
                              (const uint8_t(*)[DIGEST])leaves, count, secret);
}

static inline struct signed_grant
signed_grant_at(const struct signed_batch *batch, uint32_t i)
{
    return (struct signed_grant){ .body = bytes_of(batch->bodies[i], GRANT_BODY),
                                  .batch = batch_signature(batch->batch, i) };
}

#endif
