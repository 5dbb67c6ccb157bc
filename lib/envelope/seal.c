#include "envelope/seal.h"

#include <stdlib.h>
#include <string.h>

#include "envelope/ephemeral.h"
#include "envelope/part.h"
#include "envelope/sealing.h"

static void
draw(const struct sealing *sealing, void *out, size_t len)
{
    if (sealing->randomness != NULL)
        sealing->randomness->fill(sealing->randomness->context, out, len);
    else
        random_fill(out, len);
}

/* z_c: fresh, and other for another plaintext even if the random bytes repeat. */
static void
draw_secrets(struct sealing *sealing)
{
    unsigned count = sealing->core.compartment_count;

    draw(sealing, sealing->secrets, count * sizeof(struct key));
    if (sealing->randomness != NULL && sealing->randomness->unhedged)
        return;
    for (unsigned c = 0; c < count; c++) {
        struct key *z = &sealing->secrets[c], hedged;

        hash_of(hedged.bytes, sizeof(hedged.bytes), "kith1.comp.seed", z->bytes,
                sealing_fragment(sealing, c));
        *z = hedged;
        wipe(&hedged, sizeof(hedged));
    }
}

static void
seal_compartment(struct sealing *sealing, unsigned c)
{
    struct sealed_compartment *compartment = &sealing->compartments[c];
    size_t size = sealing_size(sealing, c);
    uint8_t *commitment = sealing_take(sealing, DIGEST),
            *body = sealing_take(sealing, size + SEAL_TAG);
    struct compartment_keys keys;

    compartment_keys_of(&keys, &sealing->core, c, &sealing->secrets[c]);
    memcpy(commitment, keys.commitment, DIGEST);
    pad(body, size, sealing_fragment(sealing, c));
    seal_once(body, bytes_of(body, size), &keys.key);
    wipe(&keys, sizeof(keys));

    compartment->c = c;
    compartment->commitment = bytes_of(commitment, DIGEST);
    compartment->body = bytes_of(body, size + SEAL_TAG);
    compartment_digest(sealing->core_bytes + CORE_FIXED + (size_t)c * DIGEST, compartment);
}

static void
seal_route(struct sealing *sealing)
{
    const struct seal_randomness *randomness = sealing->randomness;
    uint8_t salt[16];

    if (randomness != NULL && randomness->route != NULL) {
        memcpy(sealing->route, randomness->route, ROUTE);
    } else {
        draw(sealing, salt, sizeof(salt));
        route_write(sealing->route, sealing->order->handle, salt);
    }
    route_digest(sealing->core.route_digest, bytes_of(sealing->route, ROUTE));
}

/* The compartment digests stand behind the place of the fixed part already. */
static struct bytes
write_core(struct sealing *sealing)
{
    core_write_fixed(sealing->core_bytes, &sealing->core);
    return bytes_of(sealing->core_bytes,
                    CORE_FIXED + (size_t)sealing->core.compartment_count * DIGEST);
}

/* LE64 stream_seq | LE16 n | n × (LE16 c | z_c) | zeros: the memory is zero already. */
static void
write_capsule(uint8_t *text, const struct sealing *sealing,
              const struct seal_recipient *recipient)
{
    uint8_t *at = text + CAPSULE_HEAD;
    uint16_t n = 0;

    for (unsigned c = 0; c < sealing->core.compartment_count; c++)
        if (c == 0 || bits_have(&recipient->compartments, c)) {
            at = put_le16(at, (uint16_t)c);
            at = put_bytes(at, sealing->secrets[c].bytes, sizeof(struct key));
            n++;
        }
    put_le16(put_le64(text, recipient->stream_seq), n);
}

static enum err
seal_capsule(struct sealing *sealing, size_t i, const uint8_t hashed_core[DIGEST],
             struct ephemeral *ephemeral)
{
    const struct seal_recipient *recipient = &sealing->order->recipients[i];
    struct capsule *capsule = &sealing->capsules[i];
    size_t len = capsule_length(&sealing->core);
    uint8_t *kid = sealing_take(sealing, KID), *ct = sealing_take(sealing, len);
    struct agreement agreement;
    struct key kek;
    enum err err;

    if ((err = ephemeral_agree(&agreement, ephemeral, &recipient->intake)))
        return err;
    capsule_key_of(&kek, &agreement.shared, &sealing->core, hashed_core, &recipient->intake,
                   recipient->agency, sealing->order->psk);
    write_capsule(ct, sealing, recipient);
    seal_once(ct, bytes_of(ct, len - SEAL_TAG), &kek);
    memcpy(kid, agreement.their_kid, KID);
    wipe(&agreement, sizeof(agreement));
    wipe(&kek, sizeof(kek));

    capsule->recipient = recipient->agency;
    capsule->kid = bytes_of(kid, KID);
    capsule->ct = bytes_of(ct, len);
    capsule_digest(sealing->digests + i * DIGEST, capsule);
    return ERR_OK;
}

static int
by_recipient(const void *a, const void *b)
{
    uint32_t left = ((const struct capsule *)a)->recipient,
             right = ((const struct capsule *)b)->recipient;

    return (left > right) - (left < right);
}

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST);
}

/* Capsules ascending, one for each recipient; digests sorted among decoys. */
static enum err
order_capsules(struct sealing *sealing)
{
    size_t count = sealing->order->recipient_count, used = count * DIGEST;

    qsort(sealing->capsules, count, sizeof(struct capsule), by_recipient);
    for (size_t i = 1; i < count; i++)
        if (sealing->capsules[i - 1].recipient == sealing->capsules[i].recipient)
            return ERR_REFUSED;
    if (used < sealing->digest_room)
        draw(sealing, sealing->digests + used, sealing->digest_room - used);
    qsort(sealing->digests, sealing->digest_room / DIGEST, DIGEST, by_bytes);
    return ERR_OK;
}

static enum err
seal_parts(struct sealing *sealing, struct sealed *sealed, struct ephemeral *ephemeral)
{
    uint8_t hashed_core[DIGEST];
    struct bytes core;
    enum err err;

    draw_secrets(sealing);
    for (unsigned c = 0; c < sealing->core.compartment_count; c++)
        seal_compartment(sealing, c);
    seal_route(sealing);
    core = write_core(sealing);
    core_hash(hashed_core, core);
    for (size_t i = 0; i < sealing->order->recipient_count; i++)
        if ((err = seal_capsule(sealing, i, hashed_core, ephemeral)))
            return err;
    if ((err = order_capsules(sealing)))
        return err;

    *sealed = (struct sealed){
        .view = {
            .core = core,
            .capsule_digests = bytes_of(sealing->digests, sealing->digest_room),
            .route = bytes_of(sealing->route, ROUTE),
            .compartments = sealing->compartments,
            .compartment_count = sealing->core.compartment_count,
            .capsules = sealing->capsules,
            .capsule_count = sealing->order->recipient_count,
        },
        .memory = sealing->memory,
    };
    header_hash_from(sealed->h, hashed_core, sealed->view.capsule_digests);
    return ERR_OK;
}

enum err
seal_envelope(struct sealed *sealed, const struct seal_order *order,
              struct ephemeral *ephemeral, const struct seal_randomness *randomness)
{
    struct sealing sealing; /* not cleared: its secrets are drawn before they are read */
    enum err err;

    sealing.order = order;
    sealing.randomness = randomness;
    sealing.core = order->core;
    sealing.core.epk = *ephemeral_public(ephemeral);
    if ((err = sealing_plan(&sealing)))
        return err;
    if (!(err = ephemeral_use(ephemeral)))
        err = seal_parts(&sealing, sealed, ephemeral);
    wipe(sealing.secrets, sealing.core.compartment_count * sizeof(struct key));
    if (err)
        free(sealing.memory);
    return err;
}

void
sealed_free(struct sealed *sealed)
{
    free(sealed->memory);
    *sealed = (struct sealed){ 0 };
}
