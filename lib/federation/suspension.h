#ifndef KITH_FEDERATION_SUSPENSION_H
#define KITH_FEDERATION_SUSPENSION_H

#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "crypto/hash.h"
#include "federation/document.h"
#include "federation/name.h"

/*
 * An agency is shut out by a text of one line,
 *
 *     kith suspension FEDERATION agency NUMBER NAME since TIME
 *
 * which registry signers sign as they sign a registry; it can only take away.  How many
 * must have signed depends on the agency's type, which the agreement says
 * (agreement/suspended.h).  It is ended by
 *
 *     kith lift FEDERATION agency NUMBER NAME of DIGEST at TIME
 *
 * signed by as many as sign a registry.  DIGEST: 64 hex digits of the digest of the text of
 * the suspension.  TIME: RFC 3339, UTC.  There is one way to write each, and none of them
 * begins as another document does, so that no signature of one can be offered for another.
 * Pure.
 */
enum { SUSPENSION_MAX = 512 };

struct suspension {
    char federation[FEDERATION_NAME_MAX + 1];
    uint32_t agency;
    char name[NAME_MAX_LEN + 1];
    struct instant since;
    uint8_t digest[DIGEST]; /* of the text: B(32, "kith1.suspension", text) */
    uint32_t signers;       /* different registry signers who signed it; a reader says 0 */
};

struct lift {
    char federation[FEDERATION_NAME_MAX + 1];
    uint32_t agency;
    char name[NAME_MAX_LEN + 1];
    uint8_t of[DIGEST]; /* the digest of the suspension that it ends */
    struct instant at;
};

enum err suspension_read(struct suspension *suspension, struct bytes text,
                         struct why *why) MUST_CHECK;
/* Without the digest, which is that of what is written. */
void suspension_write(struct buffer *out, const struct suspension *suspension);
void suspension_digest(uint8_t digest[DIGEST], struct bytes text);

enum err lift_read(struct lift *lift, struct bytes text, struct why *why) MUST_CHECK;
void lift_write(struct buffer *out, const struct lift *lift);

#endif
