#ifndef KITH_FEDERATION_RENEW_H
#define KITH_FEDERATION_RENEW_H

#include "core/bytes.h"
#include "federation/intake.h"
#include "federation/node_keys.h"

/* A fresh key for others to seal to, made where its secret stays. */
struct renewal {
    const char *folder; /* of the agency's key files */
    uint32_t agency;
    const struct node_keys *keys;          /* what lies there now */
    const struct numbered_secret *signing; /* that the registry names for today */
    struct instant now;
};

/* Writes the next intake-N.key; text, the intake file so far ("" for none), becomes the file to
   publish: what is still valid of it, and the new key.  On an error nothing is made. */
enum err intake_renew(struct buffer *text, const struct renewal *renewal,
                      struct why *why) MUST_CHECK;

#endif
