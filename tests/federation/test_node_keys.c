#include "laid_down.h"

#include "federation/node_keys.h"

/* A folder of keys of an agency under that passphrase (NULL: bare). */
static void
a_keys_folder(char folder[64], const char *passphrase)
{
    struct key kek, key = { { 7 } };
    struct unlock unlock = { .key = &kek };
    struct sign_public public;
    struct sign_secret secret;
    char path[FILE_PATH_MAX];

    snprintf(folder, 64, "/tmp/kith-keys-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_ok(node_kek_make(&kek, folder, passphrase, NULL));
    for (unsigned n = 1; n <= 12; n += 5) {
        sign_make(&public, &secret);
        snprintf(path, sizeof(path), "%s/signing-%u.key", folder, n);
        assert_ok(keyfile_write(path, KEYFILE_SIGNING, secret.bytes, 64, &unlock, NULL));
        snprintf(path, sizeof(path), "%s/intake-%u.key", folder, n);
        key.bytes[0] = (uint8_t)n;
        assert_ok(keyfile_write(path, KEYFILE_INTAKE, key.bytes, 32, &unlock, NULL));
    }
    assert_ok(path_in(path, folder, "transport.key", NULL));
    assert_ok(keyfile_write(path, KEYFILE_TRANSPORT, key.bytes, 32, &unlock, NULL));
    assert_ok(path_in(path, folder, "master.key", NULL));
    assert_ok(keyfile_write(path, KEYFILE_MASTER, key.bytes, 32, &unlock, NULL));
}

static void
keys_come_in_the_order_of_their_numbers(void **state)
{
    struct node_keys *keys = NULL;
    char folder[64];
    (void)state;

    a_keys_folder(folder, NULL);
    shell("cd %s && cp signing-1.key signing-x.key && cp signing-1.key signing-01.key", folder);
    assert_ok(node_keys_load(&keys, folder, NODE_AGENCY, NULL, true, NULL));
    assert_int_equal(keys->signing_count, 3);
    assert_int_equal(keys->signing[0].number, 1);
    assert_int_equal(keys->signing[1].number, 6);
    assert_int_equal(keys->signing[2].number, 11);
    assert_ptr_equal(node_keys_signing(keys, 6), &keys->signing[1]);
    assert_null(node_keys_signing(keys, 2));
    assert_null(node_keys_psk(keys, 1));
    assert_int_equal(keys->intake_count, 3);
    assert_int_equal(keys->intake_numbers[2], 11);
    assert_int_equal(keys->intake[2].secret.bytes[0], 11);
    node_keys_free(&keys);
    shell("rm -r %s", folder);
}

static void
of_very_many_keys_the_newest_are_read(void **state)
{
    struct node_keys *keys = NULL;
    char folder[64];
    (void)state;

    a_keys_folder(folder, NULL);
    shell("cd %s && for i in $(seq 20 40); do cp intake-11.key intake-$i.key; done", folder);
    assert_ok(node_keys_load(&keys, folder, NODE_AGENCY, NULL, true, NULL));
    assert_int_equal(keys->intake_count, NODE_KEYS_MAX);
    assert_int_equal(keys->intake_numbers[0], 40 - NODE_KEYS_MAX + 1);
    assert_int_equal(keys->intake_numbers[NODE_KEYS_MAX - 1], 40);
    assert_int_equal(keys->signing_count, 3);
    node_keys_free(&keys);
    shell("rm -r %s", folder);
}

static void
a_passphrase_opens_them_and_no_other_does(void **state)
{
    struct node_keys *keys = NULL;
    char folder[64];
    struct why why;
    (void)state;

    a_keys_folder(folder, "correct horse");
    assert_ok(node_keys_load(&keys, folder, NODE_AGENCY, "correct horse", false, &why));
    node_keys_free(&keys);
    assert_err(node_keys_load(&keys, folder, NODE_AGENCY, "battery staple", false, &why),
               ERR_FORGED);
    assert_says(why.text, "/kek.key: ");
    assert_err(node_keys_load(&keys, folder, NODE_AGENCY, NULL, false, &why), ERR_REFUSED);
    assert_says(why.text, "no passphrase");
    assert_err(node_keys_load(&keys, folder, NODE_AGENCY, "correct horse", true, &why),
               ERR_NOT_FOUND);
    assert_says(why.text, "/kek.demo: not there");
    assert_null(keys);
    shell("rm -r %s", folder);
}

static void
a_bare_key_is_for_demonstrations_only(void **state)
{
    struct node_keys *keys = NULL;
    char folder[64];
    struct why why;
    (void)state;

    a_keys_folder(folder, NULL);
    assert_err(node_keys_load(&keys, folder, NODE_AGENCY, "any", false, &why), ERR_REFUSED);
    assert_says(why.text, "/kek.demo: a raw key-encryption key is for demonstrations only");
    shell("cd %s && printf zz >kek.demo", folder);
    assert_err(node_keys_load(&keys, folder, NODE_AGENCY, NULL, true, &why), ERR_MALFORMED);
    assert_says(why.text, "/kek.demo: not a key in hexadecimal");
    shell("cd %s && printf %%064d 0 >kek.demo && echo >>kek.demo", folder);
    assert_err(node_keys_load(&keys, folder, NODE_AGENCY, NULL, true, &why), ERR_FORGED);
    assert_null(keys);
    shell("rm -r %s", folder);
}

static void
what_is_missing_or_readable_by_others_is_named(void **state)
{
    static const struct {
        const char *damage, *says;
        enum err err;
    } rows[] = {
        { "rm transport.key", "/transport.key: ", ERR_NOT_FOUND },
        { "rm master.key", "/master.key: ", ERR_NOT_FOUND },
        { "rm signing-*.key", "/signing-N.key: there is none", ERR_NOT_FOUND },
        { "rm intake-*.key", "/intake-N.key: there is none", ERR_NOT_FOUND },
        { "chmod 640 signing-6.key", "/signing-6.key: others may read", ERR_REFUSED },
        { "cp intake-1.key master.key", "/master.key: ", ERR_REFUSED },
        { "chmod 770 .", ": others may change what is in it (mode 0770)", ERR_REFUSED },
        { "chmod 644 kek.demo", "/kek.demo: others may read", ERR_REFUSED },
        { "mv kek.demo a && ln -s a kek.demo", "/kek.demo: is a symbolic link", ERR_REFUSED },
    };
    char folder[64];
    struct why why;
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct node_keys *keys = NULL;

        a_keys_folder(folder, NULL);
        shell("cd %s && %s", folder, rows[i].damage);
        assert_err(node_keys_load(&keys, folder, NODE_AGENCY, NULL, true, &why), rows[i].err);
        assert_says(why.text, rows[i].says);
        assert_null(keys);
        shell("rm -r %s", folder);
    }
}

/* --- Passphrases ------------------------------------------------------------------------------ */

static void
a_passphrase_is_one_line_of_a_private_file(void **state)
{
    static const struct {
        const char *make, *says;
        enum err err;
    } rows[] = {
        { "echo secret >p", "", ERR_OK },
        { "printf secret >p", "", ERR_OK },
        { ": >p", "the passphrase is empty", ERR_MALFORMED },
        { "echo >p", "the passphrase is empty", ERR_MALFORMED },
        { "printf 'a\\nb\\n' >p", "more than one line", ERR_MALFORMED },
        { "printf 'secret\\0x\\n' >p", "more than one line, or a NUL", ERR_MALFORMED },
        { "head -c 2000 /dev/zero | tr '\\0' x >p", "shorter than 1024 bytes", ERR_TOO_BIG },
        { "echo secret >p && chmod 644 p", "chmod 600", ERR_REFUSED },
        { "mkfifo p", "chmod 600", ERR_REFUSED },
        { "true", "No such file", ERR_NOT_FOUND },
    };
    char folder[] = "/tmp/kith-pass-XXXXXX", path[FILE_PATH_MAX];
    struct passphrase passphrase;
    struct why why;
    (void)state;

    assert_non_null(mkdtemp(folder));
    assert_ok(path_in(path, folder, "p", NULL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        shell("cd %s && umask 077 && rm -f p && %s", folder, rows[i].make);
        why.text[0] = 0;
        assert_err(passphrase_read(&passphrase, path, &why), rows[i].err);
        assert_says(why.text, rows[i].says);
        if (rows[i].err == ERR_OK)
            assert_string_equal(passphrase.text, "secret");
    }
    shell("rm -r %s", folder);
}

static void
credentials_of_the_service_go_before_a_file(void **state)
{
    char folder[] = "/tmp/kith-cred-XXXXXX", file[FILE_PATH_MAX];
    struct passphrase passphrase;
    struct why why;
    (void)state;

    assert_non_null(mkdtemp(folder));
    assert_ok(path_in(file, folder, "other", NULL));
    shell("cd %s && umask 077 && echo file >other", folder);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_err(passphrase_find(&passphrase, NULL, &why), ERR_NOT_FOUND);
    assert_err(passphrase_find(&passphrase, "", &why), ERR_NOT_FOUND);
    assert_says(why.text, "no passphrase");
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    assert_ok(passphrase_find(&passphrase, file, &why));
    assert_string_equal(passphrase.text, "file");
    shell("cd %s && umask 077 && echo credential >kith-passphrase", folder);
    assert_ok(passphrase_find(&passphrase, file, &why));
    assert_string_equal(passphrase.text, "credential");
    unsetenv("CREDENTIALS_DIRECTORY");
    shell("rm -r %s", folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_in_the_order_of_their_numbers),
        cmocka_unit_test(of_very_many_keys_the_newest_are_read),
        cmocka_unit_test(a_passphrase_opens_them_and_no_other_does),
        cmocka_unit_test(a_bare_key_is_for_demonstrations_only),
        cmocka_unit_test(what_is_missing_or_readable_by_others_is_named),
        cmocka_unit_test(a_passphrase_is_one_line_of_a_private_file),
        cmocka_unit_test(credentials_of_the_service_go_before_a_file),
    };

    return crypto_start() ? RUN(tests) : 1;
}
