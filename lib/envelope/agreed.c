#include "envelope/agreed.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* 256 secrets: a pair can stand in one of WAYS places, which follow from its bytes; the
   oldest of them makes room. */
enum { SETS = 64, WAYS = 4 };

struct pair {
    bool taken;
    struct exchange_public my_public, theirs;
    struct agreement agreement;
};

struct pairs {
    struct pair way[WAYS];
    unsigned oldest;
};

struct agreed {
    struct pairs pairs[SETS];
};

struct agreed *
agreed_new(void)
{
    return mem_new(sizeof(struct agreed));
}

void
agreed_free(struct agreed **agreed)
{
    if (*agreed != NULL)
        wipe(*agreed, sizeof(**agreed));
    free(*agreed);
    *agreed = NULL;
}

static bool
is_of(const struct pair *pair, const struct exchange_public *my_public,
      const struct exchange_public *theirs)
{
    return pair->taken && memcmp(&pair->theirs, theirs, sizeof(*theirs)) == 0
           && memcmp(&pair->my_public, my_public, sizeof(*my_public)) == 0;
}

enum err
agreed_find(struct agreement *agreement, struct agreed *agreed,
            const struct exchange_secret *mine, const struct exchange_public *my_public,
            const struct exchange_public *theirs)
{
    struct pairs *pairs = &agreed->pairs[(my_public->bytes[0] ^ theirs->bytes[0]) % SETS];
    struct pair *pair;
    enum err err;

    for (unsigned i = 0; i < WAYS; i++)
        if (is_of(&pairs->way[i], my_public, theirs)) {
            *agreement = pairs->way[i].agreement;
            return ERR_OK;
        }
    if ((err = exchange(&agreement->shared, mine, theirs)))
        return err;
    kid_of(agreement->their_kid, theirs);

    pair = &pairs->way[pairs->oldest];
    pairs->oldest = (pairs->oldest + 1) % WAYS;
    wipe(pair, sizeof(*pair));
    *pair = (struct pair){
        .taken = true, .my_public = *my_public, .theirs = *theirs, .agreement = *agreement
    };
    return ERR_OK;
}
