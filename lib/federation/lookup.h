#ifndef KITH_FEDERATION_LOOKUP_H
#define KITH_FEDERATION_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "crypto/hash.h"

/*
 * From bytes to pointers, in constant time on average whatever the bytes: the hash is
 * keyed, for other agencies choose some of them.  Keys and values are borrowed until the
 * look-up is cleared.  Zeroed memory is an empty one.
 */
struct lookup_slot {
    uint64_t hash;
    struct bytes key;
    void *value; /* NULL: free */
};

struct lookup {
    struct lookup_slot *slots;
    size_t slot_count; /* 0 or a power of two, never more than half full */
    size_t count;
    uint8_t secret[SHORT_KEY];
};

void lookup_clear(struct lookup *lookup);
/* NULL when there is none. */
void *lookup_get(const struct lookup *lookup, struct bytes key);
/* Returns what is there already, and then changes nothing; else NULL. */
void *lookup_add(struct lookup *lookup, struct bytes key, void *value);

#endif
