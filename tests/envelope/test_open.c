#include "fixture.h"

/* The recipient's part, from what comes to what is read. */

enum { TEXT = CAPSULE_HEAD + COMPARTMENTS * CAPSULE_ENTRY };

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

static enum check
open_as(struct opened *opened, const struct mail *mail, const struct world *world,
        const struct open_order *order)
{
    return open_envelope(opened, &mail->sealed.view, &mail->core, order, world->opener,
                         world->cache);
}

static void
everybody_reads_what_it_was_given(void **state)
{
    struct world *world = *state;
    struct mail mail;

    for (unsigned i = 0; i < AGENCIES; i++)
        world->recipients[i].compartments = (struct bits){ { i } };
    mail = mail_new(world);
    for (unsigned i = 0; i < AGENCIES; i++) {
        struct open_order order = order_for(world, i);
        struct opened opened;
        size_t count = 0;

        assert_check(open_as(&opened, &mail, world, &order), CHECK_OK);
        assert_int_equal(opened.stream_seq, 1000 + i);
        assert_memory_equal(opened.h, mail.sealed.h, DIGEST);
        assert_true(bits_are_empty(&opened.over_wrapped) && bits_are_empty(&opened.withheld));
        for (unsigned c = 0; c < COMPARTMENTS; c++)
            if (c == 0 || i >> c & 1) {
                assert_int_equal(opened.numbers[count], c);
                assert_bytes(opened.fragments[count++], world->compartments[c].fragment);
            }
        assert_int_equal(opened.count, count);
        opened_wipe(&opened);
        assert_null(opened.memory);
    }
    mail_free(&mail);
}

static void
a_stripped_copy_opens_as_the_whole_does(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct open_order order = order_for(world, 1);
    struct sealed_compartment parts[COMPARTMENTS];
    struct envelope whole = mail.sealed.view;
    struct opened opened;

    strip_envelope(&mail.sealed.view, parts, &whole, FIRST_AGENCY + 1, &world->everything,
                   false, false);
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OK);
    assert_int_equal(opened.count, COMPARTMENTS);
    opened_wipe(&opened);
    mail.sealed.view = whole;
    mail_free(&mail);
}

/* --- Bits -------------------------------------------------------------------------------------- */

static void
assert_every_bit_counts(const struct mail *mail, const struct world *world, struct bytes part,
                        enum check expected)
{
    uint8_t *data = writable(part);

    for (size_t bit = 0; bit < 8 * part.len; bit++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (expected != CHECK_OK)
            assert_check(recipient_check(mail, world, 2), expected);
        else
            assert_int_not_equal(recipient_check(mail, world, 2), CHECK_OK);
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_check(recipient_check(mail, world, 2), CHECK_OK);
}

static void
every_bit_counts_without_a_broker_too(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);

    assert_every_bit_counts(&mail, world, mail.sealed.view.core, CHECK_OK);
    assert_every_bit_counts(&mail, world, mail.sealed.view.capsule_digests, CHECK_SIGNATURE);
    assert_every_bit_counts(&mail, world, mail.sealed.view.batch.signature, CHECK_SIGNATURE);
    assert_every_bit_counts(&mail, world, capsule_at(&mail, 2)->kid, CHECK_NOT_FOR_ME);
    assert_every_bit_counts(&mail, world, capsule_at(&mail, 2)->ct, CHECK_CAPSULE);
    for (size_t i = 0; i < COMPARTMENTS; i++) {
        assert_every_bit_counts(&mail, world, compartment_at(&mail, i)->commitment,
                                CHECK_COMPARTMENT);
        assert_every_bit_counts(&mail, world, compartment_at(&mail, i)->body,
                                CHECK_COMPARTMENT);
    }
    mail_free(&mail);
}

/* The same where the publisher signs what it broke. */
static void
what_is_broken_and_signed_is_refused_by_the_seal_itself(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    uint8_t text[TEXT];

    for (size_t bit = 0; bit < 8 * capsule_at(&mail, 2)->ct.len; bit += 5) {
        writable(capsule_at(&mail, 2)->ct)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        mail_rehash(&mail);
        mail_sign(&mail, world);
        assert_check(broker_check(&mail, world), CHECK_OK);
        assert_check(recipient_check(&mail, world, 2), CHECK_OPEN);
        writable(capsule_at(&mail, 2)->ct)[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (unsigned part = 0; part < 2; part++) {
        struct bytes bytes =
            part ? compartment_at(&mail, 1)->body : compartment_at(&mail, 1)->commitment;

        for (size_t bit = 0; bit < 8 * bytes.len; bit += 7) {
            mail_unwrap(text, &mail, world, 2);
            writable(bytes)[bit / 8] ^= (uint8_t)(1 << bit % 8);
            mail_rehash(&mail);
            mail_wrap(&mail, world, 2, bytes_of(text, TEXT));
            mail_rehash(&mail);
            mail_sign(&mail, world);
            assert_check(broker_check(&mail, world), CHECK_OK);
            assert_check(recipient_check(&mail, world, 2),
                         part ? CHECK_OPEN : CHECK_COMMITMENT);
            writable(bytes)[bit / 8] ^= (uint8_t)(1 << bit % 8);
            mail_rehash(&mail);
            mail_wrap(&mail, world, 2, bytes_of(text, TEXT));
        }
    }
    mail_free(&mail);
}

/* --- Alarms ------------------------------------------------------------------------------------ */

static void
a_key_beyond_my_ceiling_raises_an_alarm_and_is_not_used(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct open_order order = order_for(world, 2);
    struct bits ceiling = { { 1 | 2 | 8 } };
    struct opened opened;

    order.ceiling = &ceiling;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OK);
    assert_int_equal(opened.count, 3);
    assert_int_equal(opened.numbers[2], 3);
    assert_true(bits_equal(&opened.over_wrapped, &(struct bits){ { 4 } }));
    assert_true(bits_are_empty(&opened.withheld));
    opened_wipe(&opened);
    mail_free(&mail);
}

static void
a_key_whose_compartment_did_not_come_raises_an_alarm(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct open_order order = order_for(world, 2);
    struct sealed_compartment parts[COMPARTMENTS];
    struct envelope whole = mail.sealed.view;
    struct bits kept = { { 1 | 8 } };
    struct opened opened;

    strip_envelope(&mail.sealed.view, parts, &whole, FIRST_AGENCY + 2, &kept, false, false);
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OK);
    assert_int_equal(opened.count, 2);
    assert_bytes(opened.fragments[1], bytes_of_text("health"));
    assert_true(bits_equal(&opened.withheld, &(struct bits){ { 2 | 4 } }));
    opened_wipe(&opened);

    /* Without compartment 0 nothing can be understood. */
    kept = (struct bits){ { 2 | 4 | 8 } };
    strip_envelope(&mail.sealed.view, parts, &whole, FIRST_AGENCY + 2, &kept, false, false);
    assert_check(open_as(&opened, &mail, world, &order), CHECK_WITHHELD);
    assert_null(opened.memory);
    mail.sealed.view = whole;
    mail_free(&mail);
}

/* --- Pre-shared keys --------------------------------------------------------------------------- */

static void
only_the_psk_of_the_epoch_opens(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct open_order order = order_for(world, 2);
    struct key other = world->psk;
    struct opened opened;

    other.bytes[31] ^= 1;
    order.psk = &other;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OPEN);
    order.psk = NULL;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OPEN);
    order.psk = &world->psk;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OK);
    opened_wipe(&opened);
    mail_free(&mail);
}

static void
epoch_0_is_sealed_and_opened_without_a_psk_only(void **state)
{
    struct world *world = *state;
    struct open_order order;
    struct opened opened;
    struct mail mail;

    world->order.core.psk_epoch = 0;
    world->order.psk = NULL;
    mail = mail_new(world);
    assert_check(recipient_check(&mail, world, 2), CHECK_OK);
    order = order_for(world, 2);
    order.psk = &world->psk;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OPEN);
    mail_free(&mail);
}

/* A publisher that leaves the hedge away and does not say so, to a recipient that lacks the
   key of the epoch. */
static void
an_epoch_whose_psk_was_not_used_does_not_open(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    uint8_t text[TEXT];

    mail_unwrap(text, &mail, world, 2);
    world->order.psk = NULL;
    mail_wrap(&mail, world, 2, bytes_of(text, TEXT));
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    assert_check(recipient_check(&mail, world, 2), CHECK_OPEN);
    mail_free(&mail);
}

int
main(void)
{
#define with_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        with_world(everybody_reads_what_it_was_given),
        with_world(a_stripped_copy_opens_as_the_whole_does),
        with_world(every_bit_counts_without_a_broker_too),
        with_world(what_is_broken_and_signed_is_refused_by_the_seal_itself),
        with_world(a_key_beyond_my_ceiling_raises_an_alarm_and_is_not_used),
        with_world(a_key_whose_compartment_did_not_come_raises_an_alarm),
        with_world(only_the_psk_of_the_epoch_opens),
        with_world(epoch_0_is_sealed_and_opened_without_a_psk_only),
        with_world(an_epoch_whose_psk_was_not_used_does_not_open),
    };

    return RUN(tests);
}
