#include "federation/lookup.h"

#include <stdlib.h>

#include "core/mem.h"
#include "crypto/key.h"

/* The slot that holds the key, or the free one where it belongs. */
static struct lookup_slot *
find_slot(const struct lookup *lookup, uint64_t hash, struct bytes key)
{
    size_t i = hash & (lookup->slot_count - 1);

    while (lookup->slots[i].value != NULL
           && (lookup->slots[i].hash != hash || !bytes_equal(lookup->slots[i].key, key)))
        i = (i + 1) & (lookup->slot_count - 1);
    return &lookup->slots[i];
}

static void
make_room(struct lookup *lookup)
{
    struct lookup old = *lookup;

    if (2 * (lookup->count + 1) <= lookup->slot_count)
        return;
    if (old.slot_count == 0)
        random_fill(lookup->secret, sizeof(lookup->secret));
    lookup->slot_count = old.slot_count == 0 ? 16 : 2 * old.slot_count;
    lookup->slots = mem_array(lookup->slot_count, sizeof(*lookup->slots));
    for (size_t i = 0; i < old.slot_count; i++)
        if (old.slots[i].value != NULL)
            *find_slot(lookup, old.slots[i].hash, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

void
lookup_clear(struct lookup *lookup)
{
    free(lookup->slots);
    *lookup = (struct lookup){ 0 };
}

void *
lookup_get(const struct lookup *lookup, struct bytes key)
{
    if (lookup->slot_count == 0)
        return NULL;
    return find_slot(lookup, short_hash(lookup->secret, key), key)->value;
}

void *
lookup_add(struct lookup *lookup, struct bytes key, void *value)
{
    struct lookup_slot *slot;
    uint64_t hash;

    make_room(lookup);
    hash = short_hash(lookup->secret, key);
    slot = find_slot(lookup, hash, key);
    if (slot->value != NULL)
        return slot->value;
    *slot = (struct lookup_slot){ hash, key, value };
    lookup->count++;
    return NULL;
}
