#include "people.h"

#include <unistd.h>

#include "core/file.h"

#define ZEROES "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES   "1111111111111111111111111111111111111111111111111111111111111111"

#define REGISTRY "kith registry jersey version 1 replacing " ZEROES "\n"

static void
sign_as(struct buffer *minisig, const struct signer *signer, struct bytes document)
{
    buffer_init(minisig, MINISIG_MAX);
    minisig_write(minisig, document, &signer->public, &signer->secret, "kith");
}

static struct signers
two_of_three(void)
{
    struct signers signers = { .needed = 2, .count = 3 };

    for (uint8_t i = 0; i < 3; i++)
        signers.keys[i] = a_signer((uint8_t)(i + 1)).public;
    return signers;
}

/* Verifies the text as a registry of Jersey, signed by those signers. */
static enum err
verify_signed_by(const char *text, const uint8_t *by, size_t count, struct why *why)
{
    struct signers signers = two_of_three();
    struct document_line line;
    struct buffer minisig[8];
    struct bytes minisigs[8];
    enum err err;

    for (size_t i = 0; i < count; i++) {
        struct signer signer = a_signer(by[i]);

        sign_as(&minisig[i], &signer, bytes_of_text(text));
        minisigs[i] = buffer_bytes(&minisig[i]);
    }
    err = document_verify(bytes_of_text(text), DOCUMENT_REGISTRY, "jersey", minisigs, count,
                          &signers, &line, why);
    for (size_t i = 0; i < count; i++)
        buffer_clear(&minisig[i]);
    return err;
}

static void
two_of_three_signers_suffice_in_any_order(void **state)
{
    (void)state;

    assert_ok(verify_signed_by(REGISTRY, (uint8_t[]){ 1, 2 }, 2, NULL));
    assert_ok(verify_signed_by(REGISTRY, (uint8_t[]){ 3, 1 }, 2, NULL));
    assert_ok(verify_signed_by(REGISTRY, (uint8_t[]){ 1, 2, 3 }, 3, NULL));
}

static void
one_signer_does_not_suffice_however_often(void **state)
{
    struct why why;
    (void)state;

    assert_err(verify_signed_by(REGISTRY, NULL, 0, &why), ERR_FORGED);
    assert_string_equal(why.text, "signed by 0 of the 2 signers needed");
    assert_err(verify_signed_by(REGISTRY, (uint8_t[]){ 2 }, 1, &why), ERR_FORGED);
    assert_string_equal(why.text, "signed by 1 of the 2 signers needed");
    assert_err(verify_signed_by(REGISTRY, (uint8_t[]){ 2, 2, 2 }, 3, &why), ERR_FORGED);
    assert_says(why.text, "signed by 1 of the 2 signers needed; key 0202020202020202: signed "
                          "twice, counts once");
}

static void
strangers_do_not_count(void **state)
{
    struct why why;
    (void)state;

    assert_err(verify_signed_by(REGISTRY, (uint8_t[]){ 1, 7, 8 }, 3, &why), ERR_FORGED);
    assert_says(why.text, "signed by 1 of the 2 signers needed; key 0707070707070707: not one "
                          "of the signers");
    assert_ok(verify_signed_by(REGISTRY, (uint8_t[]){ 7, 8, 1, 2 }, 4, NULL));
}

static void
a_stranger_who_takes_a_signers_key_id_does_not_count(void **state)
{
    struct signers signers = two_of_three();
    struct signer first = a_signer(1), thief = a_signer(9);
    struct bytes text = bytes_of_text(REGISTRY), minisigs[2];
    struct buffer minisig[2];
    struct document_line line;
    struct why why;
    (void)state;

    memset(thief.public.key_id, 2, sizeof(thief.public.key_id));
    sign_as(&minisig[0], &first, text);
    sign_as(&minisig[1], &thief, text);
    for (size_t i = 0; i < 2; i++)
        minisigs[i] = buffer_bytes(&minisig[i]);
    assert_err(
        document_verify(text, DOCUMENT_REGISTRY, "jersey", minisigs, 2, &signers, &line, &why),
        ERR_FORGED);
    assert_says(why.text, "key 0202020202020202: the signature does not hold");
    buffer_clear(&minisig[0]);
    buffer_clear(&minisig[1]);
}

static void
a_signature_of_another_text_does_not_count(void **state)
{
    static const char altered[] = REGISTRY "# one more line\n";
    struct signers signers = two_of_three();
    struct buffer minisig[2];
    struct bytes minisigs[2];
    struct document_line line;
    (void)state;

    for (uint8_t i = 0; i < 2; i++) {
        struct signer signer = a_signer((uint8_t)(i + 1));

        sign_as(&minisig[i], &signer, bytes_of_text(REGISTRY));
        minisigs[i] = buffer_bytes(&minisig[i]);
    }
    assert_ok(document_verify(bytes_of_text(REGISTRY), DOCUMENT_REGISTRY, "jersey", minisigs, 2,
                              &signers, &line, NULL));
    assert_int_equal(line.version, 1);
    assert_err(document_verify(bytes_of_text(altered), DOCUMENT_REGISTRY, "jersey", minisigs, 2,
                               &signers, &line, NULL),
               ERR_FORGED);
    minisigs[1] = bytes_of_text("not a signature");
    assert_err(document_verify(bytes_of_text(REGISTRY), DOCUMENT_REGISTRY, "jersey", minisigs,
                               2, &signers, &line, NULL),
               ERR_FORGED);
    buffer_clear(&minisig[0]);
    buffer_clear(&minisig[1]);
}

static void
a_signed_agreement_is_not_taken_for_a_registry(void **state)
{
    struct why why;
    (void)state;

    assert_err(verify_signed_by("# kith agreement jersey version 1 replacing " ZEROES "\n",
                                (uint8_t[]){ 1, 2 }, 2, &why),
               ERR_REFUSED);
    assert_string_equal(why.text, "this is an agreement, where a registry belongs");
}

static void
a_document_of_another_federation_is_refused(void **state)
{
    struct why why;
    (void)state;

    assert_err(verify_signed_by("kith registry guernsey version 1 replacing " ZEROES "\n",
                                (uint8_t[]){ 1, 2 }, 2, &why),
               ERR_REFUSED);
    assert_string_equal(why.text, "of the federation 'guernsey', not 'jersey'");
}

static void
a_legacy_signature_does_not_count(void **state)
{
    char folder[] = "/tmp/kith-legacy-XXXXXX", command[1024], path[FILE_PATH_MAX];
    struct signers signers = { .needed = 1, .count = 1 };
    struct document_line line;
    struct buffer public, legacy, prehashed;
    struct bytes minisig;
    struct why why;
    (void)state;

    if (access("/usr/bin/minisign", X_OK) != 0)
        skip();
    assert_non_null(mkdtemp(folder));
    buffer_init(&public, 1024);
    buffer_init(&legacy, MINISIG_MAX);
    buffer_init(&prehashed, MINISIG_MAX);
    snprintf(command, sizeof(command),
             "cd %s && printf '%s' >f && minisign -G -W -p pub -s key >/dev/null"
             " && minisign -S -l -m f -s key -x old >/dev/null"
             " && minisign -S -H -m f -s key -x new >/dev/null",
             folder, "kith registry jersey version 1 replacing " ZEROES "\\n");
    assert_int_equal(pclose(popen(command, "w")), 0);
    assert_ok(path_in(path, folder, "pub", NULL));
    assert_ok(file_read(&public, path, NULL));
    assert_ok(path_in(path, folder, "old", NULL));
    assert_ok(file_read(&legacy, path, NULL));
    assert_ok(path_in(path, folder, "new", NULL));
    assert_ok(file_read(&prehashed, path, NULL));
    assert_ok(minisign_public_read(&signers.keys[0], buffer_bytes(&public)));

    minisig = buffer_bytes(&legacy);
    assert_err(document_verify(bytes_of_text(REGISTRY), DOCUMENT_REGISTRY, "jersey", &minisig,
                               1, &signers, &line, &why),
               ERR_FORGED);
    assert_says(why.text, "legacy format");
    minisig = buffer_bytes(&prehashed);
    assert_ok(document_verify(bytes_of_text(REGISTRY), DOCUMENT_REGISTRY, "jersey", &minisig, 1,
                              &signers, &line, &why));

    snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(pclose(popen(command, "w")), 0);
    buffer_clear(&public);
    buffer_clear(&legacy);
    buffer_clear(&prehashed);
}

static void
the_first_line_has_one_form_only(void **state)
{
    static const char *const good[] = {
        REGISTRY,
        "# kith agreement northshire-2 version 4294967295 replacing " ONES "\nmore\n",
        "kith registry a version 2 replacing " ONES,
    };
    static const char *const bad[] = {
        "",
        "\n" REGISTRY,
        " " REGISTRY,
        "kith  registry jersey version 1 replacing " ZEROES "\n",
        "# kith registry jersey version 1 replacing " ZEROES "\n",
        "kith agreement jersey version 1 replacing " ZEROES "\n",
        "kith registry Jersey version 1 replacing " ZEROES "\n",
        "kith registry ../etc version 1 replacing " ZEROES "\n",
        "kith registry jersey version 0 replacing " ZEROES "\n",
        "kith registry jersey version 01 replacing " ZEROES "\n",
        "kith registry jersey version 1 replacing " ONES "\n",
        "kith registry jersey version 2 replacing " ZEROES "\n",
        "kith registry jersey version 4294967296 replacing " ONES "\n",
        "kith registry jersey version 1 replacing 00\n",
        "kith registry jersey version 2 replacing AA" ONES "\n",
        "kith registry jersey version 1 replacing " ZEROES "\r\n",
        "kith registry jersey version 1 replacing " ZEROES " \n",
        "kith registry jersey version 1 replacing " ZEROES " more\n",
    };
    struct document_line line;
    struct why why;
    (void)state;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_ok(document_line_read(&line, bytes_of_text(good[i]), &why));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_err(document_line_read(&line, bytes_of_text(bad[i]), &why), ERR_MALFORMED);
        assert_says(why.text, "line 1: not 'kith registry");
    }
}

static void
a_registry_and_an_agreement_of_the_same_bytes_have_two_digests(void **state)
{
    uint8_t registry[DIGEST], agreement[DIGEST], expected[DIGEST];
    (void)state;

    document_digest(registry, DOCUMENT_REGISTRY, bytes_of_text("x"));
    document_digest(agreement, DOCUMENT_AGREEMENT, bytes_of_text("x"));
    assert_memory_not_equal(registry, agreement, DIGEST);
    /* hashlib.blake2b(b"x", digest_size=32, person=b"kith1.policy\0\0\0\0") */
    assert_true(hex_read(expected, DIGEST,
                         "d9a351238113d904303691eab71defa6316eefe8ce092185448752c96e206278"));
    assert_memory_equal(agreement, expected, DIGEST);
    assert_true(hex_read(expected, DIGEST,
                         "f3043bd4656f157e0e7862d6e9f7803dc0c0d817eb1b33e23738fad8a3ae099e"));
    assert_memory_equal(registry, expected, DIGEST);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_of_three_signers_suffice_in_any_order),
        cmocka_unit_test(one_signer_does_not_suffice_however_often),
        cmocka_unit_test(strangers_do_not_count),
        cmocka_unit_test(a_stranger_who_takes_a_signers_key_id_does_not_count),
        cmocka_unit_test(a_signature_of_another_text_does_not_count),
        cmocka_unit_test(a_signed_agreement_is_not_taken_for_a_registry),
        cmocka_unit_test(a_document_of_another_federation_is_refused),
        cmocka_unit_test(a_legacy_signature_does_not_count),
        cmocka_unit_test(the_first_line_has_one_form_only),
        cmocka_unit_test(a_registry_and_an_agreement_of_the_same_bytes_have_two_digests),
    };

    return crypto_start() ? RUN(tests) : 1;
}
