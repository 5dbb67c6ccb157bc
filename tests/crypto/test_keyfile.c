#include <sys/stat.h>

#include "scratch.h"

#include "crypto/keyfile.h"

enum { CHEAP_OPS = 1, CHEAP_KIB = 8, HEADER = 64 };

static const uint8_t secret[64] =
    "thirty-two bytes of secret, and thirty-two more for signing keys";
static const struct key kek = { { 1, 2, 3 } }, other_kek = { { 3, 2, 1 } };
static const struct unlock by_key = { .key = &kek }, by_other_key = { .key = &other_kek };
static const struct unlock by_words = { .passphrase = "correct horse" };
static const struct unlock by_other_words = { .passphrase = "correct house" };

static struct buffer
packed(enum keyfile_type type, size_t len, const struct unlock *unlock)
{
    struct buffer file;

    buffer_init(&file, KEYFILE_MAX);
    assert_ok(keyfile_pack(&file, type, bytes_of(secret, len), unlock, CHEAP_OPS, CHEAP_KIB));
    return file;
}

/* Refused as expected, with those words, and nothing written over the caller's secret. */
static void
assert_refused(struct bytes file, enum keyfile_type type, const struct unlock *unlock,
               enum err expected, const char *words)
{
    size_t len = type == KEYFILE_SIGNING || type == KEYFILE_SIGNER ? 64 : 32;
    uint8_t out[64], before[64];
    struct why why;

    memset(out, 0x5a, sizeof(out));
    memset(before, 0x5a, sizeof(before));
    assert_err(keyfile_unpack(out, len, file, type, unlock, &why), expected);
    assert_says(why.text, words);
    assert_memory_equal(out, before, sizeof(out));
}

static void
every_type_opens_as_it_was_packed(void **state)
{
    (void)state;
    for (unsigned type = KEYFILE_KEK; type <= KEYFILE_SIGNER; type++) {
        size_t len = type == KEYFILE_SIGNING || type == KEYFILE_SIGNER ? 64 : 32;
        struct buffer file = packed(type, len, &by_key);
        uint8_t out[64];
        struct why why;

        assert_int_equal(file.len, HEADER + len + SEAL_TAG);
        assert_ok(keyfile_unpack(out, len, buffer_bytes(&file), type, &by_key, &why));
        assert_memory_equal(out, secret, len);
        buffer_clear(&file);
    }
}

static void
the_header_stands_byte_by_byte(void **state)
{
    struct buffer file = packed(KEYFILE_KEK, 32, &by_words);

    (void)state;
    assert_memory_equal(file.data, "KITHK1\0\0", 8);
    assert_int_equal(get_le32(file.data + 8), KEYFILE_KEK);
    assert_int_equal(get_le32(file.data + 12), 1);
    assert_int_equal(get_le32(file.data + 16), CHEAP_OPS);
    assert_int_equal(get_le32(file.data + 20), CHEAP_KIB);
    buffer_clear(&file);

    file = packed(KEYFILE_PSK, 32, &by_key);
    for (size_t at = 12; at < 24; at += 4)
        assert_int_equal(get_le32(file.data + at), 0);
    buffer_clear(&file);
}

static void
a_wrong_passphrase_or_key_is_told_apart_from_damage_to_the_form(void **state)
{
    struct buffer words = packed(KEYFILE_KEK, 32, &by_words),
                  key = packed(KEYFILE_INTAKE, 32, &by_key);

    (void)state;
    assert_refused(buffer_bytes(&words), KEYFILE_KEK, &by_other_words, ERR_FORGED,
                   "wrong passphrase");
    assert_refused(buffer_bytes(&words), KEYFILE_KEK, &by_key, ERR_REFUSED,
                   "is opened by a passphrase");
    assert_refused(buffer_bytes(&key), KEYFILE_INTAKE, &by_other_key, ERR_FORGED,
                   "wrong key-encryption key");
    assert_refused(buffer_bytes(&key), KEYFILE_INTAKE, &by_words, ERR_REFUSED,
                   "is opened by the key-encryption key");
    buffer_clear(&words);
    buffer_clear(&key);
}

static void
a_file_of_another_type_is_refused_by_both_names(void **state)
{
    struct buffer file = packed(KEYFILE_INTAKE, 32, &by_key);

    (void)state;
    assert_refused(buffer_bytes(&file), KEYFILE_TRANSPORT, &by_key, ERR_REFUSED, "(intake)");
    assert_refused(buffer_bytes(&file), KEYFILE_TRANSPORT, &by_key, ERR_REFUSED,
                   "wanted: transport");
    assert_refused(buffer_bytes(&file), KEYFILE_SIGNING, &by_key, ERR_REFUSED,
                   "wanted: signing");
    put_le32(file.data + 8, 99);
    assert_refused(buffer_bytes(&file), KEYFILE_INTAKE, &by_key, ERR_REFUSED, "(unknown)");
    /* A relabelled file is of the right type in name only. */
    put_le32(file.data + 8, KEYFILE_PSK);
    assert_refused(buffer_bytes(&file), KEYFILE_PSK, &by_key, ERR_FORGED, "altered");
    buffer_clear(&file);
}

static void
every_bit_of_the_file_counts(void **state)
{
    struct buffer file = packed(KEYFILE_SIGNING, 64, &by_key);
    uint8_t out[64];

    (void)state;
    for (size_t bit = 0; bit < 8 * file.len; bit++) {
        file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(
            keyfile_unpack(out, 64, buffer_bytes(&file), KEYFILE_SIGNING, &by_key, NULL),
            ERR_OK);
        file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buffer_clear(&file);
}

static void
every_wrong_length_is_refused(void **state)
{
    struct buffer file = packed(KEYFILE_MASTER, 32, &by_key);

    (void)state;
    for (size_t len = 0; len < HEADER; len++)
        assert_refused(bytes_of(file.data, len), KEYFILE_MASTER, &by_key, ERR_MALFORMED,
                       "not a key file");
    for (size_t len = HEADER; len < file.len; len++)
        assert_refused(bytes_of(file.data, len), KEYFILE_MASTER, &by_key, ERR_MALFORMED,
                       "truncated");
    buffer_add_byte(&file, 0);
    assert_refused(buffer_bytes(&file), KEYFILE_MASTER, &by_key, ERR_MALFORMED,
                   "has 113 bytes");
    buffer_clear(&file);
}

/* Were any of these obeyed, the test would not end. */
static void
hostile_costs_are_refused_before_they_are_paid(void **state)
{
    static const struct {
        uint32_t ops, kib;
    } hostile[] = {
        { 0, CHEAP_KIB },
        { UINT32_MAX, CHEAP_KIB },
        { KEYFILE_OPS_MAX + 1, KEYFILE_MEM_KIB_MAX },
        { 1, UINT32_MAX },
        { 1, KEYFILE_MEM_KIB_MAX + 1 },
        { 1, KEYFILE_MEM_KIB_MIN - 1 },
        { 1, 0 },
    };
    struct buffer file = packed(KEYFILE_KEK, 32, &by_words), out;

    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        put_le32(file.data + 16, hostile[i].ops);
        put_le32(file.data + 20, hostile[i].kib);
        assert_refused(buffer_bytes(&file), KEYFILE_KEK, &by_words, ERR_REFUSED,
                       "to stretch a passphrase");
    }
    put_le32(file.data + 12, 2);
    assert_refused(buffer_bytes(&file), KEYFILE_KEK, &by_words, ERR_MALFORMED,
                   "unknown key derivation 2");
    put_le32(file.data + 12, 0);
    assert_refused(buffer_bytes(&file), KEYFILE_KEK, &by_key, ERR_MALFORMED, "names a cost");
    buffer_clear(&file);

    buffer_init(&out, KEYFILE_MAX);
    assert_err(keyfile_pack(&out, KEYFILE_KEK, bytes_of(secret, 32), &by_words,
                            KEYFILE_OPS_MAX + 1, CHEAP_KIB),
               ERR_REFUSED);
    assert_int_equal(out.len, 0);
    buffer_clear(&out);
}

/* --- On disk ------------------------------------------------------------------------------ */

static void
assert_read_refused(const char *path, enum err expected, const char *words)
{
    uint8_t out[32];
    struct why why;

    assert_err(keyfile_read(out, 32, path, KEYFILE_PSK, &by_key, &why), expected);
    assert_says(why.text, path);
    assert_says(why.text, words);
}

static const char *
good_file(struct scratch *scratch)
{
    const char *path = scratch_path(scratch, "psk.key");
    struct why why;

    assert_ok(keyfile_write(path, KEYFILE_PSK, secret, 32, &by_key, &why));
    return path;
}

static void
a_written_file_is_private_and_is_read_back(void **state)
{
    const char *path = good_file(*state);
    struct stat status;
    uint8_t out[32];
    struct why why;

    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_ok(keyfile_read(out, 32, path, KEYFILE_PSK, &by_key, &why));
    assert_memory_equal(out, secret, 32);
}

static void
a_key_is_never_overwritten(void **state)
{
    const char *path = good_file(*state);
    uint8_t out[32];
    struct why why;

    assert_err(keyfile_write(path, KEYFILE_PSK, secret + 32, 32, &by_key, &why), ERR_CONFLICT);
    assert_says(why.text, "never overwritten");
    assert_ok(keyfile_read(out, 32, path, KEYFILE_PSK, &by_key, &why));
    assert_memory_equal(out, secret, 32);

    const char *dangling = scratch_path(*state, "dangling.key"),
               *target = scratch_path(*state, "target");

    assert_int_equal(symlink(target, dangling), 0);
    assert_err(keyfile_write(dangling, KEYFILE_PSK, secret, 32, &by_key, &why), ERR_CONFLICT);
    assert_int_not_equal(access(target, F_OK), 0);
}

static void
a_folder_that_is_not_there_is_said_to_be(void **state)
{
    struct why why;

    assert_err(keyfile_write(scratch_path(*state, "nowhere/psk.key"), KEYFILE_PSK, secret, 32,
                             &by_key, &why),
               ERR_IO);
    assert_says(why.text, "No such file");
}

static void
any_permission_of_others_is_refused(void **state)
{
    static const mode_t modes[] = {
        0644, 0640, 0604, 0620, 0602, 0610, 0601, 0660, 0666, 0777
    };
    const char *path = good_file(*state);
    char advice[160];

    snprintf(advice, sizeof(advice), "chmod 600 %s", path);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_read_refused(path, ERR_REFUSED, advice);
    }
}

static void
a_link_of_either_kind_is_refused(void **state)
{
    const char *path = good_file(*state), *symbolic = scratch_path(*state, "symbolic.key"),
               *hard = scratch_path(*state, "hard.key");

    assert_int_equal(symlink(path, symbolic), 0);
    assert_read_refused(symbolic, ERR_REFUSED, "is a symbolic link");
    assert_int_equal(link(path, hard), 0);
    assert_read_refused(path, ERR_REFUSED, "has 2 names (hard links)");
    assert_read_refused(hard, ERR_REFUSED, "has 2 names (hard links)");
}

static void
what_is_not_a_regular_file_is_refused_without_waiting(void **state)
{
    const char *pipe_path = scratch_path(*state, "pipe.key");
    const struct scratch *scratch = *state;

    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_read_refused(pipe_path, ERR_REFUSED, "is not a regular file");
    assert_read_refused(scratch->folder, ERR_REFUSED, "is not a regular file");
    assert_read_refused("/dev/null", ERR_REFUSED, "is not a regular file");
}

static void
a_file_of_another_owner_is_refused(void **state)
{
    const char *path = good_file(*state);

    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
    assert_read_refused(path, ERR_REFUSED, "belongs to user 65534, not to user 0");
    assert_read_refused(path, ERR_REFUSED, "chown 0");
}

static void
a_file_that_is_missing_empty_cut_or_too_long_is_refused_by_name(void **state)
{
    const char *path = good_file(*state);
    uint8_t big[4096] = "KITHK1";

    assert_read_refused(scratch_path(*state, "missing.key"), ERR_NOT_FOUND, "No such file");
    assert_int_equal(truncate(path, 100), 0);
    assert_read_refused(path, ERR_MALFORMED, "has 100 bytes, not 112");
    assert_int_equal(truncate(path, 0), 0);
    assert_read_refused(path, ERR_MALFORMED, "not a key file");
    put_le32(big + 8, KEYFILE_PSK);
    scratch_write(path, bytes_of(big, sizeof(big)));
    assert_read_refused(path, ERR_MALFORMED, "truncated or altered");
}

int
main(void)
{
#define on_disk(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_opens_as_it_was_packed),
        cmocka_unit_test(the_header_stands_byte_by_byte),
        cmocka_unit_test(a_wrong_passphrase_or_key_is_told_apart_from_damage_to_the_form),
        cmocka_unit_test(a_file_of_another_type_is_refused_by_both_names),
        cmocka_unit_test(every_bit_of_the_file_counts),
        cmocka_unit_test(every_wrong_length_is_refused),
        cmocka_unit_test(hostile_costs_are_refused_before_they_are_paid),
        on_disk(a_written_file_is_private_and_is_read_back),
        on_disk(a_key_is_never_overwritten),
        on_disk(a_folder_that_is_not_there_is_said_to_be),
        on_disk(any_permission_of_others_is_refused),
        on_disk(a_link_of_either_kind_is_refused),
        on_disk(what_is_not_a_regular_file_is_refused_without_waiting),
        on_disk(a_file_of_another_owner_is_refused),
        on_disk(a_file_that_is_missing_empty_cut_or_too_long_is_refused_by_name),
    };

    if (!crypto_start())
        return 1;
    return RUN(tests);
}
