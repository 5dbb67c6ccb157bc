#include "people.h"

static struct trust
some_trust(void)
{
    struct trust trust = {
        .federation = "jersey",
        .registry = { .needed = 2, .count = 3 },
        .agreement = { .needed = 1, .count = 1 },
    };

    for (uint8_t i = 0; i < 3; i++)
        trust.registry.keys[i] = a_signer((uint8_t)(i + 1)).public;
    trust.agreement.keys[0] = a_signer(4).public;
    return trust;
}

static void
what_is_written_is_read_again(void **state)
{
    struct trust trust = some_trust(), again;
    struct buffer text;
    (void)state;

    buffer_init(&text, 4096);
    trust_write(&text, &trust);
    assert_ok(trust_read(&again, buffer_bytes(&text), NULL));
    assert_string_equal(again.federation, "jersey");
    assert_int_equal(again.registry.needed, 2);
    assert_int_equal(again.registry.count, 3);
    assert_int_equal(again.agreement.needed, 1);
    assert_int_equal(again.agreement.count, 1);
    assert_memory_equal(&again.registry.keys, &trust.registry.keys,
                        3 * sizeof(trust.registry.keys[0]));
    buffer_clear(&text);
}

/* @a, @b, … stand for the keys of as many signers. */
static enum err
read_with_keys(struct trust *trust, const char *pattern, struct why *why)
{
    char key[MINISIGN_PUBLIC_TEXT];
    struct signer signer;
    struct buffer text;
    enum err err;

    buffer_init(&text, 8192);
    for (; *pattern != 0; pattern++) {
        if (*pattern != '@') {
            buffer_add_byte(&text, (uint8_t)*pattern);
            continue;
        }
        pattern++;
        signer = a_signer((uint8_t)*pattern);
        minisign_public_write(key, &signer.public);
        buffer_add_text(&text, key);
    }
    err = trust_read(trust, buffer_bytes(&text), why);
    buffer_clear(&text);
    return err;
}

static void
what_is_wrong_is_said_with_its_line(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "", "does not say who signs the registry" },
        { "kith registry jersey\n", "line 1: not 'kith trust FEDERATION'" },
        { "kith trust Jersey\n", "line 1: not 'kith trust FEDERATION'" },
        { "kith trust jersey\n@a\n", "line 2: not 'registry M of'" },
        { "kith trust jersey\nregistry 0 of\n@a\n", "line 2: not 'registry M of'" },
        { "kith trust jersey\nregistry 17 of\n@a\n", "line 2: not 'registry M of'" },
        { "kith trust jersey\nbroker 1 of\n@a\n", "line 2: not 'registry M of'" },
        { "kith trust jersey\nregistry 1 of\nRWQ\n", "line 3: not 'registry M of'" },
        { "kith trust jersey\nregistry 2 of\n@a\nagreement 1 of\n@b\n",
          "2 signers of the registry are needed, 1 are given" },
        { "kith trust jersey\nregistry 1 of\n@a\n", "does not say who signs the agreement" },
        { "kith trust jersey\nregistry 2 of\n@a\n@a\n", "line 4: this key was given before" },
        { "kith trust jersey\nregistry 1 of\n@a\nagreement 1 of\n@a\n",
          "line 5: this key was given before" },
        { "kith trust jersey\nregistry 1 of\n@a\nregistry 1 of\n@b\n",
          "line 4: the signers of the registry were given before" },
        { "kith trust jersey\nregistry 1 of\n@a\nagreement 1 of\n@b\n# \xe2\x80\xae\n",
          "line 6: holds characters that cannot be seen" },
        { "kith trust jersey\nregistry 1 of\n@a@b@c@d@e@f\n", "line 3: not 'registry M of'" },
    };
    struct trust trust = { .federation = "untouched" };
    struct why why;
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_err(read_with_keys(&trust, rows[i].text, &why), ERR_MALFORMED);
        assert_says(why.text, rows[i].says);
    }
    assert_string_equal(trust.federation, "untouched");
    assert_ok(read_with_keys(&trust,
                             "# by hand\nkith trust jersey\n\nregistry 1 of\n@a\nagreement 2 "
                             "of\n  @b\n\t@c",
                             &why));
}

static void
seventeen_signers_are_too_many(void **state)
{
    struct trust trust;
    struct why why;
    (void)state;

    assert_ok(
        read_with_keys(&trust,
                       "kith trust jersey\nregistry 1 of\n@a\n@b\n@c\n@d\n@e\n@f\n@g\n@h\n"
                       "@i\n@j\n@k\n@l\n@m\n@n\n@o\n@p\nagreement 1 of\n@z\n",
                       &why));
    assert_err(read_with_keys(&trust,
                              "kith trust jersey\nregistry 1 of\n@a\n@b\n@c\n@d\n@e\n@f\n@g\n"
                              "@h\n@i\n@j\n@k\n@l\n@m\n@n\n@o\n@p\n@q\nagreement 1 of\n@z\n",
                              &why),
               ERR_TOO_BIG);
    assert_says(why.text, "line 19: more than 16 signers");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(seventeen_signers_are_too_many),
    };

    return crypto_start() ? RUN(tests) : 1;
}
