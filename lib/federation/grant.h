#ifndef KITH_FEDERATION_GRANT_H
#define KITH_FEDERATION_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "envelope/batch.h"
#include "federation/intake.h"
#include "federation/registry.h"

/*
 * A grant: the index's word that messages which `publisher` sends about its record `handle`
 * are about a child that `recipient` is responsible for.  Body, 76 bytes:
 *
 *     LE32 publisher | handle 16 | LE32 recipient | ref 16 | LE32 basis | LE64 from_ms
 *     | LE32 to_day | grant id 20
 *
 * Signed in batches under LABEL_GRANT.  A grant to recipient 0 gives nobody anything: it is
 * the index's answer that the record is known, which ends first contact.
 *
 * On the basis REVOKED it gives nothing either: it ends every grant of that publisher, on that
 * handle (all zeros: on any), to that recipient, whose from_ms is not after its own.
 */
enum { GRANT_BODY = 76, GRANT_ID = 20, REF = 16 };

enum basis {
    BASIS_ENROLMENT = 1,
    BASIS_GP_REGISTER = 2,
    BASIS_ALLOCATION = 3,
    BASIS_OPEN_REFERRAL = 4,
    BASIS_OTHER = 5,
    BASIS_REVOKED = 6
};

struct grant {
    uint32_t publisher, recipient;
    uint8_t handle[HANDLE];
    uint8_t ref[REF];
    enum basis basis;
    uint64_t from_ms;
    uint32_t to_day; /* days since 1970-01-01, inclusive */
    uint8_t id[GRANT_ID];
};

void grant_write(uint8_t body[GRANT_BODY], const struct grant *grant);
enum err grant_read(struct grant *grant, struct bytes body) MUST_CHECK;
bool grant_is_live(const struct grant *grant, struct instant now);

/* A grant as it travels. */
struct signed_grant {
    struct bytes body;
    struct batch_signature batch;
};
enum check grant_verify(struct grant *grant, const struct signed_grant *signed_grant,
                        uint32_t index_key_number, const struct sign_public *index_key,
                        struct root_cache *cache);
/* Under whichever of the index's keys was valid on the day from which the grant holds; a
   grant does not say which. */
enum check grant_verify_listed(struct grant *grant, const struct signed_grant *signed_grant,
                               const struct registry *registry, struct root_cache *cache);

/*
 * Verified grants by (publisher, handle).  Owns copies of what it holds.
 */
struct grant_table;

struct grant_table *grant_table_new(void);
void grant_table_free(struct grant_table **table);
/* A grant with an id that is there already changes nothing. */
void grant_table_add(struct grant_table *table, const struct grant *grant,
                     const struct signed_grant *signed_grant);
size_t grant_table_count(const struct grant_table *table);

struct held_grant {
    struct grant grant;
    struct signed_grant as_signed; /* borrowed from the table */
};
/* Each grant on that record, live or not, until it returns false. */
void grant_table_each(const struct grant_table *table, uint32_t publisher,
                      const uint8_t handle[HANDLE],
                      bool (*each)(void *context, const struct held_grant *held),
                      void *context);
/* Each grant under which that agency publishes, in the order of their ids. */
void grant_table_of_publisher(const struct grant_table *table, uint32_t publisher,
                              bool (*each)(void *context, const struct held_grant *held),
                              void *context);
/* Has the index ended it since? */
bool grant_table_revoked(const struct grant_table *table, const struct grant *grant);
/* The live grant for that recipient that is not revoked, or NULL. */
const struct held_grant *grant_table_live(const struct grant_table *table, uint32_t publisher,
                                          const uint8_t handle[HANDLE], uint32_t recipient,
                                          struct instant now);
const struct held_grant *grant_table_by_id(const struct grant_table *table,
                                           const uint8_t id[GRANT_ID]);
/* Has the index answered for that record? */
bool grant_table_answered(const struct grant_table *table, uint32_t publisher,
                          const uint8_t handle[HANDLE]);

#endif
