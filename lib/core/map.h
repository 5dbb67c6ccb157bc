#ifndef KITH_CORE_MAP_H
#define KITH_CORE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From numbers to pointers, which it does not own.  Look-ups take constant time on
   average.  Zeroed memory is an empty map. */
struct map_slot {
    uint64_t key;
    void *value;
};

struct map {
    struct map_slot *slots;
    size_t slot_count; /* 0 or a power of two, never more than half full */
    size_t count;
};

void map_clear(struct map *map);
/* NULL when there is none. */
void *map_get(const struct map *map, uint64_t key);
/* In place of what was there; value is not NULL. */
void map_put(struct map *map, uint64_t key, void *value);
/* Returns what was there, or NULL. */
void *map_remove(struct map *map, uint64_t key);
/* Goes through all values: start with *at = 0; NULL at the end.  The map must not change
   on the way. */
void *map_next(const struct map *map, size_t *at);

#endif
