#ifndef KITH_FEDERATION_ROTATION_H
#define KITH_FEDERATION_ROTATION_H

#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "crypto/key.h"
#include "federation/directory.h"
#include "federation/make.h"
#include "federation/name.h"
#include "federation/node_keys.h"

/*
 * Once a year an agency's signing and transport keys are replaced.  The new ones are made where
 * they stay; what goes to the registry signers is one line, with nothing secret in it:
 *
 *     kith rotate FEDERATION agency 107 NAME signing 2 KEY transport KEY signed 1 SIGNATURE
 *
 * Signed by the key that the registry names for today, the first here, over the label
 * "kith1.sig.rotate" and the line up to "signed".  Keys and signatures are base64.
 */
struct rotation {
    char federation[NAME_MAX_LEN + 1];
    uint32_t agency; /* its number */
    char name[NAME_MAX_LEN + 1];
    uint32_t signing_number;
    struct sign_public signing;
    struct exchange_public transport;
    uint32_t signer; /* number of the key that signed it */
    struct signature signature;
};

enum {
    ROTATION_MAX = 512,
    OVERLAP_DAYS = 7 /* for which the former keys stay valid */
};

/* Fills in the signature. */
void rotation_sign(struct rotation *rotation, const struct sign_secret *secret);
bool rotation_verify(const struct rotation *rotation, const struct sign_public *key);
/* Without a newline. */
void rotation_write(struct buffer *out, const struct rotation *rotation);
/* The form only. */
enum err rotation_read(struct rotation *rotation, struct bytes line,
                       struct why *why) MUST_CHECK;

/* At the agency.  Makes the files signing-N.key and transport-next.key, unless they are there
   from before; its agent goes over to them once the registry names them. */
struct rotating {
    const char *folder; /* of the key files */
    const char *agency; /* its name */
    const struct node_keys *keys;
    struct instant now;
};
enum err rotation_begin(struct rotation *rotation, const struct federation *federation,
                        const struct rotating *rotating, struct why *why) MUST_CHECK;

/* At the registry signers: signs the registry with the new keys, in which the former ones end
   after OVERLAP_DAYS. */
enum err federation_rotate(const struct offline *offline, const struct rotation *rotation,
                           struct instant now, struct why *why) MUST_CHECK;

#endif
