#include "grants.h"

#include "core/mem.h"
#include "federation/grant_file.h"

/* The table does not verify: any bytes stand for a signature. */
static void
add(struct grant_table *table, const struct grant *grant)
{
    uint8_t body[GRANT_BODY] = { 0 }, signature[64] = { 1 }, path[DIGEST] = { 2 };
    struct signed_grant as_signed = {
        .body = bytes_of(body, sizeof(body)),
        .batch = { .signature = bytes_of(signature, sizeof(signature)),
                   .n = 2,
                   .index = 1,
                   .path = bytes_of(path, sizeof(path)) },
    };

    grant_write(body, grant);
    grant_table_add(table, grant, &as_signed);
    memset(body, 0xff, sizeof(body));
    memset(path, 0xff, sizeof(path));
}

static void
a_live_grant_is_found_with_its_signature(void **state)
{
    struct grant_table *table = grant_table_new();
    struct grant grant = a_grant(1);
    const struct held_grant *held;
    uint8_t body[GRANT_BODY];
    (void)state;

    add(table, &grant);
    held = grant_table_live(table, 100, grant.handle, 7, at(NOON));
    assert_non_null(held);
    grant_write(body, &grant);
    assert_bytes(held->as_signed.body, bytes_of(body, sizeof(body)));
    assert_int_equal(held->as_signed.batch.signature.data[0], 1);
    assert_int_equal(held->as_signed.batch.path.data[0], 2);
    assert_int_equal(held->as_signed.batch.path.len, DIGEST);
    assert_int_equal(held->as_signed.batch.index, 1);
    assert_ptr_equal(grant_table_by_id(table, grant.id), held);
    grant_table_free(&table);
    assert_null(table);
}

static struct grant
a_revocation(const struct grant *grant, uint8_t number, int64_t later_ms)
{
    struct grant revocation = *grant;

    revocation.basis = BASIS_REVOKED;
    revocation.from_ms += (uint64_t)later_ms;
    memset(revocation.id, 0x80 + number, GRANT_ID);
    return revocation;
}

static void
a_revocation_ends_what_was_granted_before_it_and_nothing_after(void **state)
{
    struct grant_table *table = grant_table_new();
    struct grant grant = a_grant(1), other = grant, again = grant;
    struct grant revocation = a_revocation(&grant, 1, 1000);
    (void)state;

    other.recipient = 8;
    memset(other.id, 0x70, GRANT_ID);
    add(table, &revocation); /* whichever comes first */
    add(table, &grant);
    add(table, &other);
    assert_true(grant_table_revoked(table, &grant));
    assert_null(grant_table_live(table, 100, grant.handle, 7, at(NOON)));
    assert_non_null(grant_table_live(table, 100, grant.handle, 8, at(NOON)));
    again.from_ms = revocation.from_ms + 1;
    memset(again.id, 0x71, GRANT_ID);
    add(table, &again);
    assert_int_equal(grant_table_live(table, 100, grant.handle, 7, at(NOON))->grant.from_ms,
                     again.from_ms);
    grant_table_free(&table);
}

static void
a_revocation_without_a_handle_ends_them_all(void **state)
{
    struct grant_table *table = grant_table_new();
    struct grant one = a_grant(1), two = a_grant(2), revocation = a_revocation(&one, 1, 0);
    (void)state;

    memset(revocation.handle, 0, HANDLE);
    add(table, &one);
    add(table, &two);
    assert_non_null(grant_table_live(table, 100, two.handle, 7, at(NOON)));
    add(table, &revocation);
    assert_null(grant_table_live(table, 100, one.handle, 7, at(NOON)));
    assert_null(grant_table_live(table, 100, two.handle, 7, at(NOON)));
    grant_table_free(&table);
}

static void
no_other_record_publisher_recipient_or_day_will_do(void **state)
{
    struct grant_table *table = grant_table_new();
    struct grant grant = a_grant(1), other = a_grant(2);
    (void)state;

    add(table, &grant);
    assert_null(grant_table_live(table, 100, other.handle, 7, at(NOON)));
    assert_null(grant_table_live(table, 101, grant.handle, 7, at(NOON)));
    assert_null(grant_table_live(table, 100, grant.handle, 8, at(NOON)));
    assert_null(grant_table_live(table, 100, grant.handle, 0, at(NOON)));
    assert_null(grant_table_live(table, 100, grant.handle, 7, at("2026-12-01T00:00:00Z")));
    assert_null(grant_table_live(table, 100, grant.handle, 7, at("2026-10-31T00:00:00Z")));
    assert_null(grant_table_by_id(table, other.id));
    grant_table_free(&table);
}

static void
an_ended_grant_does_not_hide_a_live_one(void **state)
{
    struct grant_table *table = grant_table_new();
    struct grant ended = a_grant(1), live = a_grant(1);
    (void)state;

    ended.to_day = (uint32_t)on("2026-11-02").number;
    live.id[5] = 1;
    add(table, &ended);
    add(table, &live);
    assert_memory_equal(grant_table_live(table, 100, live.handle, 7, at(NOON))->grant.id,
                        live.id, GRANT_ID);
    grant_table_free(&table);
}

static void
the_same_id_twice_changes_nothing(void **state)
{
    struct grant_table *table = grant_table_new();
    struct grant grant = a_grant(1), again = a_grant(1);
    (void)state;

    again.recipient = 9;
    add(table, &grant);
    add(table, &again);
    assert_int_equal(grant_table_count(table), 1);
    assert_null(grant_table_live(table, 100, grant.handle, 9, at(NOON)));
    grant_table_free(&table);
}

static void
a_record_is_answered_for_by_a_grant_to_nobody(void **state)
{
    struct grant_table *table = grant_table_new();
    struct grant answer = a_grant(1), other = a_grant(2);
    (void)state;

    assert_false(grant_table_answered(table, 100, answer.handle));
    answer.recipient = 0;
    add(table, &answer);
    assert_true(grant_table_answered(table, 100, answer.handle));
    assert_false(grant_table_answered(table, 100, other.handle));
    assert_false(grant_table_answered(table, 101, answer.handle));
    assert_null(grant_table_live(table, 100, answer.handle, 0, at(NOON)));
    grant_table_free(&table);
}

static bool
count_up_to_two(void *context, const struct held_grant *held)
{
    unsigned *count = context;

    assert_int_equal(held->grant.publisher, 100);
    return ++*count < 2;
}

static void
all_grants_on_a_record_are_seen_until_enough(void **state)
{
    struct grant_table *table = grant_table_new();
    struct grant grant = a_grant(1), other = a_grant(2);
    unsigned count = 0;
    (void)state;

    for (uint8_t i = 0; i < 3; i++) {
        grant.id[7] = i;
        grant.recipient = 10 + i;
        add(table, &grant);
    }
    add(table, &other);
    grant_table_each(table, 100, grant.handle, count_up_to_two, &count);
    assert_int_equal(count, 2);
    for (uint32_t i = 0; i < 3; i++)
        assert_non_null(grant_table_live(table, 100, grant.handle, 10 + i, at(NOON)));
    count = 0;
    grant_table_each(table, 100, other.handle, count_up_to_two, &count);
    assert_int_equal(count, 1);
    grant_table_free(&table);
}

static void
a_hundred_thousand_grants_are_all_found(void **state)
{
    enum { GRANTS = 100000 };
    struct grant_table *table = grant_table_new();
    (void)state;

    for (uint32_t i = 0; i < GRANTS; i++) {
        struct grant grant = a_grant(i);

        add(table, &grant);
    }
    assert_int_equal(grant_table_count(table), GRANTS);
    for (uint32_t i = 0; i < GRANTS; i++) {
        struct grant grant = a_grant(i);
        const struct held_grant *held = grant_table_live(table, 100, grant.handle, 7, at(NOON));

        assert_non_null(held);
        assert_memory_equal(held->grant.id, grant.id, GRANT_ID);
    }
    grant_table_free(&table);
}

/* --- Files -------------------------------------------------------------------------------- */

static void
a_file(struct buffer *out, struct signed_batch *batch)
{
    struct signer index = a_signer(1);
    struct grant grants[3] = { a_grant(1), a_grant(2), a_grant(3) };

    buffer_init(out, 4096);
    grant_file_start(out);
    sign_grants(batch, grants, 3, 1, &index.secret);
    for (uint32_t i = 0; i < 3; i++) {
        struct signed_grant grant = signed_grant_at(batch, i);

        grant_file_add(out, &grant);
    }
}

static void
a_file_gives_back_what_was_put_in(void **state)
{
    struct signer index = a_signer(1);
    struct signed_batch batch;
    struct grant_file file;
    struct buffer content;
    (void)state;

    a_file(&content, &batch);
    assert_ok(grant_file_open(&file, buffer_bytes(&content), NULL));
    for (uint32_t i = 0; i < 3; i++) {
        struct signed_grant grant;
        struct grant read, expected = a_grant(i + 1);

        assert_ok(grant_file_next(&grant, &file, NULL));
        assert_int_equal(grant_verify(&read, &grant, 1, &index.public.key, NULL), CHECK_OK);
        assert_memory_equal(read.id, expected.id, GRANT_ID);
    }
    assert_int_equal(file.rest.len, 0);
    buffer_clear(&content);
    batch_free(&batch.batch);
}

/* Reads all; ERR_OK when the file ends after a whole grant. */
static enum err
read_all(struct bytes content, struct why *why)
{
    struct signed_grant grant;
    struct grant_file file;
    enum err err;

    if ((err = grant_file_open(&file, content, why)))
        return err;
    while (file.rest.len > 0)
        if ((err = grant_file_next(&grant, &file, why)))
            return err;
    return ERR_OK;
}

static void
a_file_cut_off_anywhere_within_a_grant_is_refused(void **state)
{
    struct signed_batch batch;
    struct buffer content;
    unsigned whole = 0;
    struct why why;
    (void)state;

    a_file(&content, &batch);
    for (size_t len = 0; len < content.len; len++) {
        uint8_t *copy = mem_copy(content.data, len);
        enum err err = read_all(bytes_of(copy, len), &why);

        free(copy);
        if (err == ERR_OK)
            whole++;
        else
            assert_err(err, ERR_MALFORMED);
    }
    assert_int_equal(whole, 3); /* after the first line and each grant but the last */
    buffer_clear(&content);
    batch_free(&batch.batch);
}

static void
lengths_that_do_not_agree_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {
        { 12, 0 },           /* the length, longer than the file */
        { 14 + 148 + 1, 1 }, /* the path's, by 256 */
        { 14 + 148, 3 },     /* … not of whole digests */
        { 0, 'K' },          /* the first line */
    };
    struct signed_batch batch;
    struct buffer content;
    struct why why;
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        a_file(&content, &batch);
        content.data[rows[i].at] ^= rows[i].value == 0 ? 0xff : rows[i].value;
        assert_err(read_all(buffer_bytes(&content), &why), ERR_MALFORMED);
        buffer_clear(&content);
        batch_free(&batch.batch);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_grant_is_found_with_its_signature),
        cmocka_unit_test(a_revocation_ends_what_was_granted_before_it_and_nothing_after),
        cmocka_unit_test(a_revocation_without_a_handle_ends_them_all),
        cmocka_unit_test(no_other_record_publisher_recipient_or_day_will_do),
        cmocka_unit_test(an_ended_grant_does_not_hide_a_live_one),
        cmocka_unit_test(the_same_id_twice_changes_nothing),
        cmocka_unit_test(a_record_is_answered_for_by_a_grant_to_nobody),
        cmocka_unit_test(all_grants_on_a_record_are_seen_until_enough),
        cmocka_unit_test(a_hundred_thousand_grants_are_all_found),
        cmocka_unit_test(a_file_gives_back_what_was_put_in),
        cmocka_unit_test(a_file_cut_off_anywhere_within_a_grant_is_refused),
        cmocka_unit_test(lengths_that_do_not_agree_are_refused),
    };

    return crypto_start() ? RUN(tests) : 1;
}
