#include "envelope/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "envelope/root_cache.h"

enum { LEVELS_MAX = 6 }; /* of a tree over BATCH_MAX leaves, the leaves not counted */

_Static_assert(BATCH_MAX == 1 << LEVELS_MAX, "levels");

/*
 * The tree of RFC 9162 seen level by level: neighbours are hashed in pairs, and a node
 * without a neighbour at the right end moves up as it is.
 */
struct batch {
    struct signature signature;
    uint32_t count;
    uint8_t levels[BATCH_MAX]; /* of each leaf's path */
    uint8_t paths[BATCH_MAX][LEVELS_MAX * DIGEST];
};

void
leaf_hash(uint8_t leaf[DIGEST], struct bytes body)
{
    hash_of(leaf, DIGEST, "kith1.leaf", NULL, body);
}

static void
node_hash(uint8_t node[DIGEST], const uint8_t *left, const uint8_t *right)
{
    uint8_t both[2 * DIGEST];

    put_bytes(put_bytes(both, left, DIGEST), right, DIGEST);
    hash_of(node, DIGEST, "kith1.node", NULL, bytes_of(both, sizeof(both)));
}

static uint32_t
half_rounded_up(uint32_t width)
{
    return width / 2 + width % 2;
}

/* Appends to each leaf's path its sibling on this level, where it has one. */
static void
extend_paths(struct batch *batch, uint8_t (*nodes)[DIGEST], uint32_t width, unsigned level)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        uint32_t sibling = i >> level ^ 1;

        if (sibling < width)
            memcpy(batch->paths[i] + DIGEST * (size_t)batch->levels[i]++, nodes[sibling],
                   DIGEST);
    }
}

/* The nodes of the next level, in place. */
static void
climb(uint8_t (*nodes)[DIGEST], uint32_t width)
{
    for (uint32_t i = 0; i < width / 2; i++)
        node_hash(nodes[i], nodes[2 * i], nodes[2 * i + 1]);
    if (width % 2 == 1 && width > 1)
        memcpy(nodes[width / 2], nodes[width - 1], DIGEST);
}

struct batch *
batch_sign(const char *label, uint32_t signer, uint32_t signer_key,
           const uint8_t (*leaves)[DIGEST], uint32_t count, const struct sign_secret *secret)
{
    uint8_t nodes[BATCH_MAX][DIGEST];
    struct batch *batch = mem_new(sizeof(*batch));
    struct signed_root root;
    unsigned level = 0;

    assert(count >= 1 && count <= BATCH_MAX);
    batch->count = count;
    memcpy(nodes, leaves, (size_t)count * DIGEST);
    for (uint32_t width = count; width > 1; width = half_rounded_up(width)) {
        extend_paths(batch, nodes, width, level++);
        climb(nodes, width);
    }
    signed_root_write(&root, label, signer, signer_key, count, nodes[0]);
    sign(&batch->signature, bytes_of(root.bytes, sizeof(root.bytes)), secret);
    return batch;
}

struct batch_signature
batch_signature(const struct batch *batch, uint32_t index)
{
    assert(index < batch->count);
    return (struct batch_signature){
        .signature = bytes_of(batch->signature.bytes, sizeof(batch->signature.bytes)),
        .n = batch->count,
        .index = index,
        .path = bytes_of(batch->paths[index], (size_t)batch->levels[index] * DIGEST),
    };
}

void
batch_free(struct batch **batch)
{
    free(*batch);
    *batch = NULL;
}

static size_t
path_length(uint32_t n, uint32_t index)
{
    size_t levels = 0;

    for (uint32_t width = n; width > 1; width = half_rounded_up(width), index /= 2)
        if ((index ^ 1) < width)
            levels++;
    return levels;
}

/* The root above a leaf; the path has exactly the length for (n, index). */
static void
climb_path(uint8_t node[DIGEST], const struct batch_signature *batch)
{
    const uint8_t *sibling = batch->path.data;
    uint32_t index = batch->index;

    for (uint32_t width = batch->n; width > 1; width = half_rounded_up(width), index /= 2) {
        if ((index ^ 1) >= width)
            continue;
        if (index % 2 == 1)
            node_hash(node, sibling, node);
        else
            node_hash(node, node, sibling);
        sibling += DIGEST;
    }
}

static bool
form_is_possible(const struct batch_signature *batch)
{
    size_t levels;

    if (batch->signature.len != sizeof(struct signature) || batch->index >= batch->n)
        return false;
    levels = path_length(batch->n, batch->index);
    return levels <= BATCH_PATH_MAX && batch->path.len == levels * DIGEST;
}

enum check
batch_verify(const struct batch_signature *batch, const char *label, uint32_t signer,
             uint32_t signer_key, const struct sign_public *key, const uint8_t leaf[DIGEST],
             struct root_cache *cache)
{
    uint8_t node[DIGEST];
    struct signed_root root;
    struct signature signature;

    if (!form_is_possible(batch))
        return CHECK_SIGNATURE;
    memcpy(node, leaf, DIGEST);
    climb_path(node, batch);
    signed_root_write(&root, label, signer, signer_key, batch->n, node);
    memcpy(signature.bytes, batch->signature.data, sizeof(signature.bytes));

    if (cache != NULL && root_cache_has(cache, &root, key, &signature))
        return CHECK_OK;
    if (!sign_verify(&signature, bytes_of(root.bytes, sizeof(root.bytes)), key))
        return CHECK_SIGNATURE;
    if (cache != NULL)
        root_cache_add(cache, &root, key, &signature);
    return CHECK_OK;
}
