#ifndef KITH_ENVELOPE_AGREED_H
#define KITH_ENVELOPE_AGREED_H

#include "core/err.h"
#include "crypto/key.h"
#include "envelope/core.h"

/* Shared secrets already computed, by the pair of public keys: the public-key half of
   sealing and opening is done once for each pair and not for each message.  Bounded; a
   secret is wiped when it makes room for another, and when all are freed.  For use within
   this folder. */
struct agreed;

struct agreement {
    struct key shared;
    uint8_t their_kid[KID];
};

struct agreed *agreed_new(void);
void agreed_free(struct agreed **agreed);

/* What mine (whose public key is my_public) and theirs share; the caller wipes it.
   ERR_FORGED when theirs is a low-order point; such a secret is never kept. */
enum err agreed_find(struct agreement *agreement, struct agreed *agreed,
                     const struct exchange_secret *mine,
                     const struct exchange_public *my_public,
                     const struct exchange_public *theirs) MUST_CHECK;

#endif
