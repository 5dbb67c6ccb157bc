#ifndef KITH_AGREEMENT_SUSPENDED_H
#define KITH_AGREEMENT_SUSPENDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agreement/agreement.h"
#include "core/map.h"
#include "federation/directory.h"

/*
 * Who is suspended.  A suspension takes effect when one registry signer has signed it, of
 * MASH and of children's social care when two have.  From then on it is kept in the file
 * "suspensions" of the node's archive, and ends only by a lift: not by a restart, and not
 * because a file is gone.  A suspension that was lifted does not come back with its file.
 */
struct past_suspension {
    uint32_t agency;
    uint8_t digest[DIGEST];
    bool lifted;
    struct instant lifted_at; /* as the lift says, and not after it was first read here */
};

struct suspended_agency {
    uint32_t agency;
    bool is_suspended;
    struct instant lifted_at; /* the last time; 1970 when never */
};

struct suspended {
    struct past_suspension *past;
    size_t past_count;
    bool unsaved; /* the archive does not have all of it */
    struct suspended_agency *list;
    struct map by_number; /* into the list */
};

/*
 * Decides, by what `federation` has read, under `agreement`.  current: what was known until
 * now; NULL: read it from the archive.  What takes no effect is left out of the federation,
 * with its reason; so is the archive's disk, should it not take what is to be remembered:
 * nobody is let in for want of room.
 */
enum err suspended_read(struct suspended *suspended, struct federation *federation,
                        const struct agreement *agreement, const struct suspended *current,
                        const char *archive, struct instant now, struct why *why) MUST_CHECK;
void suspended_clear(struct suspended *suspended);

/* How many registry signers must sign to suspend the agency at that place; place < 0: one that
   the agreement does not name. */
uint32_t suspension_signers_needed(const struct policy *policy, int place);

/* NULL when it never was.  In constant time on average. */
const struct suspended_agency *suspended_find(const struct suspended *suspended,
                                              uint32_t agency);

#endif
