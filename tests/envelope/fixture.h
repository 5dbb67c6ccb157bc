#ifndef KITH_TESTS_ENVELOPE_FIXTURE_H
#define KITH_TESTS_ENVELOPE_FIXTURE_H

/*
 * A small world for tests of envelopes: one sender, some recipients, and messages that can
 * be sealed, tampered with and, as a malicious publisher would, signed again.
 */

#include "../check.h"

#include "core/mem.h"
#include "envelope/check.h"
#include "envelope/open.h"
#include "envelope/part.h"
#include "envelope/seal.h"

enum { AGENCIES = 6, COMPARTMENTS = 4, FIRST_AGENCY = 100, SENDER = 7, OTHER_SENDER = 8 };

#define assert_check(expression, expected)                                                     \
    assert_string_equal(check_name(expression), check_name(expected))

/* Everybody may have everything, unless a test takes something away. */
struct world {
    struct sign_public public;
    struct sign_secret secret;
    struct exchange_secret esk;
    struct ephemeral *ephemeral;
    struct intake_secret intake[AGENCIES];
    struct key psk;
    uint8_t handle[HANDLE];
    struct seal_recipient recipients[AGENCIES];
    struct seal_compartment compartments[COMPARTMENTS];
    size_t sizes[COMPARTMENTS];
    struct bits everything;
    struct seal_order order;
    struct opener *opener;
    struct root_cache *cache;
};

struct mail {
    struct sealed sealed;
    struct batch *batch;
    struct core core;
};

static inline struct bits
bits_below(unsigned count)
{
    struct bits bits = { { 0 } };

    for (unsigned i = 0; i < count; i++)
        bits_add(&bits, i);
    return bits;
}

static inline void
world_people(struct world *world)
{
    sign_make(&world->public, &world->secret);
    random_fill(&world->esk, sizeof(world->esk));
    random_fill(&world->psk, sizeof(world->psk));
    random_fill(world->handle, sizeof(world->handle));
    world->ephemeral = ephemeral_from(&world->esk, (struct instant){ 0 });
    for (unsigned i = 0; i < AGENCIES; i++) {
        exchange_make(&world->intake[i].public, &world->intake[i].secret);
        world->recipients[i] = (struct seal_recipient){
            .agency = FIRST_AGENCY + i,
            .intake = world->intake[i].public,
            .stream_seq = 1000 + i,
            .compartments = world->everything,
        };
    }
}

static inline struct world *
world_new(void)
{
    static const char *const fragments[COMPARTMENTS] = { "header", "what happened", "",
                                                         "health" };
    struct world *world = mem_new(sizeof(*world));

    assert_true(crypto_start());
    world->everything = bits_below(COMPARTMENTS);
    world_people(world);
    for (unsigned c = 0; c < COMPARTMENTS; c++)
        world->compartments[c].fragment = bytes_of_text(fragments[c]);
    world->compartments[0].size = world->sizes[0] = 64;
    world->order = (struct seal_order){
        .core = {
            .suite = SUITE,
            .sender = SENDER,
            .sender_key = 1,
            .created_ms = UINT64_C(1700000000000),
            .ttl_s = 14 * 24 * 3600,
            .kind = 1,
            .registry_version = 3,
            .psk_epoch = 1,
            .compartment_count = COMPARTMENTS,
        },
        .handle = world->handle,
        .psk = &world->psk,
        .compartments = world->compartments,
        .recipients = world->recipients,
        .recipient_count = AGENCIES,
    };
    random_fill(world->order.core.policy_hash, DIGEST);
    world->opener = opener_new();
    world->cache = root_cache_new(64);
    return world;
}

static inline void
world_free(struct world *world)
{
    ephemeral_free(&world->ephemeral);
    opener_free(&world->opener);
    root_cache_free(&world->cache);
    free(world);
}

/* Signs whatever the parts are now. */
static inline void
mail_sign(struct mail *mail, const struct world *world)
{
    struct envelope *view = &mail->sealed.view;
    uint8_t leaf[1][DIGEST];

    assert_check(core_read(&mail->core, view->core), CHECK_OK);
    header_hash(mail->sealed.h, view->core, view->capsule_digests);
    leaf_hash(leaf[0], bytes_of(mail->sealed.h, DIGEST));
    batch_free(&mail->batch);
    mail->batch = batch_sign(LABEL_BATCH, mail->core.sender, mail->core.sender_key,
                             (const uint8_t(*)[DIGEST])leaf, 1, &world->secret);
    view->batch = batch_signature(mail->batch, 0);
}

static inline struct mail
mail_new(const struct world *world)
{
    struct mail mail = { .batch = NULL };
    struct seal_order order = world->order;

    random_fill(order.core.msg_id, MSG_ID);
    assert_ok(seal_envelope(&mail.sealed, &order, world->ephemeral, NULL));
    mail_sign(&mail, world);
    return mail;
}

static inline void
mail_free(struct mail *mail)
{
    sealed_free(&mail->sealed);
    batch_free(&mail->batch);
}

/* The parts of a message belong to the test, which may write into them. */
static inline uint8_t *
writable(struct bytes bytes)
{
    return (uint8_t *)(uintptr_t)bytes.data;
}

static inline struct sealed_compartment *
compartment_at(const struct mail *mail, size_t i)
{
    return (struct sealed_compartment *)(uintptr_t)&mail->sealed.view.compartments[i];
}

static inline struct capsule *
capsule_at(const struct mail *mail, size_t i)
{
    return (struct capsule *)(uintptr_t)&mail->sealed.view.capsules[i];
}

static inline int
digest_order(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST);
}

/* Makes compartment and capsule digests fit the parts again (decoys are drawn anew). */
static inline void
mail_rehash(struct mail *mail)
{
    const struct envelope *view = &mail->sealed.view;
    uint8_t *digests = writable(view->capsule_digests);

    for (size_t i = 0; i < view->compartment_count; i++)
        compartment_digest(writable(view->core) + CORE_FIXED + i * DIGEST,
                           &view->compartments[i]);
    random_fill(digests, view->capsule_digests.len);
    for (size_t i = 0; i < view->capsule_count; i++)
        capsule_digest(digests + i * DIGEST, &view->capsules[i]);
    qsort(digests, view->capsule_digests.len / DIGEST, DIGEST, digest_order);
}

/* Puts any text into the capsule of recipient i, for the core as it is. */
static inline void
mail_wrap(struct mail *mail, const struct world *world, size_t i, struct bytes text)
{
    struct capsule *capsule = capsule_at(mail, i);
    uint8_t hashed[DIGEST];
    struct key shared, kek;

    assert_check(core_read(&mail->core, mail->sealed.view.core), CHECK_OK);
    core_hash(hashed, mail->sealed.view.core);
    assert_ok(exchange(&shared, &world->esk, &world->intake[i].public));
    capsule_key_of(&kek, &shared, &mail->core, hashed, &world->intake[i].public,
                   capsule->recipient, world->order.psk);
    assert_int_equal(text.len + SEAL_TAG, capsule->ct.len);
    seal_once(writable(capsule->ct), text, &kek);
}

/* The text in the capsule of recipient i. */
static inline void
mail_unwrap(uint8_t *text, const struct mail *mail, const struct world *world, size_t i)
{
    const struct capsule *capsule = capsule_at(mail, i);
    uint8_t hashed[DIGEST];
    struct key shared, kek;

    core_hash(hashed, mail->sealed.view.core);
    assert_ok(exchange(&shared, &world->esk, &world->intake[i].public));
    capsule_key_of(&kek, &shared, &mail->core, hashed, &world->intake[i].public,
                   capsule->recipient, world->order.psk);
    assert_ok(open_once(text, capsule->ct, &kek));
}

static inline struct open_order
order_for(const struct world *world, size_t i)
{
    return (struct open_order){
        .me = FIRST_AGENCY + (uint32_t)i,
        .intake = &world->intake[i],
        .intake_count = 1,
        .psk = world->order.psk,
        .sender_key = &world->public,
        .ceiling = &world->everything,
        .compartment_count = COMPARTMENTS,
    };
}

/* What the broker finds. */
static inline enum check
broker_check(const struct mail *mail, const struct world *world)
{
    struct compartment_sizes sizes = { .sizes = world->sizes, .count = COMPARTMENTS };
    const struct envelope *view = &mail->sealed.view;
    uint8_t h[DIGEST];
    struct core core;
    enum check check;

    if ((check = core_read(&core, view->core)))
        return check;
    header_hash(h, view->core, view->capsule_digests);
    if ((check = check_signature(view, &core, h, &world->public, world->cache)))
        return check;
    return check_parts(view, &core, &sizes);
}

/* What recipient i finds, whatever the broker thinks.  Frees what was opened. */
static inline enum check
recipient_check(const struct mail *mail, const struct world *world, size_t i)
{
    struct open_order order = order_for(world, i);
    struct opened opened;
    struct core core;
    enum check check;

    if ((check = core_read(&core, mail->sealed.view.core)))
        return check;
    check =
        open_envelope(&opened, &mail->sealed.view, &core, &order, world->opener, world->cache);
    if (check != CHECK_OK) {
        assert_null(opened.memory);
        assert_int_equal(opened.count, 0);
    }
    opened_wipe(&opened);
    return check;
}

#endif
