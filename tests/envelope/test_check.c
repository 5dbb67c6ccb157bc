#include "fixture.h"

/* The broker's part: every bit counts, nothing may be missing, added or moved. */

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

/* Flips every bit of a part; the broker must find each, as that check or another. */
static void
assert_every_bit_counts(const struct mail *mail, const struct world *world, struct bytes part,
                        enum check expected)
{
    uint8_t *data = writable(part);

    assert_true(part.len > 0);
    for (size_t bit = 0; bit < 8 * part.len; bit++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (expected != CHECK_OK)
            assert_check(broker_check(mail, world), expected);
        else
            assert_int_not_equal(broker_check(mail, world), CHECK_OK);
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_check(broker_check(mail, world), CHECK_OK);
}

static void
every_bit_of_the_core_counts(void **state)
{
    struct mail mail = mail_new(*state);

    assert_every_bit_counts(&mail, *state, mail.sealed.view.core, CHECK_OK);
    mail_free(&mail);
}

static void
every_bit_of_the_capsule_digests_counts(void **state)
{
    struct mail mail = mail_new(*state);

    assert_every_bit_counts(&mail, *state, mail.sealed.view.capsule_digests, CHECK_SIGNATURE);
    mail_free(&mail);
}

static void
every_bit_of_signature_and_path_counts(void **state)
{
    const struct world *world = *state;
    struct mail mail = mail_new(world);
    uint8_t leaves[5][DIGEST];

    assert_every_bit_counts(&mail, world, mail.sealed.view.batch.signature, CHECK_SIGNATURE);
    random_fill(leaves, sizeof(leaves));
    leaf_hash(leaves[3], bytes_of(mail.sealed.h, DIGEST));
    batch_free(&mail.batch);
    mail.batch =
        batch_sign(LABEL_BATCH, SENDER, 1, (const uint8_t(*)[DIGEST])leaves, 5, &world->secret);
    mail.sealed.view.batch = batch_signature(mail.batch, 3);
    assert_every_bit_counts(&mail, world, mail.sealed.view.batch.path, CHECK_SIGNATURE);
    mail_free(&mail);
}

static void
every_bit_of_route_commitments_and_bodies_counts(void **state)
{
    struct mail mail = mail_new(*state);

    assert_every_bit_counts(&mail, *state, mail.sealed.view.route, CHECK_ROUTE);
    for (size_t i = 0; i < COMPARTMENTS; i++) {
        assert_every_bit_counts(&mail, *state, compartment_at(&mail, i)->commitment,
                                CHECK_COMPARTMENT);
        assert_every_bit_counts(&mail, *state, compartment_at(&mail, i)->body,
                                CHECK_COMPARTMENT);
    }
    mail_free(&mail);
}

static void
every_bit_of_the_capsules_counts(void **state)
{
    struct mail mail = mail_new(*state);

    for (size_t i = 0; i < AGENCIES; i++) {
        assert_every_bit_counts(&mail, *state, capsule_at(&mail, i)->kid, CHECK_CAPSULE);
        assert_every_bit_counts(&mail, *state, capsule_at(&mail, i)->ct, CHECK_CAPSULE);
        for (unsigned bit = 0; bit < 32; bit++) {
            capsule_at(&mail, i)->recipient ^= UINT32_C(1) << bit;
            assert_check(broker_check(&mail, *state), CHECK_CAPSULE);
            capsule_at(&mail, i)->recipient ^= UINT32_C(1) << bit;
        }
    }
    mail_free(&mail);
}

static void
compartments_swapped_renumbered_repeated_missing_or_extra_are_refused(void **state)
{
    struct mail mail = mail_new(*state);
    struct envelope *view = &mail.sealed.view;
    struct sealed_compartment parts[COMPARTMENTS + 1];

    memcpy(parts, view->compartments, COMPARTMENTS * sizeof(parts[0]));
    view->compartments = parts;
    assert_check(broker_check(&mail, *state), CHECK_OK);

    for (size_t i = 1; i + 1 < COMPARTMENTS; i++) {
        struct sealed_compartment moved = parts[i];

        /* In the other's place, and then also under the other's number. */
        parts[i] = parts[i + 1];
        parts[i + 1] = moved;
        assert_check(broker_check(&mail, *state), CHECK_COMPARTMENTS);
        parts[i].c--;
        parts[i + 1].c++;
        assert_check(broker_check(&mail, *state), CHECK_COMPARTMENT);
        parts[i].c++;
        parts[i + 1].c--;
        moved = parts[i];
        parts[i] = parts[i + 1];
        parts[i + 1] = moved;
    }
    for (size_t i = 0; i < COMPARTMENTS; i++) {
        struct sealed_compartment kept = parts[i];

        parts[i] = parts[(i + 1) % COMPARTMENTS];
        assert_check(broker_check(&mail, *state), CHECK_COMPARTMENTS);
        parts[i] = kept;
        parts[i].c += COMPARTMENTS;
        assert_check(broker_check(&mail, *state), CHECK_COMPARTMENTS);
        parts[i].c = (uint32_t)i + 65536;
        assert_check(broker_check(&mail, *state), CHECK_COMPARTMENTS);
        parts[i] = kept;
    }
    for (view->compartment_count = 0; view->compartment_count < COMPARTMENTS;
         view->compartment_count++)
        assert_check(broker_check(&mail, *state), CHECK_COMPARTMENTS);
    parts[COMPARTMENTS] = parts[COMPARTMENTS - 1];
    parts[COMPARTMENTS].c++;
    view->compartment_count++;
    assert_check(broker_check(&mail, *state), CHECK_COMPARTMENTS);
    mail_free(&mail);
}

static void
only_the_sizes_of_the_agreement_are_legal_even_when_signed(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct sealed_compartment *second = compartment_at(&mail, 2);
    struct bytes body = second->body;

    for (size_t len = 0; len < body.len; len++) {
        second->body = bytes_of(body.data, len);
        mail_rehash(&mail);
        mail_sign(&mail, world);
        assert_check(broker_check(&mail, world), CHECK_COMPARTMENTS);
    }
    second->body = body;
    second->commitment.len--;
    assert_check(broker_check(&mail, world), CHECK_COMPARTMENTS);
    second->commitment.len++;
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);

    /* The fixed size is another now, or is fixed where it was not. */
    world->sizes[0] = 128;
    assert_check(broker_check(&mail, world), CHECK_COMPARTMENTS);
    world->sizes[0] = 0;
    assert_check(broker_check(&mail, world), CHECK_COMPARTMENTS);
    world->sizes[0] = 64;
    world->sizes[3] = 255;
    assert_check(broker_check(&mail, world), CHECK_COMPARTMENTS);
    mail_free(&mail);
}

/* A size that tells which compartment holds the long text: legal each by itself. */
static void
two_size_classes_in_one_envelope_are_refused(void **state)
{
    struct world *world = *state;
    struct mail mail;

    world->compartments[2].size = 512;
    mail = mail_new(world);
    assert_check(broker_check(&mail, world), CHECK_COMPARTMENTS);
    mail_free(&mail);
}

static void
a_size_that_is_no_class_is_refused_even_when_all_share_it(void **state)
{
    static const size_t wrong[] = { 16, 128, 255, 257, 300, 768, SIZE_CLASS_MAX - 256 };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct mail mail;

        for (unsigned c = 1; c < COMPARTMENTS; c++)
            world->compartments[c].size = wrong[i];
        mail = mail_new(world);
        assert_check(broker_check(&mail, world), CHECK_COMPARTMENTS);
        mail_free(&mail);
    }
}

static void
another_number_of_compartments_than_the_agreement_has_is_refused(void **state)
{
    struct world *world = *state;
    struct mail mail;

    for (size_t i = 0; i < AGENCIES; i++)
        world->recipients[i].compartments = bits_below(3);
    world->order.core.compartment_count = 3;
    mail = mail_new(world);
    assert_check(broker_check(&mail, world), CHECK_COMPARTMENTS);
    mail_free(&mail);
}

static void
a_route_that_is_signed_but_not_of_the_form_is_refused(void **state)
{
    struct world *world = *state;
    uint8_t route[ROUTE + 1] = { 0 };
    static const size_t lengths[] = { 0, ROUTE - 1, ROUTE, ROUTE + 1 };

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (uint8_t first = 0; first < 2; first++) {
            struct mail mail = mail_new(world);

            route[0] = first;
            mail.sealed.view.route = bytes_of(route, lengths[i]);
            route_digest(writable(mail.sealed.view.core) + 192, mail.sealed.view.route);
            mail_sign(&mail, world);
            assert_check(broker_check(&mail, world),
                         lengths[i] == ROUTE && first == 0 ? CHECK_OK : CHECK_ROUTE);
            mail_free(&mail);
        }
}

static void
capsules_out_of_order_repeated_or_of_another_length_are_refused_even_when_signed(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct capsule first = *capsule_at(&mail, 0), second = *capsule_at(&mail, 1);

    *capsule_at(&mail, 0) = second;
    *capsule_at(&mail, 1) = first;
    assert_check(broker_check(&mail, world), CHECK_CAPSULE);
    *capsule_at(&mail, 0) = first;
    assert_check(broker_check(&mail, world), CHECK_CAPSULE);
    *capsule_at(&mail, 1) = second;
    assert_check(broker_check(&mail, world), CHECK_OK);

    capsule_at(&mail, 1)->ct.len--;
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_CAPSULE);
    capsule_at(&mail, 1)->ct.len++;
    /* One byte over to the key id, the digest's input being the same. */
    capsule_at(&mail, 1)->kid.len++;
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_CAPSULE);
    mail_free(&mail);
}

static void
only_as_many_decoys_as_padding_needs_are_allowed(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct envelope *view = &mail.sealed.view;

    /* Six capsules and two decoys.  Dropping capsules makes decoys of their digests. */
    assert_check(broker_check(&mail, world), CHECK_OK);
    view->capsule_count = 5;
    assert_check(broker_check(&mail, world), CHECK_OK);
    for (view->capsule_count = 0; view->capsule_count <= 4; view->capsule_count++)
        assert_check(broker_check(&mail, world), CHECK_CAPSULE);
    mail_free(&mail);
}

static void
capsule_digests_of_another_number_unsorted_or_repeated_are_refused_even_when_signed(
    void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct bytes *digests = &mail.sealed.view.capsule_digests;
    uint8_t all[12 * DIGEST], *data = writable(*digests);

    for (size_t len = 0; len < digests->len; len += 8) {
        size_t whole = digests->len;

        digests->len = len;
        mail_sign(&mail, world);
        assert_check(broker_check(&mail, world),
                     len == 4 * DIGEST ? CHECK_CAPSULE : CHECK_FORM);
        digests->len = whole;
    }
    memcpy(all, data, 8 * DIGEST);
    memcpy(data, all + DIGEST, DIGEST);
    memcpy(data + DIGEST, all, DIGEST);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_FORM);
    memcpy(data, all, DIGEST);
    memcpy(data + DIGEST, all, DIGEST);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_FORM);
    memcpy(data, all, sizeof(all) / 3 * 2);

    /* Four more decoys, sorted behind the rest. */
    memset(all + 8 * DIGEST, 0xff, 4 * DIGEST);
    for (size_t i = 8; i < 12; i++)
        all[i * DIGEST + DIGEST - 1] = (uint8_t)i;
    *digests = bytes_of(all, sizeof(all));
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_CAPSULE);
    mail_free(&mail);
}

static void
a_capsule_of_another_message_is_not_among_the_signed(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world), other = mail_new(world);

    for (size_t i = 0; i < AGENCIES; i++) {
        struct capsule kept = *capsule_at(&mail, i);

        *capsule_at(&mail, i) = *capsule_at(&other, i);
        assert_check(broker_check(&mail, world), CHECK_CAPSULE);
        *capsule_at(&mail, i) = kept;
    }
    mail_free(&other);
    mail_free(&mail);
}

static void
another_sender_number_or_key_does_not_verify(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct core core = mail.core;
    struct sign_public other;
    struct sign_secret secret;

    sign_make(&other, &secret);
    assert_check(
        check_signature(&mail.sealed.view, &mail.core, mail.sealed.h, &other, world->cache),
        CHECK_SIGNATURE);
    core.sender++;
    assert_check(
        check_signature(&mail.sealed.view, &core, mail.sealed.h, &world->public, world->cache),
        CHECK_SIGNATURE);
    core = mail.core;
    core.sender_key++;
    assert_check(
        check_signature(&mail.sealed.view, &core, mail.sealed.h, &world->public, world->cache),
        CHECK_SIGNATURE);
    mail_free(&mail);
}

/* --- Stripping -------------------------------------------------------------------------------- */

static void
a_copy_holds_what_one_recipient_may_have_and_nothing_else(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct sealed_compartment parts[COMPARTMENTS];
    struct envelope copy;

    for (unsigned may = 0; may < 1u << COMPARTMENTS; may++) {
        struct bits ceiling = { { may } };
        size_t count = 0;

        strip_envelope(&copy, parts, &mail.sealed.view, FIRST_AGENCY + 2, &ceiling, may & 1,
                       false);
        assert_bytes(copy.core, mail.sealed.view.core);
        assert_bytes(copy.capsule_digests, mail.sealed.view.capsule_digests);
        assert_bytes(copy.batch.signature, mail.sealed.view.batch.signature);
        assert_int_equal(copy.route.len, may & 1 ? ROUTE : 0);
        assert_int_equal(copy.capsule_count, 1);
        assert_int_equal(copy.capsules[0].recipient, FIRST_AGENCY + 2);
        for (unsigned c = 0; c < COMPARTMENTS; c++)
            if (may >> c & 1) {
                assert_int_equal(copy.compartments[count].c, c);
                assert_bytes(copy.compartments[count++].body,
                             mail.sealed.view.compartments[c].body);
            }
        assert_int_equal(copy.compartment_count, count);
    }
    mail_free(&mail);
}

static void
a_stub_holds_no_capsule_route_or_compartment_and_is_still_verified(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct sealed_compartment parts[COMPARTMENTS];
    struct envelope copy;

    for (unsigned stub = 0; stub < 2; stub++) {
        strip_envelope(&copy, parts, &mail.sealed.view, stub ? FIRST_AGENCY : 999,
                       &world->everything, true, stub);
        assert_int_equal(copy.capsule_count, 0);
        assert_int_equal(copy.compartment_count, 0);
        assert_int_equal(copy.route.len, 0);
        assert_check(
            check_signature(&copy, &mail.core, mail.sealed.h, &world->public, world->cache),
            CHECK_OK);
    }
    mail_free(&mail);
}

int
main(void)
{
#define with_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        with_world(every_bit_of_the_core_counts),
        with_world(every_bit_of_the_capsule_digests_counts),
        with_world(every_bit_of_signature_and_path_counts),
        with_world(every_bit_of_route_commitments_and_bodies_counts),
        with_world(every_bit_of_the_capsules_counts),
        with_world(compartments_swapped_renumbered_repeated_missing_or_extra_are_refused),
        with_world(only_the_sizes_of_the_agreement_are_legal_even_when_signed),
        with_world(two_size_classes_in_one_envelope_are_refused),
        with_world(a_size_that_is_no_class_is_refused_even_when_all_share_it),
        with_world(another_number_of_compartments_than_the_agreement_has_is_refused),
        with_world(a_route_that_is_signed_but_not_of_the_form_is_refused),
        with_world(
            capsules_out_of_order_repeated_or_of_another_length_are_refused_even_when_signed),
        with_world(only_as_many_decoys_as_padding_needs_are_allowed),
        with_world(
            capsule_digests_of_another_number_unsorted_or_repeated_are_refused_even_when_signed),
        with_world(a_capsule_of_another_message_is_not_among_the_signed),
        with_world(another_sender_number_or_key_does_not_verify),
        with_world(a_copy_holds_what_one_recipient_may_have_and_nothing_else),
        with_world(a_stub_holds_no_capsule_route_or_compartment_and_is_still_verified),
    };

    return RUN(tests);
}
