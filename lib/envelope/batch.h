#ifndef KITH_ENVELOPE_BATCH_H
#define KITH_ENVELOPE_BATCH_H

#include "envelope/core.h"

/*
 * One signature for many: the leaves are hashed into a tree of the shape of RFC 9162, and
 * its root is signed with a label that says what kind of thing is signed.  A batch of one
 * is an ordinary batch; there is no other path.
 */
#define LABEL_BATCH  "kith1.sig.batch"
#define LABEL_GRANT  "kith1.sig.grant"
#define LABEL_INTAKE "kith1.sig.intake"
#define LABEL_ROTATE "kith1.sig.rotate"

/* leaf = B(32, "kith1.leaf", body) */
void leaf_hash(uint8_t leaf[DIGEST], struct bytes body);

/*
 * A signed tree over count leaves (1 … BATCH_MAX), all of its levels kept so that every
 * path is a copy.  batch_signature() borrows from it.
 */
struct batch;

struct batch *batch_sign(const char *label, uint32_t signer, uint32_t signer_key,
                         const uint8_t (*leaves)[DIGEST], uint32_t count,
                         const struct sign_secret *secret);
struct batch_signature batch_signature(const struct batch *batch, uint32_t index);
void batch_free(struct batch **batch);

/*
 * Roots whose signature has been verified.  A root enters only after a successful
 * verification, under (label, signer, key number, public key, n, root, signature).
 */
struct root_cache;

struct root_cache *root_cache_new(size_t roots);
void root_cache_free(struct root_cache **cache);

/* cache may be NULL. */
enum check batch_verify(const struct batch_signature *batch, const char *label, uint32_t signer,
                        uint32_t signer_key, const struct sign_public *key,
                        const uint8_t leaf[DIGEST], struct root_cache *cache);

#endif
