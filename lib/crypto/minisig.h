#ifndef KITH_CRYPTO_MINISIG_H
#define KITH_CRYPTO_MINISIG_H

#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "crypto/key.h"

/*
 * Detached signatures in minisign's prehashed format ("ED"), so that an auditor can check
 * a registry or an agreement with a program that is not ours.  The legacy format ("Ed") is
 * refused.
 */
struct minisign_public {
    uint8_t key_id[8];
    struct sign_public key;
};

enum { MINISIGN_PUBLIC_TEXT = 57, MINISIG_MAX = 2048 };

/* The one line that minisign prints: base64("Ed" | key id | public key). */
void minisign_public_write(char text[MINISIGN_PUBLIC_TEXT],
                           const struct minisign_public *public);
/* That line, with or without the comment line above it. */
enum err minisign_public_read(struct minisign_public *public, struct bytes text) MUST_CHECK;

/* The text of FILE.minisig: untrusted comment, signature, trusted comment, global
   signature.  trusted: one line. */
void minisig_write(struct buffer *out, struct bytes file, const struct minisign_public *public,
                   const struct sign_secret *secret, const char *trusted);
/* Which key it claims to be by. */
enum err minisig_key_id(uint8_t key_id[8], struct bytes minisig) MUST_CHECK;
/* Signature and trusted comment both. */
enum err minisig_verify(struct bytes minisig, struct bytes file,
                        const struct minisign_public *public, struct why *why) MUST_CHECK;

#endif
