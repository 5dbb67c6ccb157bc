#include "envelope/ephemeral.h"

#include <stdlib.h>

#include "core/mem.h"

struct ephemeral {
    struct exchange_secret secret;
    struct exchange_public public;
    struct instant made;
    unsigned messages;
    struct agreed *agreed;
};

struct ephemeral *
ephemeral_new(struct instant now)
{
    struct exchange_secret secret;
    struct ephemeral *ephemeral;

    random_fill(secret.bytes, sizeof(secret.bytes));
    ephemeral = ephemeral_from(&secret, now);
    wipe(&secret, sizeof(secret));
    return ephemeral;
}

struct ephemeral *
ephemeral_from(const struct exchange_secret *secret, struct instant now)
{
    struct ephemeral *ephemeral = mem_new(sizeof(*ephemeral));

    ephemeral->secret = *secret;
    exchange_public_of(&ephemeral->public, secret);
    ephemeral->made = now;
    ephemeral->agreed = agreed_new();
    return ephemeral;
}

void
ephemeral_free(struct ephemeral **ephemeral)
{
    if (*ephemeral == NULL)
        return;
    agreed_free(&(*ephemeral)->agreed);
    wipe(*ephemeral, sizeof(**ephemeral));
    free(*ephemeral);
    *ephemeral = NULL;
}

bool
ephemeral_is_spent(const struct ephemeral *ephemeral, struct instant now)
{
    /* A clock that was set back must not prolong its life. */
    return ephemeral->messages >= EPHEMERAL_MESSAGES || instant_is_before(now, ephemeral->made)
           || !instant_is_before(now, instant_after(ephemeral->made, EPHEMERAL_MS));
}

enum err
ephemeral_use(struct ephemeral *ephemeral)
{
    if (ephemeral->messages >= EPHEMERAL_MESSAGES)
        return ERR_REFUSED;
    ephemeral->messages++;
    return ERR_OK;
}

const struct exchange_public *
ephemeral_public(const struct ephemeral *ephemeral)
{
    return &ephemeral->public;
}

enum err
ephemeral_agree(struct agreement *agreement, struct ephemeral *ephemeral,
                const struct exchange_public *intake)
{
    return agreed_find(agreement, ephemeral->agreed, &ephemeral->secret, &ephemeral->public,
                       intake);
}
