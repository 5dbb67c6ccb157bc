#include "fixture.h"

/* The fixed layout, and what it refuses. */

static struct core
any_core(const uint8_t *digests, uint16_t count)
{
    struct core core = {
        .suite = SUITE,
        .sender = 0x01020304,
        .sender_key = 0x05060708,
        .created_ms = UINT64_C(0x1112131415161718),
        .ttl_s = 0x21222324,
        .kind = 2,
        .registry_version = 0x31323334,
        .psk_epoch = 0x41424344,
        .release = RELEASE_CORRECT,
        .sth_size = UINT64_C(0x5152535455565758),
        .compartment_count = count,
        .digests = digests,
    };

    memset(core.msg_id, 0xa1, MSG_ID);
    memset(core.policy_hash, 0xa2, DIGEST);
    memset(core.prior, 0xa3, DIGEST);
    memset(core.epk.bytes, 0xa4, 32);
    memset(core.sth_root, 0xa5, DIGEST);
    memset(core.route_digest, 0xa6, DIGEST);
    return core;
}

static struct buffer
written(uint16_t count)
{
    static uint8_t digests[COMPARTMENTS_MAX * DIGEST];
    struct core core = any_core(digests, count);
    struct buffer out;

    memset(digests, 0xd0, sizeof(digests));
    buffer_init(&out, CORE_FIXED + sizeof(digests));
    core_write(&out, &core);
    return out;
}

static void
every_field_stands_at_its_place(void **state)
{
    struct buffer out = written(2);
    const uint8_t *at = out.data;

    (void)state;
    assert_int_equal(out.len, 228 + 2 * 32);
    assert_int_equal(get_le32(at), 1);
    assert_int_equal(get_le32(at + 4), 0x01020304);
    assert_int_equal(get_le32(at + 8), 0x05060708);
    assert_int_equal(at[12], 0xa1);
    assert_int_equal(get_le64(at + 28), UINT64_C(0x1112131415161718));
    assert_int_equal(get_le32(at + 36), 0x21222324);
    assert_int_equal(get_le32(at + 40), 2);
    assert_int_equal(at[44], 0xa2);
    assert_int_equal(get_le32(at + 76), 0x31323334);
    assert_int_equal(get_le32(at + 80), 0x41424344);
    assert_int_equal(get_le32(at + 84), RELEASE_CORRECT);
    assert_int_equal(at[88], 0xa3);
    assert_int_equal(at[120], 0xa4);
    assert_int_equal(get_le64(at + 152), UINT64_C(0x5152535455565758));
    assert_int_equal(at[160], 0xa5);
    assert_int_equal(at[192], 0xa6);
    assert_int_equal(get_le16(at + 224), 2);
    assert_int_equal(get_le16(at + 226), 0);
    assert_int_equal(at[228], 0xd0);
    buffer_clear(&out);
}

static void
what_is_written_is_read(void **state)
{
    struct buffer out = written(3), again;
    struct core core;

    (void)state;
    assert_check(core_read(&core, buffer_bytes(&out)), CHECK_OK);
    assert_ptr_equal(core.digests, out.data + CORE_FIXED);
    buffer_init(&again, 4096);
    core_write(&again, &core);
    assert_bytes(buffer_bytes(&again), buffer_bytes(&out));
    buffer_clear(&again);
    buffer_clear(&out);
}

static void
every_other_length_is_refused(void **state)
{
    struct buffer out = written(3);
    uint8_t longer[CORE_FIXED + 5 * DIGEST] = { 0 };
    struct core core, untouched;

    (void)state;
    memset(&core, 0x77, sizeof(core));
    untouched = core;
    memcpy(longer, out.data, out.len);
    for (size_t len = 0; len <= sizeof(longer); len++)
        if (len != out.len)
            assert_check(core_read(&core, bytes_of(longer, len)), CHECK_FORM);
    assert_memory_equal(&core, &untouched, sizeof(core));
    buffer_clear(&out);
}

static void
impossible_values_are_refused(void **state)
{
    struct buffer out = written(COMPARTMENTS_MAX);
    struct core core;

    (void)state;
    assert_check(core_read(&core, buffer_bytes(&out)), CHECK_OK);
    put_le32(out.data, 2);
    assert_check(core_read(&core, buffer_bytes(&out)), CHECK_SUITE);
    put_le32(out.data, 0);
    assert_check(core_read(&core, buffer_bytes(&out)), CHECK_SUITE);
    put_le32(out.data, SUITE);
    put_le16(out.data + 226, 1);
    assert_check(core_read(&core, buffer_bytes(&out)), CHECK_FORM);
    put_le16(out.data + 226, 0);
    put_le32(out.data + 84, RELEASE_RETRACT + 1);
    assert_check(core_read(&core, buffer_bytes(&out)), CHECK_FORM);
    /* An original that names one before it. */
    put_le32(out.data + 84, RELEASE_ORIGINAL);
    assert_check(core_read(&core, buffer_bytes(&out)), CHECK_FORM);
    memset(out.data + 88, 0, DIGEST);
    assert_check(core_read(&core, buffer_bytes(&out)), CHECK_OK);
    put_le16(out.data + 224, 0);
    assert_check(core_read(&core, bytes_of(out.data, CORE_FIXED)), CHECK_FORM);
    buffer_clear(&out);
}

static void
more_compartments_than_can_be_are_refused(void **state)
{
    size_t len = CORE_FIXED + (COMPARTMENTS_MAX + 1) * DIGEST;
    struct buffer out = written(1);
    uint8_t *bytes = mem_new(len);
    struct core core;

    (void)state;
    memcpy(bytes, out.data, CORE_FIXED);
    put_le16(bytes + 224, COMPARTMENTS_MAX + 1);
    assert_check(core_read(&core, bytes_of(bytes, len)), CHECK_FORM);
    free(bytes);
    buffer_clear(&out);
}

static void
every_check_has_a_name_and_words_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        assert_non_null(check_name((enum check)i));
        assert_non_null(check_text((enum check)i));
        for (unsigned k = 0; k < i; k++) {
            assert_string_not_equal(check_name((enum check)i), check_name((enum check)k));
            assert_string_not_equal(check_text((enum check)i), check_text((enum check)k));
        }
    }
    assert_string_equal(check_name(CHECK_OVER_WRAP), "OVER-WRAP");
    assert_string_equal(check_name(CHECK_REPLAY), "EQUIVOCATION");
    assert_string_equal(check_name(CHECK_COUNT), "UNKNOWN");
    assert_string_equal(check_name((enum check) - 1), "UNKNOWN");
}

static void
sizes_are_classes_and_padding_comes_off_only_where_it_was_put(void **state)
{
    uint8_t padded[64];
    struct bytes fragment;

    (void)state;
    assert_int_equal(size_class_of(0), 256);
    assert_int_equal(size_class_of(255), 256);
    assert_int_equal(size_class_of(256), 512);
    assert_int_equal(size_class_of(65535), 65536);
    assert_int_equal(size_class_of(65536), 0);
    assert_int_equal(size_class_of(SIZE_MAX), 0);
    for (size_t size = 0; size < 300000; size++) {
        bool legal = size == 256 || size == 512 || size == 1024 || size == 2048 || size == 4096
                     || size == 8192 || size == 16384 || size == 32768 || size == 65536;

        assert_int_equal(is_size_class(size), legal);
    }
    for (size_t len = 0; len < sizeof(padded); len++) {
        pad(padded, sizeof(padded),
            bytes_of("ends in zeros\0\0\0.............................."
                     "....................",
                     len));
        assert_true(unpad(&fragment, bytes_of(padded, sizeof(padded))));
        assert_int_equal(fragment.len, len);
    }
    memset(padded, 0, sizeof(padded));
    assert_false(unpad(&fragment, bytes_of(padded, sizeof(padded))));
    assert_false(unpad(&fragment, bytes_of(padded, 0)));
    padded[3] = 0x81;
    assert_false(unpad(&fragment, bytes_of(padded, sizeof(padded))));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_stands_at_its_place),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(impossible_values_are_refused),
        cmocka_unit_test(more_compartments_than_can_be_are_refused),
        cmocka_unit_test(every_check_has_a_name_and_words_of_its_own),
        cmocka_unit_test(sizes_are_classes_and_padding_comes_off_only_where_it_was_put),
    };

    return RUN(tests);
}
