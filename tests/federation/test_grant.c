#include "grants.h"

static void
a_grant_has_the_published_layout(void **state)
{
    static const char expected[] = "04030201"
                                   "101112131415161718191a1b1c1d1e1f"
                                   "08070605"
                                   "202122232425262728292a2b2c2d2e2f"
                                   "04000000"
                                   "0900000001000000"
                                   "0b000000"
                                   "303132333435363738393a3b3c3d3e3f40414243";
    struct grant grant = {
        .publisher = 0x01020304,
        .recipient = 0x05060708,
        .basis = BASIS_OPEN_REFERRAL,
        .from_ms = 0x100000009,
        .to_day = 11,
    };
    uint8_t body[GRANT_BODY];
    char hex[2 * GRANT_BODY + 1];
    struct grant again;
    (void)state;

    for (uint8_t i = 0; i < 20; i++) {
        if (i < HANDLE)
            grant.handle[i] = (uint8_t)(0x10 + i);
        if (i < REF)
            grant.ref[i] = (uint8_t)(0x20 + i);
        grant.id[i] = (uint8_t)(0x30 + i);
    }
    grant_write(body, &grant);
    hex_write(hex, body, sizeof(body));
    assert_string_equal(hex, expected);
    assert_ok(grant_read(&again, bytes_of(body, sizeof(body))));
    assert_int_equal(again.publisher, grant.publisher);
    assert_int_equal(again.recipient, grant.recipient);
    assert_int_equal(again.basis, BASIS_OPEN_REFERRAL);
    assert_true(again.from_ms == grant.from_ms);
    assert_int_equal(again.to_day, 11);
    assert_memory_equal(again.handle, grant.handle, HANDLE);
    assert_memory_equal(again.ref, grant.ref, REF);
    assert_memory_equal(again.id, grant.id, GRANT_ID);
}

static void
what_is_no_grant_is_not_read(void **state)
{
    struct grant grant = a_grant(1), again;
    uint8_t body[GRANT_BODY + 1];
    (void)state;

    grant_write(body, &grant);
    assert_ok(grant_read(&again, bytes_of(body, GRANT_BODY)));
    assert_err(grant_read(&again, bytes_of(body, GRANT_BODY - 1)), ERR_MALFORMED);
    assert_err(grant_read(&again, bytes_of(body, GRANT_BODY + 1)), ERR_MALFORMED);
    assert_err(grant_read(&again, bytes_of(NULL, 0)), ERR_MALFORMED);

    grant.basis = (enum basis)0;
    grant_write(body, &grant);
    assert_err(grant_read(&again, bytes_of(body, GRANT_BODY)), ERR_MALFORMED);
    grant.basis = (enum basis)(BASIS_REVOKED + 1);
    grant_write(body, &grant);
    assert_err(grant_read(&again, bytes_of(body, GRANT_BODY)), ERR_MALFORMED);
    grant = a_grant(1);
    grant.from_ms = UINT64_MAX;
    grant_write(body, &grant);
    assert_err(grant_read(&again, bytes_of(body, GRANT_BODY)), ERR_MALFORMED);
}

static void
a_grant_is_live_from_its_instant_to_the_end_of_its_day(void **state)
{
    struct grant grant = a_grant(1);
    (void)state;

    assert_false(grant_is_live(&grant, at("2026-10-31T23:59:59.999Z")));
    assert_true(grant_is_live(&grant, at("2026-11-01T00:00:00Z")));
    assert_true(grant_is_live(&grant, at("2026-11-30T23:59:59.999Z")));
    assert_false(grant_is_live(&grant, at("2026-12-01T00:00:00Z")));
}

static void
a_grant_to_nobody_is_never_live(void **state)
{
    struct grant grant = a_grant(1);
    (void)state;

    grant.recipient = 0;
    assert_false(grant_is_live(&grant, at(NOON)));
}

static void
a_revocation_is_never_live(void **state)
{
    struct grant grant = a_grant(1);
    (void)state;

    assert_true(grant_is_live(&grant, at(NOON)));
    grant.basis = BASIS_REVOKED;
    assert_false(grant_is_live(&grant, at(NOON)));
}

static void
every_grant_of_a_batch_verifies(void **state)
{
    struct root_cache *cache = root_cache_new(16);
    struct signer index = a_signer(1);
    struct grant grants[5], read;
    struct signed_batch batch;
    (void)state;

    for (uint32_t i = 0; i < 5; i++)
        grants[i] = a_grant(i);
    sign_grants(&batch, grants, 5, 3, &index.secret);
    for (uint32_t i = 0; i < 5; i++) {
        struct signed_grant grant = signed_grant_at(&batch, i);

        assert_int_equal(grant_verify(&read, &grant, 3, &index.public.key, cache), CHECK_OK);
        assert_memory_equal(read.id, grants[i].id, GRANT_ID);
    }
    batch_free(&batch.batch);
    root_cache_free(&cache);
}

static void
no_bit_of_a_grant_can_be_changed(void **state)
{
    struct signer index = a_signer(1);
    struct grant grants[3], read = { .publisher = 77 };
    struct signed_batch batch;
    uint8_t signature[64], path[2 * DIGEST], *parts[3];
    size_t lens[3] = { GRANT_BODY, sizeof(signature), 0 };
    struct signed_grant grant;
    (void)state;

    for (uint32_t i = 0; i < 3; i++)
        grants[i] = a_grant(i);
    sign_grants(&batch, grants, 3, 1, &index.secret);
    grant = signed_grant_at(&batch, 0);
    memcpy(signature, grant.batch.signature.data, sizeof(signature));
    lens[2] = grant.batch.path.len;
    assert_int_equal(lens[2], sizeof(path));
    memcpy(path, grant.batch.path.data, lens[2]);
    parts[0] = batch.bodies[0];
    parts[1] = signature;
    parts[2] = path;
    grant.batch.signature.data = signature;
    grant.batch.path.data = path;

    for (size_t part = 0; part < 3; part++)
        for (size_t bit = 0; bit < 8 * lens[part]; bit++) {
            parts[part][bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_not_equal(grant_verify(&read, &grant, 1, &index.public.key, NULL),
                                 CHECK_OK);
            assert_int_equal(read.publisher, 77);
            parts[part][bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    assert_int_equal(grant_verify(&read, &grant, 1, &index.public.key, NULL), CHECK_OK);
    batch_free(&batch.batch);
}

static void
another_key_or_key_number_does_not_verify(void **state)
{
    struct signer index = a_signer(1), other = a_signer(2);
    struct grant grant = a_grant(1), read;
    struct signed_batch batch;
    struct signed_grant as_signed;
    (void)state;

    sign_grants(&batch, &grant, 1, 1, &index.secret);
    as_signed = signed_grant_at(&batch, 0);
    assert_int_equal(grant_verify(&read, &as_signed, 1, &index.public.key, NULL), CHECK_OK);
    assert_int_equal(grant_verify(&read, &as_signed, 2, &index.public.key, NULL),
                     CHECK_SIGNATURE);
    assert_int_equal(grant_verify(&read, &as_signed, 1, &other.public.key, NULL),
                     CHECK_SIGNATURE);
    batch_free(&batch.batch);
}

static void
a_message_batch_of_the_same_key_is_not_a_grant(void **state)
{
    struct signer index = a_signer(1);
    struct grant grant = a_grant(1), read;
    struct signed_batch batch;
    struct signed_grant as_signed;
    uint8_t leaf[1][DIGEST];
    (void)state;

    grant_write(batch.bodies[0], &grant);
    leaf_hash(leaf[0], bytes_of(batch.bodies[0], GRANT_BODY));
    batch.batch = batch_sign(LABEL_BATCH, AGENCY_NUMBER_INDEX, 1,
                             (const uint8_t(*)[DIGEST])leaf, 1, &index.secret);
    as_signed = signed_grant_at(&batch, 0);
    assert_int_equal(grant_verify(&read, &as_signed, 1, &index.public.key, NULL),
                     CHECK_SIGNATURE);
    batch_free(&batch.batch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grant_has_the_published_layout),
        cmocka_unit_test(what_is_no_grant_is_not_read),
        cmocka_unit_test(a_grant_is_live_from_its_instant_to_the_end_of_its_day),
        cmocka_unit_test(a_grant_to_nobody_is_never_live),
        cmocka_unit_test(a_revocation_is_never_live),
        cmocka_unit_test(every_grant_of_a_batch_verifies),
        cmocka_unit_test(no_bit_of_a_grant_can_be_changed),
        cmocka_unit_test(another_key_or_key_number_does_not_verify),
        cmocka_unit_test(a_message_batch_of_the_same_key_is_not_a_grant),
    };

    return crypto_start() ? RUN(tests) : 1;
}
