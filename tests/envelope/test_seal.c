#include "fixture.h"

/* What sealing gives, hides and refuses. */

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

static enum err
seal(struct sealed *sealed, const struct world *world)
{
    struct seal_order order = world->order;

    random_fill(order.core.msg_id, MSG_ID);
    return seal_envelope(sealed, &order, world->ephemeral, NULL);
}

static void
assert_refuses(const struct world *world, enum err expected)
{
    struct sealed sealed = { .memory = NULL };

    assert_err(seal(&sealed, world), expected);
    assert_null(sealed.memory);
}

static void
what_is_sealed_passes_every_check(void **state)
{
    const struct world *world = *state;
    struct mail mail = mail_new(world);

    assert_check(broker_check(&mail, world), CHECK_OK);
    for (size_t i = 0; i < AGENCIES; i++)
        assert_check(recipient_check(&mail, world, i), CHECK_OK);
    mail_free(&mail);
}

static void
decoys_only_fill_up_to_a_multiple_of_four(void **state)
{
    struct world *world = *state;

    for (size_t count = 1; count <= AGENCIES; count++) {
        struct mail mail;

        world->order.recipient_count = count;
        mail = mail_new(world);
        assert_int_equal(mail.sealed.view.capsule_count, count);
        assert_int_equal(mail.sealed.view.capsule_digests.len, (count + 3) / 4 * 4 * DIGEST);
        assert_true(digests_are_sound(mail.sealed.view.capsule_digests));
        assert_check(broker_check(&mail, world), CHECK_OK);
        mail_free(&mail);
    }
}

static void
recipients_may_come_in_any_order_but_only_once(void **state)
{
    struct world *world = *state;
    struct seal_recipient first = world->recipients[0];
    struct mail mail;

    world->recipients[0] = world->recipients[5];
    world->recipients[5] = first;
    mail = mail_new(world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    for (size_t i = 0; i < AGENCIES; i++) {
        assert_int_equal(mail.sealed.view.capsules[i].recipient, FIRST_AGENCY + i);
        assert_check(recipient_check(&mail, world, i), CHECK_OK);
    }
    mail_free(&mail);
    world->recipients[0] = world->recipients[1];
    assert_refuses(world, ERR_REFUSED);
}

/* Which compartments are filled, and with what, shows in no size and no count. */
static void
equal_classes_give_equal_sizes_whatever_is_filled(void **state)
{
    struct world *world = *state;
    static const char text[200] = "text";
    size_t expected = 0;

    for (unsigned filled = 0; filled < 1u << COMPARTMENTS; filled++) {
        struct mail mail;
        size_t len;

        for (unsigned c = 0; c < COMPARTMENTS; c++)
            world->compartments[c].fragment =
                bytes_of(text, filled >> c & 1 ? (c == 0 ? 63 : 50 * c) : 0);
        mail = mail_new(world);
        len = mail.sealed.view.core.len + mail.sealed.view.capsule_digests.len;
        assert_int_equal(mail.sealed.view.compartment_count, COMPARTMENTS);
        for (unsigned c = 0; c < COMPARTMENTS; c++)
            assert_int_equal(mail.sealed.view.compartments[c].body.len,
                             (c == 0 ? 64 : 256) + SEAL_TAG);
        for (unsigned i = 0; i < AGENCIES; i++)
            len += mail.sealed.view.capsules[i].ct.len;
        assert_true(expected == 0 || len == expected);
        expected = len;
        mail_free(&mail);
    }
}

static void
one_long_text_lifts_all_compartments_without_a_size_of_their_own(void **state)
{
    struct world *world = *state;
    static const char text[SIZE_CLASS_MAX];
    static const struct {
        size_t len, size;
    } cases[] = { { 255, 256 }, { 256, 512 }, { 1000, 1024 }, { 65535, 65536 } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mail mail;

        world->compartments[2].fragment = bytes_of(text, cases[i].len);
        mail = mail_new(world);
        assert_int_equal(mail.sealed.view.compartments[0].body.len, 64 + SEAL_TAG);
        for (unsigned c = 1; c < COMPARTMENTS; c++)
            assert_int_equal(mail.sealed.view.compartments[c].body.len,
                             cases[i].size + SEAL_TAG);
        assert_check(broker_check(&mail, world), CHECK_OK);
        assert_check(recipient_check(&mail, world, 0), CHECK_OK);
        mail_free(&mail);
    }
    world->compartments[2].fragment = bytes_of(text, SIZE_CLASS_MAX);
    assert_refuses(world, ERR_TOO_BIG);
}

static void
what_does_not_fit_its_fixed_size_is_refused(void **state)
{
    struct world *world = *state;
    static const char text[SIZE_CLASS_MAX];

    world->compartments[0].fragment = bytes_of(text, 63);
    struct mail mail = mail_new(world);

    mail_free(&mail);
    world->compartments[0].fragment = bytes_of(text, 64);
    assert_refuses(world, ERR_TOO_BIG);
    world->compartments[0].size = SIZE_CLASS_MAX + 1;
    assert_refuses(world, ERR_TOO_BIG);
    world->compartments[0].size = SIZE_MAX;
    assert_refuses(world, ERR_TOO_BIG);
}

static void
a_compartment_that_nobody_is_given_is_sealed_empty(void **state)
{
    struct world *world = *state;
    static const char secret[3000] = "nobody may read this";
    struct open_order order;
    struct opened opened;
    struct mail mail;

    for (size_t i = 0; i < AGENCIES; i++)
        world->recipients[i].compartments = bits_below(2);
    world->compartments[3].fragment = bytes_of(secret, sizeof(secret));
    mail = mail_new(world);
    /* Not even its length shows. */
    assert_int_equal(mail.sealed.view.compartments[3].body.len, 256 + SEAL_TAG);
    order = order_for(world, 0);
    assert_check(
        open_envelope(&opened, &mail.sealed.view, &mail.core, &order, world->opener, NULL),
        CHECK_OK);
    assert_int_equal(opened.count, 2);
    opened_wipe(&opened);
    mail_free(&mail);
}

static void
compartment_0_goes_to_everybody(void **state)
{
    struct world *world = *state;
    struct open_order order;
    struct opened opened;
    struct mail mail;

    world->recipients[2].compartments = (struct bits){ { 0 } };
    mail = mail_new(world);
    order = order_for(world, 2);
    assert_check(
        open_envelope(&opened, &mail.sealed.view, &mail.core, &order, world->opener, NULL),
        CHECK_OK);
    assert_int_equal(opened.count, 1);
    assert_int_equal(opened.numbers[0], 0);
    assert_bytes(opened.fragments[0], bytes_of_text("header"));
    opened_wipe(&opened);
    mail_free(&mail);
}

static void
orders_that_cannot_be_carried_out_are_refused(void **state)
{
    struct world *world = *state;
    struct seal_order good = world->order;

    world->order.recipient_count = 0;
    assert_refuses(world, ERR_REFUSED);
    world->order.recipient_count = RECIPIENTS_MAX + 1;
    assert_refuses(world, ERR_TOO_BIG);
    world->order = good;
    world->order.core.suite = 2;
    assert_refuses(world, ERR_REFUSED);
    world->order = good;
    world->order.core.compartment_count = 0;
    assert_refuses(world, ERR_REFUSED);
    world->order.core.compartment_count = COMPARTMENTS_MAX + 1;
    assert_refuses(world, ERR_REFUSED);
    world->order = good;
    world->order.psk = NULL;
    assert_refuses(world, ERR_REFUSED);
    world->order.psk = &world->psk;
    world->order.core.psk_epoch = 0;
    assert_refuses(world, ERR_REFUSED);
    world->order = good;
    bits_add(&world->recipients[4].compartments, COMPARTMENTS);
    assert_refuses(world, ERR_REFUSED);
}

static void
a_low_order_intake_key_is_refused(void **state)
{
    struct world *world = *state;

    memset(world->recipients[3].intake.bytes, 0, 32);
    assert_refuses(world, ERR_FORGED);
    world->recipients[3].intake.bytes[0] = 1;
    assert_refuses(world, ERR_FORGED);
    world->recipients[3].intake = world->intake[3].public;
    struct mail mail = mail_new(world);

    mail_free(&mail);
}

static void
an_envelope_over_its_limit_is_refused(void **state)
{
    struct world *world = *state;
    static struct seal_compartment many[COMPARTMENTS_MAX];
    static const char text[60000];
    struct sealed sealed;

    for (unsigned c = 0; c < COMPARTMENTS_MAX; c++)
        many[c].fragment = bytes_of(text, sizeof(text));
    world->order.compartments = many;
    world->order.core.compartment_count = 31;
    assert_ok(seal(&sealed, world));
    sealed_free(&sealed);
    assert_null(sealed.memory);
    world->order.core.compartment_count = 33;
    assert_refuses(world, ERR_TOO_BIG);
    world->order.core.compartment_count = COMPARTMENTS_MAX;
    assert_refuses(world, ERR_TOO_BIG);
}

/* A generator that repeats itself, as after a machine was restored from a snapshot. */
static void
repeat(void *context, void *out, size_t len)
{
    uint8_t *byte = context;

    memset(out, *byte, len);
    for (size_t at = 0; at + DIGEST <= len; at += DIGEST)
        ((uint8_t *)out)[at] = (uint8_t)(at / DIGEST);
}

static void
repeated_randomness_does_not_repeat_the_key_of_another_text(void **state)
{
    struct world *world = *state;
    uint8_t same = 7;
    struct seal_randomness stuck = { .fill = repeat, .context = &same };
    struct sealed a, b, c;

    assert_ok(seal_envelope(&a, &world->order, world->ephemeral, &stuck));
    assert_ok(seal_envelope(&b, &world->order, world->ephemeral, &stuck));
    world->compartments[1].fragment = bytes_of_text("what happened next");
    assert_ok(seal_envelope(&c, &world->order, world->ephemeral, &stuck));
    assert_memory_equal(a.h, b.h, DIGEST);
    assert_memory_not_equal(a.h, c.h, DIGEST);
    assert_bytes(c.view.compartments[3].commitment, a.view.compartments[3].commitment);
    assert_memory_not_equal(c.view.compartments[1].commitment.data,
                            a.view.compartments[1].commitment.data, DIGEST);

    stuck.unhedged = true;
    sealed_free(&a);
    sealed_free(&b);
    assert_ok(seal_envelope(&a, &world->order, world->ephemeral, &stuck));
    world->compartments[1].fragment = bytes_of_text("what happened");
    assert_ok(seal_envelope(&b, &world->order, world->ephemeral, &stuck));
    assert_bytes(b.view.compartments[1].commitment, a.view.compartments[1].commitment);
    sealed_free(&a);
    sealed_free(&b);
    sealed_free(&c);
}

static void
the_hedge_is_a_keyed_hash_of_the_text(void **state)
{
    struct world *world = *state;
    uint8_t same = 9, text[CAPSULE_HEAD + COMPARTMENTS * CAPSULE_ENTRY], drawn[DIGEST],
            z[DIGEST];
    struct seal_randomness stuck = { .fill = repeat, .context = &same };
    struct mail mail = { .batch = NULL };

    assert_ok(seal_envelope(&mail.sealed, &world->order, world->ephemeral, &stuck));
    assert_check(core_read(&mail.core, mail.sealed.view.core), CHECK_OK);
    mail_unwrap(text, &mail, world, 0);
    memset(drawn, 9, sizeof(drawn));
    drawn[0] = 1;
    hash_of(z, DIGEST, "kith1.comp.seed", drawn, bytes_of_text("what happened"));
    assert_memory_equal(text + CAPSULE_HEAD + CAPSULE_ENTRY + 2, z, DIGEST);
    mail_free(&mail);
}

static void
an_ephemeral_is_spent_by_time_by_messages_and_by_a_clock_set_back(void **state)
{
    const struct world *world = *state;
    struct instant made = { 1000000 }, before = { 999999 };
    struct ephemeral *ephemeral = ephemeral_new(made);
    struct seal_order order = world->order;
    struct sealed sealed;

    assert_false(ephemeral_is_spent(ephemeral, made));
    assert_false(ephemeral_is_spent(ephemeral, instant_after(made, EPHEMERAL_MS - 1)));
    assert_true(ephemeral_is_spent(ephemeral, instant_after(made, EPHEMERAL_MS)));
    assert_true(ephemeral_is_spent(ephemeral, before));

    order.recipient_count = 1;
    for (unsigned i = 0; i < EPHEMERAL_MESSAGES; i++) {
        assert_false(ephemeral_is_spent(ephemeral, made));
        assert_ok(seal_envelope(&sealed, &order, ephemeral, NULL));
        sealed_free(&sealed);
    }
    assert_true(ephemeral_is_spent(ephemeral, made));
    assert_err(seal_envelope(&sealed, &order, ephemeral, NULL), ERR_REFUSED);
    ephemeral_free(&ephemeral);
    assert_null(ephemeral);
    ephemeral_free(&ephemeral);
}

/* More recipients than the shared secrets that are kept, twice over. */
static void
secrets_pushed_out_are_agreed_again(void **state)
{
    struct world *world = *state;
    static struct seal_recipient many[RECIPIENTS_MAX];
    static struct intake_secret intake[RECIPIENTS_MAX];

    for (unsigned i = 0; i < RECIPIENTS_MAX; i++) {
        exchange_make(&intake[i].public, &intake[i].secret);
        many[i] = (struct seal_recipient){ .agency = i + 1, .intake = intake[i].public };
    }
    world->order.recipients = many;
    world->order.recipient_count = RECIPIENTS_MAX;
    for (unsigned round = 0; round < 2; round++) {
        struct mail mail = mail_new(world);

        assert_check(broker_check(&mail, world), CHECK_OK);
        for (unsigned i = 0; i < RECIPIENTS_MAX; i += 17) {
            struct open_order order = order_for(world, 0);
            struct opened opened;

            order.me = i + 1;
            order.intake = &intake[i];
            assert_check(open_envelope(&opened, &mail.sealed.view, &mail.core, &order,
                                       world->opener, world->cache),
                         CHECK_OK);
            opened_wipe(&opened);
        }
        mail_free(&mail);
    }
}

int
main(void)
{
#define with_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        with_world(what_is_sealed_passes_every_check),
        with_world(decoys_only_fill_up_to_a_multiple_of_four),
        with_world(recipients_may_come_in_any_order_but_only_once),
        with_world(equal_classes_give_equal_sizes_whatever_is_filled),
        with_world(one_long_text_lifts_all_compartments_without_a_size_of_their_own),
        with_world(what_does_not_fit_its_fixed_size_is_refused),
        with_world(a_compartment_that_nobody_is_given_is_sealed_empty),
        with_world(compartment_0_goes_to_everybody),
        with_world(orders_that_cannot_be_carried_out_are_refused),
        with_world(a_low_order_intake_key_is_refused),
        with_world(an_envelope_over_its_limit_is_refused),
        with_world(repeated_randomness_does_not_repeat_the_key_of_another_text),
        with_world(the_hedge_is_a_keyed_hash_of_the_text),
        with_world(an_ephemeral_is_spent_by_time_by_messages_and_by_a_clock_set_back),
        with_world(secrets_pushed_out_are_agreed_again),
    };

    return RUN(tests);
}
