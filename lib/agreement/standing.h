#ifndef KITH_AGREEMENT_STANDING_H
#define KITH_AGREEMENT_STANDING_H

#include <stdbool.h>

#include "agreement/in_force.h"

/* What a person must be told before it is too late: nothing here stops anything. */

enum { STANDING_TEXT = 160, ENDS_SOON_DAYS = 30 };

/* "ended on 2026-11-20: …"; false, and nothing, when the agreement is in force and goes on
   for more than ENDS_SOON_DAYS. */
bool agreement_standing(char words[STANDING_TEXT], const struct policy *policy,
                        struct day today);

/* The same of the signing keys of an agency, the last of which counts. */
bool signing_standing(char words[STANDING_TEXT], const struct agency *agency, struct day today);
/* The day on which the last of them ends. */
struct day signing_until(const struct agency *agency);

/* Logs that, who is suspended, and how many intake keys, grants, suspensions and lifts were
   left out. */
void in_force_report(const struct in_force *in_force, struct instant now);

#endif
