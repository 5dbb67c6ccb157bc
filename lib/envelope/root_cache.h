#ifndef KITH_ENVELOPE_ROOT_CACHE_H
#define KITH_ENVELOPE_ROOT_CACHE_H

#include "envelope/batch.h"

/* For use within this folder.  What is signed for a batch, and which of them are known to
   be signed. */
enum { LABEL = 16, SIGNED_ROOT = LABEL + 3 * 4 + DIGEST };

/* label, NUL-padded | LE32 signer | LE32 signer_key | LE32 n | root */
struct signed_root {
    uint8_t bytes[SIGNED_ROOT];
};

void signed_root_write(struct signed_root *signed_root, const char *label, uint32_t signer,
                       uint32_t signer_key, uint32_t n, const uint8_t root[DIGEST]);

bool root_cache_has(const struct root_cache *cache, const struct signed_root *root,
                    const struct sign_public *key, const struct signature *signature);
/* Only after sign_verify has held for just these. */
void root_cache_add(struct root_cache *cache, const struct signed_root *root,
                    const struct sign_public *key, const struct signature *signature);

#endif
