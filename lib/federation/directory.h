#ifndef KITH_FEDERATION_DIRECTORY_H
#define KITH_FEDERATION_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/instant.h"
#include "federation/document.h"
#include "federation/grant.h"
#include "federation/intake.h"
#include "federation/registry.h"
#include "federation/suspension.h"

/*
 * What a node knows of its federation, read whole from a folder of public documents:
 *
 *     trust                                          given by hand
 *     registry            registry.SIGNER.minisig …
 *     agreement.policy    agreement.policy.SIGNER.minisig …
 *     intake/AGENCY.intake
 *     grants
 *     suspensions/AGENCY.suspension   AGENCY.suspension.SIGNER.minisig …
 *     suspensions/AGENCY.lift         AGENCY.lift.SIGNER.minisig …
 *
 * The last three need not be there.  Loading changes nothing: a caller that already has a
 * federation keeps it until the new one is whole, and swaps the pointer.  Whatever does not
 * verify is refused by file and reason.
 */
struct federation;

enum { AGREEMENT_MAX = 1024 * 1024, SIGNATURES_MAX = 64 };

/*
 * current: what is in force, or NULL at start.  A version may only go up; the same version
 * must be the same bytes, the next one must name its predecessor, and no registry may
 * forget or change an agency's number, name or signing keys.  The trust file may not
 * change.  least_…: the highest versions this node has ever seen (0: none), which it has
 * written down; anything lower was rolled back and is refused.
 *
 * An intake key or grant that was properly signed by a key whose days have been ended since,
 * and the intake keys of an agency that is not (yet) listed, are left out and counted: to
 * revoke a key must not stop a node.
 */
enum err federation_load(struct federation **federation, const char *folder,
                         const struct federation *current, uint32_t least_registry,
                         uint32_t least_agreement, struct why *why) MUST_CHECK;
/*
 * The same, with a second folder of what the broker gave us, which need not be there: of
 * registry and agreement the higher version counts, and of intake keys and grants what was
 * fetched in place of what was put there by hand.  Nothing of it is believed that does not
 * verify; it is then left out, and counted.
 */
enum err federation_load_fetched(struct federation **federation, const char *folder,
                                 const char *fetched, const struct federation *current,
                                 uint32_t least_registry, uint32_t least_agreement,
                                 struct why *why) MUST_CHECK;
void federation_free(struct federation **federation);

const struct trust *federation_trust(const struct federation *federation);
const struct registry *federation_registry(const struct federation *federation);

/* "registry" or "agreement.policy". */
const char *document_file_name(enum document_kind kind);
/* Is a file of that name a signature of it?  registry.SIGNER.minisig */
bool document_is_signature(const char *file, enum document_kind kind);

/* A document as it was signed.  Borrowed from the federation. */
struct signed_document {
    struct bytes text;
    uint8_t digest[DIGEST];
    struct document_line line;
    const struct bytes *minisigs;
    size_t minisig_count;
};
const struct signed_document *federation_document(const struct federation *federation,
                                                  enum document_kind kind);

/*
 * The newest intake key of that agency that may be sealed to now, and *fresh is set; when
 * there is none, the last one known, *fresh cleared: who must always be told is told
 * even so, also by whoever's clock is behind.  NULL when none was ever published.
 */
const struct intake_key *federation_intake(const struct federation *federation, uint32_t agency,
                                           struct instant now, bool *fresh);

/* When the last of its published keys ends, in milliseconds since 1970; 0 without one. */
int64_t federation_intake_until(const struct federation *federation, uint32_t agency);

const struct grant_table *federation_grants(const struct federation *federation);

/*
 * The suspensions that at least one registry signer has signed, and the lifts that as many
 * have signed as sign a registry.  Which of them are in force is decided where the agreement
 * and what was in force before are known (agreement/suspended.h).
 */
size_t federation_suspension_count(const struct federation *federation);
const struct suspension *federation_suspension_at(const struct federation *federation,
                                                  size_t i);
size_t federation_lift_count(const struct federation *federation);
const struct lift *federation_lift_at(const struct federation *federation, size_t i);

/* Reads folder/suspensions again, and fetched/suspensions (fetched may be NULL), and nothing
   else: it must not have to wait for the rest of a folder that is being changed.  On an error
   everything is as it was. */
enum err federation_read_suspensions(struct federation *federation, const char *folder,
                                     const char *fetched, struct why *why) MUST_CHECK;
/* Of that agency; NULL when there is none, or it is lifted by a lift that stands beside it. */
const struct suspension *federation_suspension_of(const struct federation *federation,
                                                  uint32_t agency);
/* A number that changes with anything in folder/suspensions. */
uint64_t federation_suspensions_mark(const char *folder);

/* How many intake keys, grants, suspensions and lifts were left out: more than none deserves
   an alarm. */
size_t federation_left_out(const struct federation *federation);
/* The reason for one of them; "" when there is none. */
const char *federation_left_out_why(const struct federation *federation);
/* One more of the suspensions or lifts, until they are read again. */
void federation_leave_out(struct federation *federation, const struct why *why);

#endif
