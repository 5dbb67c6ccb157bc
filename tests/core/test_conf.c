#include "../check.h"

#include "core/conf.h"

struct config {
    char *name, *keys, *note;
    uint64_t limit;
    bool demo;
};

static const struct conf_key keys[] = {
    { "agency", CONF_TEXT, offsetof(struct config, name), NULL, "whose agent this is" },
    { "keys", CONF_PATH, offsetof(struct config, keys), "keys", "folder of the key files" },
    { "note", CONF_PATH, offsetof(struct config, note), "", "a file that need not be" },
    { "limit", CONF_NUMBER, offsetof(struct config, limit), "10", "how many" },
    { "demo", CONF_SWITCH, offsetof(struct config, demo), "no", "throw-away keys" },
    { 0 },
};

static enum err
read_text(struct config *config, const char *text, struct why *why)
{
    return conf_read(config, keys, bytes_of_text(text), "etc/agent.conf", why);
}

static void
what_the_file_says_is_in_the_configuration(void **state)
{
    struct config config = { 0 };
    (void)state;

    assert_ok(read_text(&config,
                        "# the police\n\n  agency =  States of Jersey Police \t\n"
                        "keys=/var/keys\nnote = ../note\nlimit = 18446744073709551615\n"
                        "demo = yes",
                        NULL));
    assert_string_equal(config.name, "States of Jersey Police");
    assert_string_equal(config.keys, "/var/keys");
    assert_string_equal(config.note, "etc/../note");
    assert_true(config.limit == UINT64_MAX);
    assert_true(config.demo);
    conf_clear(&config, keys);
    assert_null(config.name);
}

static void
what_it_does_not_say_has_its_default(void **state)
{
    struct config config = { 0 };
    (void)state;

    assert_ok(read_text(&config, "agency = police\n", NULL));
    assert_string_equal(config.keys, "etc/keys");
    assert_string_equal(config.note, "");
    assert_int_equal(config.limit, 10);
    assert_false(config.demo);
    conf_clear(&config, keys);
}

static void
an_equals_sign_may_stand_in_a_value(void **state)
{
    struct config config = { 0 };
    (void)state;

    assert_ok(read_text(&config, "agency = a = b", NULL));
    assert_string_equal(config.name, "a = b");
    conf_clear(&config, keys);
}

static void
what_is_wrong_is_named_with_its_line(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "", "etc/agent.conf: 'agency' is missing: whose agent this is" },
        { "agncy = x", "etc/agent.conf:1: unknown key 'agncy', did you mean 'agency'?" },
        { "\nzebra = x", "etc/agent.conf:2: unknown key 'zebra'" },
        { "agency = a\n#\nagency = b", ":3: 'agency' was given on line 1 already" },
        { "agency", ":1: not of the form 'key = value'" },
        { "= x", ":1: unknown key ''" },
        { "agency =", ":1: 'agency' must be some text" },
        { "note =\t", ":1: 'note' must be a file name" },
        { "limit = -1", ":1: 'limit' must be a whole number" },
        { "limit = 010", ":1: 'limit' must be a whole number" },
        { "limit = 18446744073709551616", ":1: 'limit' must be a whole number" },
        { "demo = maybe", ":1: 'demo' must be yes or no" },
        { "demo = YES", ":1: 'demo' must be yes or no" },
        { "agency = a\r\n", ":1: holds control or invisible characters" },
        { "agency = a\xe2\x80\xae", ":1: holds control or invisible characters" },
        { "agency = a\xff", ":1: holds control or invisible characters, or is not UTF-8" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct config config = { .limit = 77 };
        struct why why = { "" };

        assert_err(read_text(&config, rows[i].text, &why), ERR_MALFORMED);
        assert_says(why.text, rows[i].says);
        assert_int_equal(config.limit, 77);
        assert_null(config.name);
    }
}

static void
a_nul_or_a_file_without_end_is_refused(void **state)
{
    static char big[CONF_FILE_MAX + 1];
    struct config config = { 0 };
    struct why why;
    (void)state;

    assert_err(conf_read(&config, keys, bytes_of("agency = a\0b", 12), "f", &why),
               ERR_MALFORMED);
    memset(big, '\n', sizeof(big));
    assert_err(conf_read(&config, keys, bytes_of(big, sizeof(big)), "f", &why), ERR_TOO_BIG);
    assert_says(why.text, "f: longer than 65536 bytes");
}

static void
paths_are_seen_from_the_folder_of_the_file(void **state)
{
    static const struct {
        const char *file, *path, *whole;
    } rows[] = {
        { "etc/agent.conf", "keys", "etc/keys" },
        { "agent.conf", "keys", "keys" },
        { "/agent.conf", "keys", "/keys" },
        { "/etc/kith/agent.conf", "/srv/keys", "/srv/keys" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *whole = conf_path(rows[i].file, rows[i].path);

        assert_string_equal(whole, rows[i].whole);
        free(whole);
    }
}

static void
the_help_names_every_key_and_its_default(void **state)
{
    struct buffer out;
    (void)state;

    buffer_init(&out, 4096);
    conf_help(&out, keys);
    assert_says(buffer_text(&out), "agency           whose agent this is (must be given)\n");
    assert_says(buffer_text(&out), "keys             folder of the key files (keys)\n");
    assert_says(buffer_text(&out), "note             a file that need not be\n");
    buffer_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_file_says_is_in_the_configuration),
        cmocka_unit_test(what_it_does_not_say_has_its_default),
        cmocka_unit_test(an_equals_sign_may_stand_in_a_value),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(a_nul_or_a_file_without_end_is_refused),
        cmocka_unit_test(paths_are_seen_from_the_folder_of_the_file),
        cmocka_unit_test(the_help_names_every_key_and_its_default),
    };

    return RUN(tests);
}
