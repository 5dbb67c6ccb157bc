#include "people.h"

#include "federation/invite.h"

/* The line of an invite. */

static void
fill(uint8_t *bytes, size_t len, uint8_t first)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(first + i);
}

static struct invite
an_invite(void)
{
    struct invite invite = {
        .federation = "jersey",
        .agency = "st-helier-primary",
        .endpoint = "tcp://broker.example:7070",
        .number = 107,
        .least_registry = 7,
        .least_agreement = 2,
        .psk_epoch = 1,
        .expires = at(NOON),
    };

    fill(invite.trust, DIGEST, 1);
    fill(invite.broker.bytes, 32, 50);
    fill(invite.secret.bytes, 32, 100);
    fill(invite.psk.bytes, 32, 150);
    return invite;
}

static void
write_line(struct buffer *line, const struct invite *invite)
{
    buffer_init(line, INVITE_LINE_MAX);
    invite_write(line, invite);
    assert_true(buffer_is_whole(line));
}

static void
expect_same(const struct invite *read, const struct invite *invite)
{
    assert_string_equal(read->federation, invite->federation);
    assert_string_equal(read->agency, invite->agency);
    assert_string_equal(read->endpoint, invite->endpoint);
    assert_int_equal(read->number, invite->number);
    assert_int_equal(read->least_registry, invite->least_registry);
    assert_int_equal(read->least_agreement, invite->least_agreement);
    assert_int_equal(read->psk_epoch, invite->psk_epoch);
    assert_int_equal(read->demonstration, invite->demonstration);
    assert_int_equal(read->expires.ms, invite->expires.ms);
    assert_memory_equal(read->trust, invite->trust, DIGEST);
    assert_memory_equal(&read->broker, &invite->broker, 32);
    assert_memory_equal(&read->secret, &invite->secret, 32);
    assert_memory_equal(&read->psk, &invite->psk, 32);
}

static void
a_line_comes_back_as_it_was_written(void **state)
{
    struct invite invite = an_invite(), read;
    struct why why = { "" };
    struct buffer line;
    (void)state;

    for (int i = 0; i < 2; i++) {
        invite.demonstration = i == 1;
        write_line(&line, &invite);
        assert_true(line.len < 320); /* what a person can copy */
        assert_ok(invite_read(&read, buffer_bytes(&line), &why));
        expect_same(&read, &invite);
        buffer_clear(&line);
    }
}

static void
the_longest_line_fits(void **state)
{
    struct invite invite = an_invite(), read;
    struct why why = { "" };
    struct buffer line;
    (void)state;

    memset(invite.federation, 'f', NAME_MAX_LEN);
    memset(invite.agency, 'a', NAME_MAX_LEN);
    memset(invite.endpoint, 'e', ENDPOINT_MAX_LEN);
    write_line(&line, &invite);
    assert_ok(invite_read(&read, buffer_bytes(&line), &why));
    expect_same(&read, &invite);
    buffer_clear(&line);
}

static void
a_line_broken_by_mail_is_read(void **state)
{
    struct invite invite = an_invite(), read;
    struct why why = { "" };
    struct buffer line, broken;
    (void)state;

    write_line(&line, &invite);
    buffer_init(&broken, 2 * INVITE_LINE_MAX);
    buffer_add_text(&broken, "  ");
    for (size_t i = 0; i < line.len; i++) {
        buffer_add_byte(&broken, line.data[i]);
        if (i % 60 == 59)
            buffer_add_text(&broken, "\r\n");
    }
    assert_ok(invite_read(&read, buffer_bytes(&broken), &why));
    expect_same(&read, &invite);
    buffer_clear(&line);
    buffer_clear(&broken);
}

static void
every_character_mistyped_is_noticed(void **state)
{
    static const char others[] = "Aq7-_kZ=+ :";
    struct invite invite = an_invite(), read;
    struct buffer line;
    (void)state;

    write_line(&line, &invite);
    for (size_t i = 0; i < line.len; i++)
        for (const char *other = others; *other != 0; other++) {
            uint8_t was = line.data[i];
            struct why why = { "" };

            if (was == *other)
                continue;
            line.data[i] = (uint8_t)*other;
            if (invite_read(&read, buffer_bytes(&line), &why) == ERR_OK)
                fail_msg("'%c' for '%c' at %zu", *other, was, i);
            assert_says(why.text, "invite");
            line.data[i] = was;
        }
    buffer_clear(&line);
}

static void
a_line_cut_off_anywhere_is_refused(void **state)
{
    struct invite invite = an_invite(), read;
    struct buffer line;
    (void)state;

    write_line(&line, &invite);
    for (size_t len = 0; len < line.len; len++) {
        struct why why = { "" };

        assert_err(invite_read(&read, bytes_of(line.data, len), &why), ERR_MALFORMED);
        assert_says(why.text, "invite");
    }
    buffer_add_text(&line, "A");
    assert_err(invite_read(&read, buffer_bytes(&line), NULL), ERR_MALFORMED);
    buffer_clear(&line);
}

static void
what_is_no_invite_is_said_to_be_none(void **state)
{
    static char long_one[2 * INVITE_LINE_MAX];
    struct invite read;
    struct why why = { "" };
    (void)state;

    assert_err(invite_read(&read, bytes_of_text("hello"), &why), ERR_MALFORMED);
    assert_says(why.text, "not an invite");
    memset(long_one, 'x', sizeof(long_one));
    assert_err(invite_read(&read, bytes_of(long_one, sizeof(long_one)), &why), ERR_TOO_BIG);
}

/* With a checksum that holds. */
static void
what_no_invite_holds_is_refused(void **state)
{
    struct invite invite = an_invite(), read;
    struct buffer line;
    (void)state;

    strcpy(invite.federation, "../jersey");
    write_line(&line, &invite);
    assert_err(invite_read(&read, buffer_bytes(&line), NULL), ERR_MALFORMED);
    buffer_clear(&line);

    invite = an_invite();
    strcpy(invite.endpoint, "tcp://\nbroker = x");
    write_line(&line, &invite);
    assert_err(invite_read(&read, buffer_bytes(&line), NULL), ERR_MALFORMED);
    buffer_clear(&line);

    invite = an_invite();
    invite.expires.ms = INT64_MAX;
    write_line(&line, &invite);
    assert_err(invite_read(&read, buffer_bytes(&line), NULL), ERR_MALFORMED);
    buffer_clear(&line);

    invite = an_invite();
    invite.number = 0;
    write_line(&line, &invite);
    assert_err(invite_read(&read, buffer_bytes(&line), NULL), ERR_MALFORMED);
    buffer_clear(&line);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_comes_back_as_it_was_written),
        cmocka_unit_test(the_longest_line_fits),
        cmocka_unit_test(a_line_broken_by_mail_is_read),
        cmocka_unit_test(every_character_mistyped_is_noticed),
        cmocka_unit_test(a_line_cut_off_anywhere_is_refused),
        cmocka_unit_test(what_is_no_invite_is_said_to_be_none),
        cmocka_unit_test(what_no_invite_holds_is_refused),
    };

    return RUN(tests);
}
