#include "fixture.h"

/* What a publisher or a broker that means harm may send, properly signed: the recipient
   refuses it. */

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

/* --- Capsules ---------------------------------------------------------------------------------- */

/* Puts the text into recipient 2's capsule, signed properly. */
static enum check
with_capsule_text(const struct world *world, const uint8_t text[TEXT])
{
    struct mail mail = mail_new(world);
    enum check check;

    mail_wrap(&mail, world, 2, bytes_of(text, TEXT));
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    check = recipient_check(&mail, world, 2);
    mail_free(&mail);
    return check;
}

static void
put_keys(uint8_t text[TEXT], uint16_t n, const uint16_t *numbers, size_t count)
{
    memset(text, 0, TEXT);
    put_le16(put_le64(text, 5), n);
    for (size_t i = 0; i < count; i++)
        put_le16(text + CAPSULE_HEAD + i * CAPSULE_ENTRY, numbers[i]);
}

static void
malformed_capsule_texts_are_refused(void **state)
{
    static const struct {
        uint16_t n, numbers[COMPARTMENTS];
        size_t count;
    } malformed[] = {
        { 0, { 0 }, 0 },          /* nothing */
        { 1, { 1 }, 1 },          /* without compartment 0 */
        { 2, { 0, 0 }, 2 },       /* twice */
        { 3, { 0, 2, 1 }, 3 },    /* descending */
        { 3, { 0, 2, 2 }, 3 },    /* twice */
        { 2, { 0, 4 }, 2 },       /* out of range */
        { 2, { 0, 65535 }, 2 },   /* far out of range */
        { 5, { 0, 1, 2, 3 }, 4 }, /* more than fit */
        { 65535, { 0, 1, 2, 3 }, 4 },
        { 1, { 0, 1 }, 2 }, /* something behind the last */
    };
    uint8_t text[TEXT];

    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        put_keys(text, malformed[i].n, malformed[i].numbers, malformed[i].count);
        assert_check(with_capsule_text(*state, text), CHECK_CAPSULE);
    }
    /* Well formed, though none of its keys is the right one. */
    put_keys(text, 2, (const uint16_t[]){ 0, 3 }, 2);
    assert_check(with_capsule_text(*state, text), CHECK_COMMITMENT);
}

/* Their order would tell which capsule is whose, or which are decoys. */
static void
capsule_digests_out_of_order_are_refused_even_when_signed(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    uint8_t *digests = writable(mail.sealed.view.capsule_digests), first[DIGEST];

    memcpy(first, digests, DIGEST);
    memcpy(digests, digests + DIGEST, DIGEST);
    memcpy(digests + DIGEST, first, DIGEST);
    mail_sign(&mail, world);
    for (size_t i = 0; i < AGENCIES; i++)
        assert_check(recipient_check(&mail, world, i), CHECK_FORM);
    mail_free(&mail);
}

static void
a_capsule_digest_that_stands_twice_is_refused_even_when_signed(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct bytes digests = mail.sealed.view.capsule_digests;
    size_t last = digests.len - DIGEST;

    memcpy(writable(digests) + last, digests.data + last - DIGEST, DIGEST);
    mail_sign(&mail, world);
    assert_check(recipient_check(&mail, world, 0), CHECK_FORM);
    mail_free(&mail);
}

static void
every_byte_behind_the_last_key_must_be_zero(void **state)
{
    uint8_t text[TEXT];

    for (size_t at = CAPSULE_HEAD + 2 * CAPSULE_ENTRY; at < TEXT; at++) {
        put_keys(text, 2, (const uint16_t[]){ 0, 3 }, 2);
        text[at] = 0x80;
        assert_check(with_capsule_text(*state, text), CHECK_CAPSULE);
    }
}

static void
a_capsule_of_another_length_is_refused_even_when_signed(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct capsule *capsule = capsule_at(&mail, 2);
    uint8_t longer[TEXT + SEAL_TAG + 1] = { 0 };
    struct bytes ct = capsule->ct;

    for (size_t len = 0; len <= sizeof(longer); len++) {
        if (len == ct.len)
            continue;
        capsule->ct = bytes_of(longer, len);
        mail_rehash(&mail);
        mail_sign(&mail, world);
        assert_check(recipient_check(&mail, world, 2), CHECK_CAPSULE);
    }
    capsule->ct = ct;
    mail_free(&mail);
}

/* Surreptitious forwarding: agency 2's capsule, re-addressed. */
static void
a_capsule_for_another_agency_or_key_does_not_open(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct capsule *mine = capsule_at(&mail, 3), *theirs = capsule_at(&mail, 2);
    struct open_order order = order_for(world, 3);
    struct opened opened;
    uint8_t kid[KID];

    assert_check(recipient_check(&mail, world, 3), CHECK_OK);
    /* Theirs under my number: the key id is none of mine. */
    mine->kid = theirs->kid;
    mine->ct = theirs->ct;
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    assert_check(recipient_check(&mail, world, 3), CHECK_NOT_FOR_ME);
    /* Even when I hold the key it was sealed to, it was not sealed to me. */
    order.intake = world->intake;
    order.intake_count = AGENCIES;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OPEN);
    /* Under my number and my key id. */
    kid_of(kid, &world->intake[3].public);
    mine->kid = bytes_of(kid, KID);
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(recipient_check(&mail, world, 3), CHECK_OPEN);
    mail_free(&mail);
}

/* The ephemeral and so the cached shared secret are the same for both messages. */
static void
a_capsule_from_another_message_under_the_same_ephemeral_does_not_open(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world), other = mail_new(world);

    assert_check(recipient_check(&mail, world, 2), CHECK_OK);
    assert_check(recipient_check(&other, world, 2), CHECK_OK);
    assert_memory_equal(&mail.core.epk, &other.core.epk, 32);
    *capsule_at(&mail, 2) = *capsule_at(&other, 2);
    assert_check(recipient_check(&mail, world, 2), CHECK_CAPSULE);
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    assert_check(recipient_check(&mail, world, 2), CHECK_OPEN);
    mail_free(&mail);
    mail_free(&other);
}

static void
no_capsule_or_two_for_me_are_refused(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct open_order order = order_for(world, 0);
    struct opened opened;

    order.me = 999;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_NOT_FOR_ME);
    order.me = FIRST_AGENCY;
    order.intake_count = 0;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_NOT_FOR_ME);
    *capsule_at(&mail, 1) = *capsule_at(&mail, 0);
    assert_check(recipient_check(&mail, world, 0), CHECK_CAPSULE);
    mail_free(&mail);
}

static void
an_older_intake_key_that_is_still_kept_opens(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct intake_secret keys[3];
    struct open_order order = order_for(world, 4);
    struct opened opened;

    for (size_t i = 0; i < 2; i++)
        exchange_make(&keys[i].public, &keys[i].secret);
    keys[2] = world->intake[4];
    order.intake = keys;
    order.intake_count = 3;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_OK);
    opened_wipe(&opened);
    order.intake_count = 2;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_NOT_FOR_ME);
    mail_free(&mail);
}

static void
a_low_order_ephemeral_does_not_open(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);

    memset(writable(mail.sealed.view.core) + 120, 0, 32);
    mail_sign(&mail, world);
    assert_check(recipient_check(&mail, world, 2), CHECK_OPEN);
    mail_free(&mail);
}

/* --- Compartments ------------------------------------------------------------------------------ */

static void
compartments_swapped_repeated_out_of_order_or_too_long_are_refused(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct sealed_compartment parts[COMPARTMENTS], kept;
    uint8_t *big = mem_new(SIZE_CLASS_MAX + SEAL_TAG + 1);

    memcpy(parts, mail.sealed.view.compartments, sizeof(parts));
    mail.sealed.view.compartments = parts;
    kept = parts[1];
    parts[1].commitment = parts[2].commitment;
    parts[1].body = parts[2].body;
    assert_check(recipient_check(&mail, world, 2), CHECK_COMPARTMENT);
    parts[1] = parts[2];
    assert_check(recipient_check(&mail, world, 2), CHECK_COMPARTMENTS);
    parts[1] = kept;
    parts[1].c = 0;
    assert_check(recipient_check(&mail, world, 2), CHECK_COMPARTMENTS);
    parts[1] = kept;
    parts[3].c = COMPARTMENTS;
    assert_check(recipient_check(&mail, world, 2), CHECK_COMPARTMENTS);
    parts[3].c = 3;
    parts[1].body = bytes_of(big, SIZE_CLASS_MAX + SEAL_TAG + 1);
    assert_check(recipient_check(&mail, world, 2), CHECK_COMPARTMENTS);
    parts[1].body = bytes_of(big, SEAL_TAG);
    assert_check(recipient_check(&mail, world, 2), CHECK_COMPARTMENTS);
    parts[1] = kept;
    parts[1].commitment.len = 0;
    assert_check(recipient_check(&mail, world, 2), CHECK_COMPARTMENTS);
    parts[1] = kept;
    assert_check(recipient_check(&mail, world, 2), CHECK_OK);
    free(big);
    mail_free(&mail);
}

/* The publisher swaps two compartments whole, digests, keys and all: the number of each is
   bound into its key. */
static void
a_compartment_moved_by_its_publisher_is_refused(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    uint8_t text[TEXT], z[32];
    struct sealed_compartment *one = compartment_at(&mail, 1), *two = compartment_at(&mail, 2),
                              kept = *one;

    mail_unwrap(text, &mail, world, 2);
    *one = *two;
    *two = kept;
    one->c = 1;
    two->c = 2;
    memcpy(z, text + CAPSULE_HEAD + CAPSULE_ENTRY + 2, 32);
    memcpy(text + CAPSULE_HEAD + CAPSULE_ENTRY + 2, text + CAPSULE_HEAD + 2 * CAPSULE_ENTRY + 2,
           32);
    memcpy(text + CAPSULE_HEAD + 2 * CAPSULE_ENTRY + 2, z, 32);
    mail_rehash(&mail);
    mail_wrap(&mail, world, 2, bytes_of(text, TEXT));
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    assert_check(recipient_check(&mail, world, 2), CHECK_COMMITMENT);
    mail_free(&mail);
}

static void
padding_that_is_none_is_refused(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct compartment_keys keys;
    uint8_t text[TEXT], zeros[256] = { 0 };
    struct key z;

    mail_unwrap(text, &mail, world, 2);
    memcpy(z.bytes, text + CAPSULE_HEAD + CAPSULE_ENTRY + 2, 32);
    compartment_keys_of(&keys, &mail.core, 1, &z);
    seal_once(writable(compartment_at(&mail, 1)->body), bytes_of(zeros, sizeof(zeros)),
              &keys.key);
    mail_rehash(&mail);
    mail_wrap(&mail, world, 2, bytes_of(text, TEXT));
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    assert_check(recipient_check(&mail, world, 2), CHECK_OPEN);
    mail_free(&mail);
}

static void
another_number_of_compartments_than_the_agreement_has_is_refused(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct open_order order = order_for(world, 2);
    struct opened opened;

    order.compartment_count = COMPARTMENTS + 1;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_COMPARTMENTS);
    order.compartment_count = COMPARTMENTS - 1;
    assert_check(open_as(&opened, &mail, world, &order), CHECK_COMPARTMENTS);
    mail_free(&mail);
}

/* --- Authorship -------------------------------------------------------------------------------- */

/* Agency 8 puts its own name over agency 7's ciphertexts and signs: the broker, which holds
   no key, cannot tell. */
static void
stolen_ciphertexts_fail_at_the_recipient(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    uint8_t text[TEXT], *bytes = writable(mail.sealed.view.core);

    mail_unwrap(text, &mail, world, 2);
    put_le32(bytes + 4, OTHER_SENDER);
    sign_make(&world->public, &world->secret);
    mail_sign(&mail, world);
    assert_int_equal(mail.core.sender, OTHER_SENDER);
    assert_check(broker_check(&mail, world), CHECK_OK);
    /* The capsules are bound to the core they were made for ... */
    assert_check(recipient_check(&mail, world, 2), CHECK_OPEN);
    /* ... and a thief who was a recipient, and can make capsules of its own with its own
       ephemeral, holds keys that are bound to their author. */
    mail_wrap(&mail, world, 2, bytes_of(text, TEXT));
    mail_rehash(&mail);
    mail_sign(&mail, world);
    assert_check(broker_check(&mail, world), CHECK_OK);
    assert_check(recipient_check(&mail, world, 2), CHECK_COMMITMENT);
    mail_free(&mail);
}

/* Message, kind and agreement are bound in the same way. */
static void
old_ciphertexts_in_a_new_message_fail_at_the_recipient(void **state)
{
    static const size_t bound[] = { 8, 12, 27, 40, 44, 75 };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(bound) / sizeof(bound[0]); i++) {
        struct mail mail = mail_new(world);
        uint8_t text[TEXT];

        mail_unwrap(text, &mail, world, 2);
        writable(mail.sealed.view.core)[bound[i]] ^= 1;
        mail_wrap(&mail, world, 2, bytes_of(text, TEXT));
        mail_rehash(&mail);
        mail_sign(&mail, world);
        assert_check(recipient_check(&mail, world, 2), CHECK_COMMITMENT);
        mail_free(&mail);
    }
}

static void
a_key_that_is_not_the_senders_does_not_verify(void **state)
{
    struct world *world = *state;
    struct mail mail = mail_new(world);
    struct sign_secret secret;

    assert_check(recipient_check(&mail, world, 2), CHECK_OK);
    sign_make(&world->public, &secret);
    assert_check(recipient_check(&mail, world, 2), CHECK_SIGNATURE);
    mail_free(&mail);
}

int
main(void)
{
#define with_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        with_world(malformed_capsule_texts_are_refused),
        with_world(capsule_digests_out_of_order_are_refused_even_when_signed),
        with_world(a_capsule_digest_that_stands_twice_is_refused_even_when_signed),
        with_world(every_byte_behind_the_last_key_must_be_zero),
        with_world(a_capsule_of_another_length_is_refused_even_when_signed),
        with_world(a_capsule_for_another_agency_or_key_does_not_open),
        with_world(a_capsule_from_another_message_under_the_same_ephemeral_does_not_open),
        with_world(no_capsule_or_two_for_me_are_refused),
        with_world(an_older_intake_key_that_is_still_kept_opens),
        with_world(a_low_order_ephemeral_does_not_open),
        with_world(compartments_swapped_repeated_out_of_order_or_too_long_are_refused),
        with_world(a_compartment_moved_by_its_publisher_is_refused),
        with_world(padding_that_is_none_is_refused),
        with_world(another_number_of_compartments_than_the_agreement_has_is_refused),
        with_world(stolen_ciphertexts_fail_at_the_recipient),
        with_world(old_ciphertexts_in_a_new_message_fail_at_the_recipient),
        with_world(a_key_that_is_not_the_senders_does_not_verify),
    };

    return RUN(tests);
}
