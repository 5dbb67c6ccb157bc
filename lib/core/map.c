#include "core/map.h"

#include <stdlib.h>

#include "core/mem.h"

enum { SLOTS_AT_START = 32 };

static size_t
slot_of(const struct map *map, uint64_t key)
{
    return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (map->slot_count - 1);
}

/* Where the key is, or the free slot where it would go. */
static struct map_slot *
find_slot(const struct map *map, uint64_t key)
{
    size_t slot = slot_of(map, key);

    while (map->slots[slot].value != NULL && map->slots[slot].key != key)
        slot = (slot + 1) & (map->slot_count - 1);
    return &map->slots[slot];
}

static void
grow(struct map *map)
{
    struct map_slot *old = map->slots;
    size_t old_count = map->slot_count;

    map->slot_count = old_count > 0 ? 2 * old_count : SLOTS_AT_START;
    map->slots = mem_array(map->slot_count, sizeof(*map->slots));
    for (size_t i = 0; i < old_count; i++)
        if (old[i].value != NULL)
            *find_slot(map, old[i].key) = old[i];
    free(old);
}

void
map_clear(struct map *map)
{
    free(map->slots);
    *map = (struct map){ 0 };
}

void *
map_get(const struct map *map, uint64_t key)
{
    return map->count == 0 ? NULL : find_slot(map, key)->value;
}

void
map_put(struct map *map, uint64_t key, void *value)
{
    struct map_slot *slot;

    if (2 * (map->count + 1) > map->slot_count)
        grow(map);
    slot = find_slot(map, key);
    map->count += slot->value == NULL;
    *slot = (struct map_slot){ key, value };
}

void *
map_remove(struct map *map, uint64_t key)
{
    struct map_slot *slot;
    void *value;

    if (map->count == 0 || (slot = find_slot(map, key))->value == NULL)
        return NULL;
    value = slot->value;
    slot->value = NULL;
    map->count--;
    /* Put back whatever had been pushed past the slot that is now free. */
    for (size_t next = (size_t)(slot - map->slots + 1) & (map->slot_count - 1);
         map->slots[next].value != NULL; next = (next + 1) & (map->slot_count - 1)) {
        struct map_slot moved = map->slots[next];

        map->slots[next].value = NULL;
        *find_slot(map, moved.key) = moved;
    }
    return value;
}

void *
map_next(const struct map *map, size_t *at)
{
    while (*at < map->slot_count) {
        void *value = map->slots[(*at)++].value;

        if (value != NULL)
            return value;
    }
    return NULL;
}
