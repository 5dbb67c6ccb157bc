#include "fixture.h"

#include "salamander.h"

/*
 * The publisher that wants to show the police one thing and the school another, under one
 * signature: XChaCha20-Poly1305 alone would let it.  Both texts are in one ciphertext.
 */

enum { TEXT = CAPSULE_HEAD + COMPARTMENTS * CAPSULE_ENTRY, LIAR_C = 1, SCHOOL = 2, POLICE = 3 };

struct lie {
    struct key z[2]; /* the school's, the police's */
    struct compartment_keys keys[2];
    uint8_t sealed[SALAMANDER + SEAL_TAG];
};

/* Tries keys until a ciphertext for both exists. */
static void
make_lie(struct lie *lie, const struct core *core)
{
    unsigned tries = 0;

    random_fill(&lie->z[0], sizeof(lie->z[0]));
    compartment_keys_of(&lie->keys[0], core, LIAR_C, &lie->z[0]);
    do {
        assert_true(tries++ < 1000000);
        random_fill(&lie->z[1], sizeof(lie->z[1]));
        compartment_keys_of(&lie->keys[1], core, LIAR_C, &lie->z[1]);
    } while (!salamander_make(lie->sealed, &lie->keys[0].key, &lie->keys[1].key,
                              "risk: LOW, no action needed", "risk: HIGH, visit at once"));
}

static struct mail
lying_mail(const struct world *world, struct lie *lie)
{
    struct mail mail = mail_new(world);
    struct sealed_compartment *compartment = compartment_at(&mail, LIAR_C);
    uint8_t texts[2][TEXT];

    make_lie(lie, &mail.core);
    assert_int_equal(compartment->body.len, sizeof(lie->sealed));
    memcpy(writable(compartment->body), lie->sealed, sizeof(lie->sealed));
    memcpy(writable(compartment->commitment), lie->keys[0].commitment, DIGEST);
    for (size_t i = 0; i < 2; i++) {
        mail_unwrap(texts[i], &mail, world, SCHOOL + i);
        memcpy(texts[i] + CAPSULE_HEAD + CAPSULE_ENTRY + 2, lie->z[i].bytes, 32);
    }
    mail_rehash(&mail);
    for (size_t i = 0; i < 2; i++)
        mail_wrap(&mail, world, SCHOOL + i, bytes_of(texts[i], TEXT));
    mail_rehash(&mail);
    mail_sign(&mail, world);
    return mail;
}

static void
one_ciphertext_can_open_under_two_keys(void **state)
{
    const struct world *world = *state;
    uint8_t school[SALAMANDER], police[SALAMANDER];
    struct bytes fragment, sealed;
    struct lie lie;

    make_lie(&lie, &world->order.core);
    sealed = bytes_of(lie.sealed, sizeof(lie.sealed));
    assert_ok(open_once(school, sealed, &lie.keys[0].key));
    assert_ok(open_once(police, sealed, &lie.keys[1].key));
    assert_memory_equal(school, "risk: LOW, no action needed", 27);
    assert_memory_equal(police + SECOND_TEXT, "risk: HIGH, visit at once", 25);
    assert_memory_not_equal(school, police, SALAMANDER);
    assert_true(unpad(&fragment, bytes_of(school, SALAMANDER)));
    assert_true(unpad(&fragment, bytes_of(police, SALAMANDER)));
}

static void
the_key_commitment_refuses_the_second_reader(void **state)
{
    const struct world *world = *state;
    struct open_order order = order_for(world, SCHOOL);
    struct opened opened;
    struct lie lie;
    struct mail mail = lying_mail(world, &lie);

    /* Nothing shows without the keys. */
    assert_check(broker_check(&mail, world), CHECK_OK);
    assert_check(open_envelope(&opened, &mail.sealed.view, &mail.core, &order, world->opener,
                               world->cache),
                 CHECK_OK);
    assert_memory_equal(opened.fragments[1].data, "risk: LOW, no action needed", 27);
    opened_wipe(&opened);
    assert_check(recipient_check(&mail, world, POLICE), CHECK_COMMITMENT);
    mail_free(&mail);
}

/* The commitment can be to the second key as well, but not to both. */
static void
whichever_key_is_committed_to_only_one_reader_is_left(void **state)
{
    const struct world *world = *state;
    uint8_t texts[2][TEXT];
    struct lie lie;
    struct mail mail = lying_mail(world, &lie);

    for (size_t i = 0; i < 2; i++)
        mail_unwrap(texts[i], &mail, world, SCHOOL + i);
    memcpy(writable(compartment_at(&mail, LIAR_C)->commitment), lie.keys[1].commitment, DIGEST);
    mail_rehash(&mail);
    for (size_t i = 0; i < 2; i++)
        mail_wrap(&mail, world, SCHOOL + i, bytes_of(texts[i], TEXT));
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    assert_check(recipient_check(&mail, world, SCHOOL), CHECK_COMMITMENT);
    assert_check(recipient_check(&mail, world, POLICE), CHECK_OK);
    mail_free(&mail);
}

static int
set_up(void **state)
{
    *state = world_new();
    return 0;
}

static int
tear_down(void **state)
{
    world_free(*state);
    return 0;
}

int
main(void)
{
#define with_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        with_world(one_ciphertext_can_open_under_two_keys),
        with_world(the_key_commitment_refuses_the_second_reader),
        with_world(whichever_key_is_committed_to_only_one_reader_is_left),
    };

    return RUN(tests);
}
