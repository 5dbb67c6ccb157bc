#ifndef KITH_AGREEMENT_AGREEMENT_H
#define KITH_AGREEMENT_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bits.h"
#include "core/err.h"
#include "core/instant.h"
#include "envelope/check.h"
#include "federation/registry.h"
#include "policy/policy.h"

/*
 * The sharing agreement as broker and agents enforce it: compiled, with the digest by
 * which sealed cores name it, and its agency names bound to the registry's numbers.
 *
 * A node keeps every agreement it has had in force in an archive folder, for a message may
 * have waited while the agreement changed: compartments mean what they meant when the
 * message was sealed.
 */
enum { AGREEMENT_OVERLAP_MS = 24 * 60 * 60 * 1000 };

struct agreement {
    uint8_t digest[DIGEST];
    struct instant adopted; /* when this node first had it in force */
    struct policy *policy;
    struct compartment_sizes sizes[KIND_CONTROL + 1];
};

/*
 * Compiles text and runs its examples.  Problems of the text are put into *why as a
 * sentence that names file, line and column of the first.  file names it there.
 */
enum err agreement_read(struct agreement **agreement, struct bytes text,
                        const uint8_t digest[DIGEST], const char *file, struct instant adopted,
                        struct why *why) MUST_CHECK;
void agreement_free(struct agreement **agreement);

/* The place of an agency of the registry in the agreement, or -1: it gets nothing. */
int agreement_member(const struct agreement *agreement, const struct agency *agency);

/* What an agency can be given of a kind by an agreement that is no longer the current one:
   those compartments of `old` of which every (field, form) is also within the ceiling of
   `current`. */
struct bits agreement_common_ceiling(const struct agreement *old,
                                     const struct agreement *current,
                                     const struct agency *agency, enum kind kind,
                                     struct day day);
struct bits agreement_ceiling(const struct agreement *agreement, const struct agency *agency,
                              enum kind kind, struct day day);

/* The agreements a node knows: the one in force, and those before it. */
struct agreements;

/*
 * The agreement `text` is in force from now on; those of the archive are known, too.  A
 * text that is new to the archive is written there first.  The archive folder must exist.
 * version: what the signed first line says; the header that people read must say the same,
 * else ERR_REFUSED.
 */
enum err agreements_open(struct agreements **agreements, struct bytes text, uint32_t version,
                         const uint8_t digest[DIGEST], const char *archive, struct instant now,
                         struct why *why) MUST_CHECK;
void agreements_free(struct agreements **agreements);

const struct agreement *agreements_current(const struct agreements *agreements);
/* NULL when unknown. */
const struct agreement *agreements_named(const struct agreements *agreements,
                                         const uint8_t digest[DIGEST]);
/* The one that was in force here at that time; the oldest known for a time before it. */
const struct agreement *agreements_at(const struct agreements *agreements, struct instant then);
/* May a message sealed under this one be accepted now?  The current one, and for 24 hours
   the one before it. */
bool agreements_accept(const struct agreements *agreements, const struct agreement *agreement,
                       struct instant now);

#endif
