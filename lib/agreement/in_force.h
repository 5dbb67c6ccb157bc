#ifndef KITH_AGREEMENT_IN_FORCE_H
#define KITH_AGREEMENT_IN_FORCE_H

#include "agreement/agreement.h"
#include "agreement/suspended.h"
#include "core/err.h"
#include "core/file.h"
#include "core/instant.h"
#include "federation/directory.h"

/*
 * What a node goes by: one registry, one agreement (and those before it), the grants.
 * Read whole, and exchanged whole between two messages; a broken file leaves the one in
 * force.
 */
struct member {
    const struct agency *agency;
    int place; /* in the agreement now in force */
};

struct in_force {
    struct federation *federation;
    struct agreements *agreements;
    /* MASH and children's social care: every concern and every statement of needs must
       have a capsule for each of them. */
    struct member *always_told;
    size_t always_told_count;
    /* All who hear of all children, the above among them. */
    struct member *hear_of_all;
    size_t hear_of_all_count;
    struct suspended suspended;
};

/* directory: the federation's public documents; archive: this node's own memory of
   agreements; current: what is in force now, NULL at start. */
enum err in_force_read(struct in_force **in_force, const char *directory, const char *archive,
                       const struct in_force *current, struct instant now,
                       struct why *why) MUST_CHECK;
/* Reads only who is suspended again.  On an error everything is as it was. */
enum err in_force_read_suspensions(struct in_force *in_force, const char *directory,
                                   const char *archive, struct instant now,
                                   struct why *why) MUST_CHECK;
/* Bare keys, as `demo` says that ours are, have no place in a federation that is real. */
enum err in_force_allows_demo(const struct in_force *in_force, bool demo,
                              struct why *why) MUST_CHECK;
/* Where in the archive what the broker gave lies: of what stands in `directory` and there the
   newer counts (federation_load_fetched). */
enum err in_force_fetched(char path[FILE_PATH_MAX], const char *archive,
                          struct why *why) MUST_CHECK;
void in_force_free(struct in_force **in_force);

/*
 * What that agency may have of an envelope that was sealed under `agreement` and accepted
 * at that time: within that agreement's ceiling of that day, and, if another one was in
 * force by then, within that one's, too.  A later change is not retroactive.  Broker and
 * recipient both go by this.
 */
struct bits in_force_ceiling(const struct in_force *in_force, const struct agreement *agreement,
                             const struct agency *agency, enum kind kind, uint64_t accepted_ms);

/* MASH, or children's social care? */
bool in_force_always_tells(const struct in_force *in_force, uint32_t agency);

/* Is it told without a grant?  Only when both of those agreements say so. */
bool in_force_hears_of_all(const struct in_force *in_force, const struct agreement *agreement,
                           const struct agency *agency, uint64_t accepted_ms);

/* Nothing is taken from it, nothing given to it, nothing sealed to it.  Who is always told
   may be suspended, too, and then need not be told. */
bool in_force_is_suspended(const struct in_force *in_force, uint32_t agency);
/* Does that agency get a mere stub of what was accepted then?  Suspended, or suspended until
   after that time: what waited for stolen keys never goes out. */
bool in_force_withholds(const struct in_force *in_force, uint32_t agency, uint64_t accepted_ms);

#endif
