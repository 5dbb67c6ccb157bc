#ifndef KITH_ENVELOPE_EPHEMERAL_H
#define KITH_ENVELOPE_EPHEMERAL_H

#include "envelope/agreed.h"
#include "envelope/seal.h"

/* The ephemeral as sealing uses it.  For use within this folder. */

/* Counts one message; ERR_REFUSED when it has sealed all that it may. */
enum err ephemeral_use(struct ephemeral *ephemeral) MUST_CHECK;
const struct exchange_public *ephemeral_public(const struct ephemeral *ephemeral);
enum err ephemeral_agree(struct agreement *agreement, struct ephemeral *ephemeral,
                         const struct exchange_public *intake) MUST_CHECK;

#endif
