#include "envelope/seal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "envelope/ephemeral.h"
#include "envelope/part.h"

/* What framing may add to the bytes of an envelope: a bound, for refusing early. */
enum { FRAME_EACH = 16, FRAME_FIXED = 512 };

/* A sealing under way.  All parts lie in one block of memory, handed out from `at` on. */
struct sealing {
    const struct seal_order *order;
    const struct seal_randomness *randomness;
    struct core core;
    struct bits given;                    /* compartments that some recipient gets */
    size_t size_class;                    /* of the compartments without a size of their own */
    size_t digest_room;                   /* bytes of all capsule digests, decoys among them */
    struct key secrets[COMPARTMENTS_MAX]; /* z_c */
    struct sealed_compartment *compartments;
    struct capsule *capsules;
    uint8_t *core_bytes, *digests, *route;
    uint8_t *memory, *at;
};

static uint8_t *
take(struct sealing *sealing, size_t len)
{
    uint8_t *taken = sealing->at;

    sealing->at += len;
    return taken;
}

static void
draw(const struct sealing *sealing, void *out, size_t len)
{
    if (sealing->randomness != NULL)
        sealing->randomness->fill(sealing->randomness->context, out, len);
    else
        random_fill(out, len);
}

/* What goes into a compartment: nothing when nobody gets it. */
static struct bytes
fragment_of(const struct sealing *sealing, unsigned c)
{
    if (!bits_have(&sealing->given, c))
        return (struct bytes){ 0 };
    return sealing->order->compartments[c].fragment;
}

static size_t
size_of(const struct sealing *sealing, unsigned c)
{
    size_t fixed = sealing->order->compartments[c].size;

    return fixed ? fixed : sealing->size_class;
}

static enum err
check_order(struct sealing *sealing)
{
    const struct seal_order *order = sealing->order;
    unsigned count = order->core.compartment_count;

    if (order->core.suite != SUITE || count == 0 || count > COMPARTMENTS_MAX
        || order->recipient_count == 0)
        return ERR_REFUSED;
    if (order->recipient_count > RECIPIENTS_MAX)
        return ERR_TOO_BIG;
    if ((order->psk != NULL) != (order->core.psk_epoch != 0))
        return ERR_REFUSED;
    bits_add(&sealing->given, 0);
    for (size_t i = 0; i < order->recipient_count; i++)
        sealing->given = bits_or(&sealing->given, &order->recipients[i].compartments);
    for (unsigned c = count; c < COMPARTMENTS_MAX; c++)
        if (bits_have(&sealing->given, c))
            return ERR_REFUSED;
    return ERR_OK;
}

/* One size for all compartments without a size of their own: that of the longest. */
static enum err
choose_sizes(struct sealing *sealing)
{
    size_t longest = 0;

    for (unsigned c = 0; c < sealing->core.compartment_count; c++) {
        size_t len = fragment_of(sealing, c).len, fixed = sealing->order->compartments[c].size;

        if (fixed != 0 && (len >= fixed || fixed > SIZE_CLASS_MAX))
            return ERR_TOO_BIG;
        if (fixed == 0 && len > longest)
            longest = len;
    }
    sealing->size_class = size_class_of(longest);
    return sealing->size_class != 0 ? ERR_OK : ERR_TOO_BIG;
}

static enum err
make_memory(struct sealing *sealing)
{
    size_t count = sealing->core.compartment_count,
           recipients = sealing->order->recipient_count,
           arrays =
               count * sizeof(struct sealed_compartment) + recipients * sizeof(struct capsule),
           len = CORE_FIXED + ROUTE + count * (DIGEST + DIGEST + SEAL_TAG)
                 + recipients * (KID + capsule_length(&sealing->core));

    sealing->digest_room =
        (recipients + DIGESTS_STEP - 1) / DIGESTS_STEP * DIGESTS_STEP * DIGEST;
    len += sealing->digest_room;
    for (unsigned c = 0; c < count; c++)
        len += size_of(sealing, c);
    if (len + (count + recipients) * FRAME_EACH + FRAME_FIXED > ENVELOPE_MAX)
        return ERR_TOO_BIG;

    sealing->memory = sealing->at = mem_new(arrays + len);
    sealing->compartments = (void *)take(sealing, count * sizeof(struct sealed_compartment));
    sealing->capsules = (void *)take(sealing, recipients * sizeof(struct capsule));
    sealing->core_bytes = take(sealing, CORE_FIXED + count * DIGEST);
    sealing->digests = take(sealing, sealing->digest_room);
    sealing->route = take(sealing, ROUTE);
    return ERR_OK;
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
                fragment_of(sealing, c));
        *z = hedged;
        wipe(&hedged, sizeof(hedged));
    }
}

static void
seal_compartment(struct sealing *sealing, unsigned c)
{
    struct sealed_compartment *compartment = &sealing->compartments[c];
    size_t size = size_of(sealing, c);
    uint8_t *commitment = take(sealing, DIGEST), *body = take(sealing, size + SEAL_TAG);
    struct compartment_keys keys;

    compartment_keys_of(&keys, &sealing->core, c, &sealing->secrets[c]);
    memcpy(commitment, keys.commitment, DIGEST);
    pad(body, size, fragment_of(sealing, c));
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
    uint8_t *kid = take(sealing, KID), *ct = take(sealing, len);
    struct key shared, kek;
    enum err err;

    if ((err = ephemeral_secret_with(&shared, ephemeral, &recipient->intake)))
        return err;
    capsule_key_of(&kek, &shared, &sealing->core, hashed_core, &recipient->intake,
                   recipient->agency, sealing->order->psk);
    write_capsule(ct, sealing, recipient);
    seal_once(ct, bytes_of(ct, len - SEAL_TAG), &kek);
    wipe(&shared, sizeof(shared));
    wipe(&kek, sizeof(kek));

    kid_of(kid, &recipient->intake);
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
    struct sealing sealing;
    enum err err;

    sealing.order = order;
    sealing.randomness = randomness;
    sealing.core = order->core;
    sealing.core.epk = *ephemeral_public(ephemeral);
    sealing.given = (struct bits){ { 0 } };
    if ((err = check_order(&sealing)) || (err = choose_sizes(&sealing))
        || (err = ephemeral_use(ephemeral)) || (err = make_memory(&sealing)))
        return err;

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
