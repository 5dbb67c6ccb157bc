#ifndef KITH_ENVELOPE_AGREED_H
#define KITH_ENVELOPE_AGREED_H

#include "core/err.h"
#include "crypto/key.h"

/* Shared secrets already computed, by the pair of public keys: the public-key half of
   sealing and opening is done once for each pair and not for each message.  Bounded; a
   secret is wiped when it makes room for another, and when all are freed.  For use within
   this folder. */
struct agreed;

struct agreed *agreed_new(void);
void agreed_free(struct agreed **agreed);

/* The secret that mine (whose public key is my_public) and theirs share.  ERR_FORGED when
   theirs is a low-order point; such a secret is never kept. */
enum err agreed_secret(struct key *shared, struct agreed *agreed,
                       const struct exchange_secret *mine,
                       const struct exchange_public *my_public,
                       const struct exchange_public *theirs) MUST_CHECK;

#endif
