#include "envelope/check.h"

#include <string.h>

#include "envelope/part.h"

enum check
check_signature(const struct envelope *envelope, const struct core *core,
                const uint8_t h[DIGEST], const struct sign_public *key,
                struct root_cache *cache)
{
    uint8_t leaf[DIGEST];

    leaf_hash(leaf, bytes_of(h, DIGEST));
    return batch_verify(&envelope->batch, LABEL_BATCH, core->sender, core->sender_key, key,
                        leaf, cache);
}

static enum check
check_route(const struct envelope *envelope, const struct core *core)
{
    uint8_t digest[DIGEST];

    if (envelope->route.len != ROUTE || get_le32(envelope->route.data) != 0)
        return CHECK_ROUTE;
    route_digest(digest, envelope->route);
    return memcmp(digest, core->route_digest, DIGEST) == 0 ? CHECK_OK : CHECK_ROUTE;
}

/* All of them, in order, each of its fixed size or of the one class that they share. */
static enum check
check_sizes(const struct envelope *envelope, const struct core *core,
            const struct compartment_sizes *sizes)
{
    size_t shared = 0;

    if (core->compartment_count != sizes->count
        || envelope->compartment_count != core->compartment_count)
        return CHECK_COMPARTMENTS;
    for (unsigned c = 0; c < sizes->count; c++) {
        const struct sealed_compartment *compartment = &envelope->compartments[c];
        size_t size = compartment->body.len - SEAL_TAG, fixed = sizes->sizes[c];

        if (compartment->c != c || compartment->commitment.len != DIGEST
            || compartment->body.len <= SEAL_TAG)
            return CHECK_COMPARTMENTS;
        if (fixed == 0 && shared == 0)
            shared = size;
        if (fixed != 0 ? size != fixed : size != shared || !is_size_class(size))
            return CHECK_COMPARTMENTS;
    }
    return CHECK_OK;
}

static enum check
check_digests(const struct envelope *envelope, const struct core *core)
{
    uint8_t digest[DIGEST];

    for (unsigned c = 0; c < core->compartment_count; c++) {
        compartment_digest(digest, &envelope->compartments[c]);
        if (memcmp(digest, core->digests + (size_t)c * DIGEST, DIGEST) != 0)
            return CHECK_COMPARTMENT;
    }
    return CHECK_OK;
}

/* Ascending recipients make the capsules differ, so that their digests do, and what is left
   of the signed digests is decoys. */
static enum check
check_capsules(const struct envelope *envelope, const struct core *core)
{
    size_t signed_count = envelope->capsule_digests.len / DIGEST;
    uint8_t digest[DIGEST];

    if (!digests_are_sound(envelope->capsule_digests))
        return CHECK_FORM;
    if (envelope->capsule_count == 0 || envelope->capsule_count > signed_count
        || signed_count - envelope->capsule_count > DECOYS_MAX)
        return CHECK_CAPSULE;
    for (size_t i = 0; i < envelope->capsule_count; i++) {
        const struct capsule *capsule = &envelope->capsules[i];

        if (i > 0 && capsule[-1].recipient >= capsule->recipient)
            return CHECK_CAPSULE;
        if (capsule->kid.len != KID || capsule->ct.len != capsule_length(core))
            return CHECK_CAPSULE;
        capsule_digest(digest, capsule);
        if (!digests_have(envelope->capsule_digests, digest))
            return CHECK_CAPSULE;
    }
    return CHECK_OK;
}

enum check
check_parts(const struct envelope *envelope, const struct core *core,
            const struct compartment_sizes *sizes)
{
    enum check check;

    if ((check = check_route(envelope, core)) || (check = check_sizes(envelope, core, sizes))
        || (check = check_digests(envelope, core)))
        return check;
    return check_capsules(envelope, core);
}

static const struct capsule *
capsule_for(const struct envelope *envelope, uint32_t recipient)
{
    for (size_t i = 0; i < envelope->capsule_count; i++)
        if (envelope->capsules[i].recipient == recipient)
            return &envelope->capsules[i];
    return NULL;
}

void
strip_envelope(struct envelope *copy, struct sealed_compartment *compartments,
               const struct envelope *envelope, uint32_t recipient, const struct bits *may_have,
               bool with_route, bool stub)
{
    const struct capsule *capsule = stub ? NULL : capsule_for(envelope, recipient);

    *copy = (struct envelope){
        .core = envelope->core,
        .capsule_digests = envelope->capsule_digests,
        .batch = envelope->batch,
    };
    if (capsule == NULL)
        return;
    if (with_route)
        copy->route = envelope->route;
    copy->capsules = capsule;
    copy->capsule_count = 1;
    copy->compartments = compartments;
    for (size_t i = 0; i < envelope->compartment_count; i++)
        if (bits_have(may_have, envelope->compartments[i].c))
            compartments[copy->compartment_count++] = envelope->compartments[i];
}
