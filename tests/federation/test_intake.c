#include "people.h"

#include "federation/intake.h"

static struct intake_key
an_intake(const struct signer *agency)
{
    struct intake_key intake = {
        .agency = 100,
        .signing_key = 2,
        .not_before_ms = (uint64_t)at("2026-11-25T10:00:00.5Z").ms,
        .not_after_ms = (uint64_t)at("2026-12-02T10:00:00.5Z").ms,
    };

    memset(intake.key.bytes, 0x42, sizeof(intake.key.bytes));
    intake_sign(&intake, &agency->secret);
    return intake;
}

static void
an_intake_key_verifies_under_the_key_that_signed_it(void **state)
{
    struct signer agency = a_signer(1), other = a_signer(2);
    struct intake_key intake = an_intake(&agency);
    (void)state;

    assert_true(intake_verify(&intake, &agency.public.key));
    assert_false(intake_verify(&intake, &other.public.key));
}

static void
no_part_of_it_can_be_changed(void **state)
{
    struct signer agency = a_signer(1);
    struct intake_key good = an_intake(&agency), bad;
    (void)state;

    for (size_t bit = 0; bit < 8 * 32; bit++) {
        bad = good;
        bad.key.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(intake_verify(&bad, &agency.public.key));
    }
    for (size_t bit = 0; bit < 8 * 64; bit++) {
        bad = good;
        bad.signature.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(intake_verify(&bad, &agency.public.key));
    }
    bad = good;
    bad.agency++;
    assert_false(intake_verify(&bad, &agency.public.key));
    bad = good;
    bad.signing_key++;
    assert_false(intake_verify(&bad, &agency.public.key));
    bad = good;
    bad.not_before_ms++;
    assert_false(intake_verify(&bad, &agency.public.key));
    bad = good;
    bad.not_after_ms--;
    assert_false(intake_verify(&bad, &agency.public.key));
}

static void
what_is_signed_has_the_published_layout(void **state)
{
    struct signer agency = a_signer(1);
    struct intake_key intake = an_intake(&agency);
    uint8_t body[INTAKE_BODY] = "kith1.sig.intake", *at = body + 16;
    (void)state;

    at = put_le32(at, 100);
    at = put_le32(at, 2);
    at = put_bytes(at, intake.key.bytes, 32);
    at = put_le64(at, intake.not_before_ms);
    put_le64(at, intake.not_after_ms);
    assert_true(
        sign_verify(&intake.signature, bytes_of(body, sizeof(body)), &agency.public.key));
}

static void
it_is_valid_between_its_two_instants_only(void **state)
{
    struct signer agency = a_signer(1);
    struct intake_key intake = an_intake(&agency);
    (void)state;

    assert_false(intake_is_valid(&intake, at("2026-11-25T10:00:00.499Z")));
    assert_true(intake_is_valid(&intake, at("2026-11-25T10:00:00.500Z")));
    assert_true(intake_is_valid(&intake, at("2026-12-02T10:00:00.500Z")));
    assert_false(intake_is_valid(&intake, at("2026-12-02T10:00:00.501Z")));
    assert_false(intake_is_valid(&intake, (struct instant){ -1 }));
}

static void
nobody_can_sign_one_for_longer_than_a_week(void **state)
{
    struct signer agency = a_signer(1);
    struct intake_key intake = an_intake(&agency);
    (void)state;

    intake.not_after_ms++;
    intake_sign(&intake, &agency.secret);
    assert_false(intake_verify(&intake, &agency.public.key));
    intake.not_after_ms = intake.not_before_ms;
    intake_sign(&intake, &agency.secret);
    assert_false(intake_verify(&intake, &agency.public.key));
}

static void
a_file_gives_back_what_was_put_in(void **state)
{
    struct signer agency = a_signer(1);
    struct intake_key intake = an_intake(&agency), keys[INTAKE_KEYS_MAX];
    struct buffer text;
    size_t count = 0;
    (void)state;

    buffer_init(&text, INTAKE_FILE_MAX);
    for (int i = 0; i < INTAKE_KEYS_MAX; i++)
        intake_file_add(&text, &intake);
    assert_ok(intake_file_read(keys, &count, buffer_bytes(&text), NULL));
    assert_int_equal(count, INTAKE_KEYS_MAX);
    assert_true(intake_verify(&keys[7], &agency.public.key));
    assert_int_equal(keys[0].agency, 100);
    intake_file_add(&text, &intake);
    assert_err(intake_file_read(keys, &count, buffer_bytes(&text), NULL), ERR_TOO_BIG);
    buffer_clear(&text);
}

static void
a_line_has_one_form_only(void **state)
{
    static const struct {
        const char *from, *to;
    } changes[] = {
        { "kith intake", "kith  intake" },
        { "kith intake", "kith grant" },
        { "intake 100", "intake 0100" },
        { "intake 100", "intake 4294967296" },
        { "key 2", "key two" },
        { "10:00:00.500Z to", "10:00:00.5Z to" },
        { "2026-12-02T", "2026-12-32T" },
        { "2026-11-25T10:00:00.500Z", "2026-11-25T11:00:00.500+01:00" },
        { "signed ", "signed A" },
        { " to ", " until " },
        { "\n", " \n" },
        { "\n", "\n\n" },
        { "QkJC", "QkJ" },
    };
    struct signer agency = a_signer(1);
    struct intake_key intake = an_intake(&agency), keys[INTAKE_KEYS_MAX];
    struct buffer good, bad;
    struct why why;
    size_t count;
    (void)state;

    buffer_init(&good, INTAKE_FILE_MAX);
    buffer_init(&bad, INTAKE_FILE_MAX);
    intake_file_add(&good, &intake);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const char *text = buffer_text(&good), *place = strstr(text, changes[i].from);

        assert_non_null(place);
        buffer_reset(&bad);
        buffer_add(&bad, text, (size_t)(place - text));
        buffer_add_text(&bad, changes[i].to);
        buffer_add_text(&bad, place + strlen(changes[i].from));
        assert_err(intake_file_read(keys, &count, buffer_bytes(&bad), &why), ERR_MALFORMED);
        assert_says(why.text, "not 'kith intake AGENCY key N");
    }
    assert_err(intake_file_read(keys, &count, bytes_of_text(""), &why), ERR_MALFORMED);
    assert_says(why.text, "holds no key");
    buffer_clear(&good);
    buffer_clear(&bad);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_intake_key_verifies_under_the_key_that_signed_it),
        cmocka_unit_test(no_part_of_it_can_be_changed),
        cmocka_unit_test(what_is_signed_has_the_published_layout),
        cmocka_unit_test(it_is_valid_between_its_two_instants_only),
        cmocka_unit_test(nobody_can_sign_one_for_longer_than_a_week),
        cmocka_unit_test(a_file_gives_back_what_was_put_in),
        cmocka_unit_test(a_line_has_one_form_only),
    };

    return crypto_start() ? RUN(tests) : 1;
}
