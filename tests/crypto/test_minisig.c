#include <sys/wait.h>

#include "scratch.h"

#include "crypto/minisig.h"

/* Signatures against the rules, and against Debian's own minisign both ways. */

static const struct bytes file = { (const uint8_t *)"registry 7\n", 11 };

struct signer {
    struct minisign_public public;
    struct sign_secret secret;
    struct buffer minisig;
};

static struct signer
signer_new(void)
{
    struct signer signer;

    random_fill(signer.public.key_id, sizeof(signer.public.key_id));
    sign_make(&signer.public.key, &signer.secret);
    buffer_init(&signer.minisig, MINISIG_MAX);
    minisig_write(&signer.minisig, file, &signer.public, &signer.secret, "registry 7 by tests");
    return signer;
}

static void
assert_refused(const struct signer *signer, struct bytes minisig, enum err expected,
               const char *words)
{
    struct why why;

    assert_err(minisig_verify(minisig, file, &signer->public, &why), expected);
    assert_says(why.text, words);
}

static void
a_signature_is_verified_and_names_its_key(void **state)
{
    struct signer signer = signer_new();
    uint8_t key_id[8];
    struct why why;

    (void)state;
    assert_ok(minisig_verify(buffer_bytes(&signer.minisig), file, &signer.public, &why));
    assert_ok(minisig_key_id(key_id, buffer_bytes(&signer.minisig)));
    assert_memory_equal(key_id, signer.public.key_id, 8);
    buffer_clear(&signer.minisig);
}

static void
another_file_or_key_is_refused(void **state)
{
    struct signer signer = signer_new(), other = signer_new();
    struct bytes minisig = buffer_bytes(&signer.minisig);
    struct why why;

    (void)state;
    assert_err(minisig_verify(minisig, bytes_of_text("registry 8\n"), &signer.public, &why),
               ERR_FORGED);
    assert_says(why.text, "does not hold");
    assert_refused(&other, minisig, ERR_FORGED, "not by key");
    /* The same key id with another key behind it. */
    memcpy(other.public.key_id, signer.public.key_id, 8);
    assert_refused(&other, minisig, ERR_FORGED, "does not hold");
    buffer_clear(&signer.minisig);
    buffer_clear(&other.minisig);
}

/* The untrusted comment is what its name says; everything else counts. */
static void
every_change_behind_the_first_line_is_refused(void **state)
{
    struct signer signer = signer_new();
    struct buffer *minisig = &signer.minisig;
    size_t first = strcspn((const char *)minisig->data, "\n");

    (void)state;
    for (size_t bit = 8 * first; bit < 8 * minisig->len; bit++) {
        minisig->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!minisig_verify(buffer_bytes(minisig), file, &signer.public, NULL))
            fail_msg("bit %zu may be flipped: %s", bit, buffer_text(minisig));
        minisig->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t len = 0; len < minisig->len - 1; len++)
        assert_refused(&signer, bytes_of(minisig->data, len), ERR_MALFORMED, "not a signature");
    assert_ok(
        minisig_verify(bytes_of(minisig->data, minisig->len - 1), file, &signer.public, NULL));
    buffer_clear(minisig);
}

/* The text after its last line that starts with prefix is replaced. */
static struct buffer
with_comment(const struct buffer *minisig, const char *comment)
{
    const char *text = (const char *)minisig->data,
               *at = strstr(text, "\ntrusted comment: ") + 18;
    struct buffer changed;

    buffer_init(&changed, 2 * MINISIG_MAX);
    buffer_add(&changed, text, (size_t)(at - text));
    buffer_add_text(&changed, comment);
    buffer_add_text(&changed, strchr(at, '\n'));
    return changed;
}

static void
an_altered_trusted_comment_is_refused(void **state)
{
    struct signer signer = signer_new();
    struct buffer changed = with_comment(&signer.minisig, "registry 8 by tests");
    struct why why;

    (void)state;
    buffer_text(&signer.minisig);
    assert_refused(&signer, buffer_bytes(&changed), ERR_FORGED, "trusted comment was altered");
    buffer_clear(&changed);

    changed = with_comment(&signer.minisig, "registry 7 by tests");
    assert_ok(minisig_verify(buffer_bytes(&changed), file, &signer.public, &why));
    buffer_add_byte(&changed, 'x');
    assert_refused(&signer, buffer_bytes(&changed), ERR_MALFORMED, "not a signature");
    buffer_clear(&changed);
    buffer_clear(&signer.minisig);
}

/* In the legacy format the file itself is signed.  The signature below is a good one. */
static void
a_valid_legacy_signature_is_refused(void **state)
{
    struct signer signer = signer_new();
    uint8_t packed[74], global_text[64 + 1];
    struct signature signature, global;
    struct buffer minisig;
    char line[120];

    (void)state;
    sign(&signature, file, &signer.secret);
    assert_true(sign_verify(&signature, file, &signer.public.key));
    memcpy(put_bytes(put_bytes(packed, "Ed", 2), signer.public.key_id, 8), &signature, 64);
    memcpy(global_text, &signature, 64);
    global_text[64] = 'c';
    sign(&global, bytes_of(global_text, 65), &signer.secret);

    buffer_init(&minisig, MINISIG_MAX);
    base64_write(line, packed, sizeof(packed));
    buffer_print(&minisig, "untrusted comment: legacy\n%s\ntrusted comment: c\n", line);
    base64_write(line, global.bytes, 64);
    buffer_print(&minisig, "%s\n", line);
    assert_refused(&signer, buffer_bytes(&minisig), ERR_REFUSED, "legacy format");
    buffer_clear(&minisig);
    buffer_clear(&signer.minisig);
}

static void
malformed_signatures_are_refused(void **state)
{
    static const char *const malformed[] = {
        "",
        "\n\n\n\n",
        "untrusted comment: x",
        "untrusted comment: x\n",
        "trusted comment: x\n",
        "untrusted comment: x\nRWQ=\ntrusted comment: y\nAAAA\n",
        "untrusted comment: x\nnot base64\ntrusted comment: y\nAAAA\n",
    };
    struct signer signer = signer_new();
    struct buffer *minisig = &signer.minisig, crlf;
    uint8_t key_id[8], *big = calloc(1, MINISIG_MAX + 1);

    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        assert_refused(&signer, bytes_of_text(malformed[i]), ERR_MALFORMED, "not a signature");
        assert_err(minisig_key_id(key_id, bytes_of_text(malformed[i])), ERR_MALFORMED);
    }
    assert_refused(&signer, bytes_of(big, MINISIG_MAX + 1), ERR_TOO_BIG, "not a signature");
    buffer_init(&crlf, 2 * MINISIG_MAX);
    for (size_t i = 0; i < minisig->len; i++) {
        if (minisig->data[i] == '\n')
            buffer_add_byte(&crlf, '\r');
        buffer_add_byte(&crlf, minisig->data[i]);
    }
    assert_refused(&signer, buffer_bytes(&crlf), ERR_MALFORMED, "not a signature");
    free(big);
    buffer_clear(&crlf);
    buffer_clear(minisig);
}

static void
a_public_key_is_read_as_it_was_written_with_or_without_comment(void **state)
{
    static const char *const refused[] = {
        "",
        "\n",
        "untrusted comment: x\n",
        "RWQ=\n",
        "untrusted comment: x\n\n",
        "comment: x\nRWQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    };
    struct signer signer = signer_new();
    struct minisign_public read;
    char line[MINISIGN_PUBLIC_TEXT], text[200];

    (void)state;
    minisign_public_write(line, &signer.public);
    assert_int_equal(strlen(line), MINISIGN_PUBLIC_TEXT - 1);
    assert_ok(minisign_public_read(&read, bytes_of_text(line)));
    assert_memory_equal(&read, &signer.public, sizeof(read));
    snprintf(text, sizeof(text), "untrusted comment: minisign public key\n%s\n", line);
    assert_ok(minisign_public_read(&read, bytes_of_text(text)));
    assert_memory_equal(&read, &signer.public, sizeof(read));

    snprintf(text, sizeof(text), "%s\n%s\n", line, line);
    assert_err(minisign_public_read(&read, bytes_of_text(text)), ERR_MALFORMED);
    line[0] = 'S';
    assert_err(minisign_public_read(&read, bytes_of_text(line)), ERR_MALFORMED);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_err(minisign_public_read(&read, bytes_of_text(refused[i])), ERR_MALFORMED);
    buffer_clear(&signer.minisig);
}

/* --- The real program ----------------------------------------------------------------------- */

static int
minisign(const char *const *arguments)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        assert_non_null(freopen("/dev/null", "w", stdout));
        assert_non_null(freopen("/dev/null", "w", stderr));
        execv("/usr/bin/minisign", (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
need_minisign(void)
{
    if (access("/usr/bin/minisign", X_OK) != 0)
        skip();
}

static void
minisign_verifies_what_we_sign(void **state)
{
    struct signer signer = signer_new();
    const char *path = scratch_path(*state, "registry"),
               *sig = scratch_path(*state, "registry.minisig");
    char key[MINISIGN_PUBLIC_TEXT];
    const char *const verify[] = { "minisign", "-V", "-H", "-P", key,
                                   "-m",       path, "-x", sig,  NULL };

    need_minisign();
    minisign_public_write(key, &signer.public);
    scratch_write(path, file);
    scratch_write(sig, buffer_bytes(&signer.minisig));
    assert_int_equal(minisign(verify), 0);
    scratch_write(path, bytes_of_text("registry 8\n"));
    assert_int_not_equal(minisign(verify), 0);
    buffer_clear(&signer.minisig);
}

static void
we_verify_what_minisign_signs_unless_it_is_legacy(void **state)
{
    struct scratch *scratch = *state;
    const char *path = scratch_path(scratch, "registry"),
               *public = scratch_path(scratch, "pub"), *secret = scratch_path(scratch, "sec"),
               *sig = scratch_path(scratch, "sig");
    const char *const make[] = { "minisign", "-G", "-W", "-p", public, "-s", secret, NULL },
                      *const sign_it[] = { "minisign", "-S", "-H", "-s", secret,     "-m",
                                           path,       "-x", sig,  "-t", "of tests", NULL },
                      *const sign_legacy[] = { "minisign", "-S", "-l", "-s", secret,
                                               "-m",       path, "-x", sig,  NULL };
    uint8_t text[MINISIG_MAX];
    struct minisign_public key;
    struct why why;

    need_minisign();
    scratch_write(path, file);
    assert_int_equal(minisign(make), 0);
    assert_int_equal(minisign(sign_it), 0);
    assert_ok(minisign_public_read(&key, scratch_read(public, text, sizeof(text))));
    assert_ok(minisig_verify(scratch_read(sig, text, sizeof(text)), file, &key, &why));
    assert_err(
        minisig_verify(scratch_read(sig, text, sizeof(text)), bytes_of_text("x"), &key, &why),
        ERR_FORGED);
    assert_int_equal(minisign(sign_legacy), 0);
    assert_err(minisig_verify(scratch_read(sig, text, sizeof(text)), file, &key, &why),
               ERR_REFUSED);
    assert_says(why.text, "legacy");
}

int
main(void)
{
#define on_disk(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_verified_and_names_its_key),
        cmocka_unit_test(another_file_or_key_is_refused),
        cmocka_unit_test(every_change_behind_the_first_line_is_refused),
        cmocka_unit_test(an_altered_trusted_comment_is_refused),
        cmocka_unit_test(a_valid_legacy_signature_is_refused),
        cmocka_unit_test(malformed_signatures_are_refused),
        cmocka_unit_test(a_public_key_is_read_as_it_was_written_with_or_without_comment),
        on_disk(minisign_verifies_what_we_sign),
        on_disk(we_verify_what_minisign_signs_unless_it_is_legacy),
    };

    if (!crypto_start())
        return 1;
    return RUN(tests);
}
