#include "envelope/root_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* A root can stand in one of WAYS places, which follow from its bytes; the oldest of them
   makes room. */
enum { WAYS = 4 };

struct place {
    bool taken;
    struct signed_root root;
    struct sign_public key;
    struct signature signature;
};

struct places {
    struct place way[WAYS];
    unsigned oldest;
};

struct root_cache {
    size_t count;
    struct places places[];
};

void
signed_root_write(struct signed_root *signed_root, const char *label, uint32_t signer,
                  uint32_t signer_key, uint32_t n, const uint8_t root[DIGEST])
{
    uint8_t *at = signed_root->bytes;
    size_t len = strlen(label);

    assert(len <= LABEL);
    memset(at, 0, LABEL);
    memcpy(at, label, len);
    at = put_le32(at + LABEL, signer);
    at = put_le32(at, signer_key);
    at = put_le32(at, n);
    put_bytes(at, root, DIGEST);
}

struct root_cache *
root_cache_new(size_t roots)
{
    size_t count = roots / WAYS + (roots % WAYS != 0 || roots == 0);
    struct root_cache *cache;

    assert(count < SIZE_MAX / 2 / sizeof(struct places));
    cache = mem_new(sizeof(*cache) + count * sizeof(struct places));
    cache->count = count;
    return cache;
}

void
root_cache_free(struct root_cache **cache)
{
    free(*cache);
    *cache = NULL;
}

static size_t
places_of(const struct root_cache *cache, const struct signed_root *root)
{
    return get_le64(root->bytes + SIGNED_ROOT - DIGEST) % cache->count;
}

bool
root_cache_has(const struct root_cache *cache, const struct signed_root *root,
               const struct sign_public *key, const struct signature *signature)
{
    const struct places *places = &cache->places[places_of(cache, root)];

    for (unsigned i = 0; i < WAYS; i++) {
        const struct place *place = &places->way[i];

        if (place->taken && memcmp(&place->root, root, sizeof(*root)) == 0
            && memcmp(&place->key, key, sizeof(*key)) == 0
            && memcmp(&place->signature, signature, sizeof(*signature)) == 0)
            return true;
    }
    return false;
}

void
root_cache_add(struct root_cache *cache, const struct signed_root *root,
               const struct sign_public *key, const struct signature *signature)
{
    struct places *places = &cache->places[places_of(cache, root)];

    places->way[places->oldest] = (struct place){
        .taken = true,
        .root = *root,
        .key = *key,
        .signature = *signature,
    };
    places->oldest = (places->oldest + 1) % WAYS;
}
