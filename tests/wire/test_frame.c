#include "frames.h"

static enum err
read_and_clear(struct bytes bytes)
{
    struct frame frame;
    enum err err = frame_read(&frame, bytes);

    if (err == ERR_OK)
        frame_clear(&frame);
    return err;
}

/* A frame written down as a verb and the bytes of its message. */
#define refuses(verb, message)                                                                 \
    assert_err(read_and_clear(spell(verb, message, sizeof(message) - 1)), ERR_MALFORMED)
#define takes(verb, message)                                                                   \
    assert_ok(read_and_clear(spell(verb, message, sizeof(message) - 1)))

static struct bytes
spell(enum verb verb, const char *message, size_t len)
{
    static uint8_t frame[512];

    frame[0] = (uint8_t)verb;
    memcpy(frame + 1, message, len);
    return bytes_of(frame, len + 1);
}

#define ID16 "0123456789abcdef"
#define ID32 ID16 ID16

static void
every_verb_comes_back_as_it_was_said(void **state)
{
    (void)state;
    for (int verb = VERB_HELLO; verb < VERB_COUNT; verb++) {
        struct frame said = a_frame((enum verb)verb), heard;
        struct buffer first, again;

        write_frame(&first, &said);
        assert_ok(frame_read(&heard, buffer_bytes(&first)));
        assert_int_equal(heard.verb, verb);
        assert_bytes(write_frame(&again, &heard), buffer_bytes(&first));
        frame_clear(&heard);
        buffer_clear(&first);
        buffer_clear(&again);
    }
}

static void
what_was_said_is_what_is_heard(void **state)
{
    struct frame said = a_frame(VERB_WELCOME), heard;
    struct buffer bytes;
    (void)state;

    assert_ok(frame_read(&heard, write_frame(&bytes, &said)));
    assert_int_equal(heard.welcome.standing.registry_version, 2);
    assert_int_equal(heard.welcome.standing.agreement_version, 3);
    for (int what = WANT_REGISTRY; what < WANT_COUNT; what++)
        assert_bytes(heard.welcome.standing.digests[what], bytes_of(some + what, DIGEST));
    assert_int_equal(heard.welcome.acked, 3);
    assert_int_equal(heard.welcome.credit_bytes, 6);
    assert_int_equal(heard.welcome.now_ms, 7);
    frame_clear(&heard);
    buffer_clear(&bytes);

    said = a_frame(VERB_DELIVER);
    assert_ok(frame_read(&heard, write_frame(&bytes, &said)));
    assert_int_equal(heard.delivery.envelope.compartment_count, 2);
    assert_int_equal(heard.delivery.envelope.capsules[1].recipient, 101);
    assert_int_equal(heard.delivery.envelope.batch.index, 1);
    assert_int_equal(heard.delivery.position, 6);
    assert_true(heard.delivery.has_grant);
    assert_bytes(heard.delivery.grant_body, bytes_of(some, 76));
    frame_clear(&heard);
    buffer_clear(&bytes);
}

/* Cut off anywhere, a frame is refused, or it says less and exactly that. */
static void
a_frame_cut_off_never_passes_for_the_whole(void **state)
{
    (void)state;
    for (int verb = VERB_HELLO; verb < VERB_COUNT; verb++) {
        struct frame said = a_frame((enum verb)verb), heard;
        struct buffer whole, again;

        write_frame(&whole, &said);
        for (size_t len = 0; len < whole.len; len++) {
            /* A copy of that length, so that a sanitizer sees one byte too far. */
            uint8_t *cut = malloc(len + 1);

            memcpy(cut, whole.data, len);
            if (frame_read(&heard, bytes_of(cut, len)) == ERR_OK) {
                assert_bytes(write_frame(&again, &heard), bytes_of(cut, len));
                frame_clear(&heard);
                buffer_clear(&again);
            }
            free(cut);
        }
        buffer_clear(&whole);
    }
}

static void
verbs_that_are_not_of_this_protocol_are_refused(void **state)
{
    (void)state;
    assert_err(read_and_clear(bytes_of("", 0)), ERR_MALFORMED);
    refuses(VERB_NONE, "");
    refuses(VERB_COUNT, "");
    refuses(255, "");
    assert_string_equal(verb_name(VERB_NONE), "NONE");
    assert_string_equal(verb_name(VERB_BYE), "BYE");
}

static void
fields_that_are_not_of_this_protocol_are_refused(void **state)
{
    (void)state;
    for (int verb = VERB_HELLO; verb < VERB_COUNT; verb++) {
        struct frame said = a_frame((enum verb)verb);
        struct buffer bytes;

        write_frame(&bytes, &said);
        buffer_add(&bytes, "\xf8\x06\x01", 3); /* field 111 = 1 */
        assert_err(read_and_clear(buffer_bytes(&bytes)), ERR_MALFORMED);
        buffer_clear(&bytes);
    }
    refuses(VERB_SUBMIT, "\x1a\x03\xf8\x06\x01"); /* in the signature of an envelope */
}

static void
other_spellings_of_a_number_are_refused(void **state)
{
    (void)state;
    takes(VERB_PING, "\x08\x01");
    refuses(VERB_PING, "\x08\x81\x00");       /* longer than need be */
    refuses(VERB_PING, "\x08\x01\x08\x01");   /* twice */
    refuses(VERB_PING, "\x08\x00");           /* a default, written out */
    refuses(VERB_CREDIT, "\x10\x01\x08\x01"); /* out of order */
    refuses(VERB_PING, "\x08\x01\x00");       /* and more */
}

static void
ids_and_digests_have_one_length(void **state)
{
    (void)state;
    takes(VERB_HELLO, "\x08\x01\x1a\x20" ID32);
    refuses(VERB_HELLO, "\x08\x01");
    refuses(VERB_HELLO, "\x1a\x1f" ID16 "0123456789abcde");
    refuses(VERB_HELLO, "\x1a\x21" ID32 "x");
    takes(VERB_ANNOUNCE, "\x0a\xaa\x01\x12\x20" ID32 "\x22\x20" ID32 "\x2a\x20" ID32
                         "\x32\x20" ID32 "\x3a\x20" ID32);
    refuses(VERB_ANNOUNCE,
            "\x0a\x88\x01\x12\x20" ID32 "\x22\x20" ID32 "\x2a\x20" ID32 "\x32\x20" ID32);
    refuses(VERB_ANNOUNCE, "\x0a\x66\x12\x20" ID32 "\x22\x20" ID32 "\x2a\x20" ID32);
    refuses(VERB_ANNOUNCE,
            "\x0a\x78\x12\x20" ID32 "\x22\x20" ID32 "\x2a\x20" ID32 "\x32\x10" ID16);
    takes(VERB_ACCEPTED, "\x0a\x10" ID16 "\x12\x20" ID32);
    refuses(VERB_ACCEPTED, "\x0a\x0f"
                           "0123456789abcde\x12\x20" ID32);
    refuses(VERB_ACCEPTED, "\x0a\x10" ID16 "\x12\x10" ID16);
    takes(VERB_REFUSED, "\x10\x03");
    takes(VERB_REFUSED, "\x0a\x10" ID16 "\x10\x03");
    refuses(VERB_REFUSED, "\x0a\x11" ID16 "x\x10\x03");
    takes(VERB_ASK, "\x0a\x10" ID16);
    refuses(VERB_ASK, "\x0a\x0f"
                      "0123456789abcde");
}

static void
a_fate_has_a_hash_exactly_when_it_is_accepted(void **state)
{
    (void)state;
    takes(VERB_FATE, "\x0a\x12\x0a\x10" ID16);
    takes(VERB_FATE, "\x0a\x36\x0a\x10" ID16 "\x10\x01\x1a\x20" ID32);
    refuses(VERB_FATE, "\x0a\x14\x0a\x10" ID16 "\x10\x01");
    refuses(VERB_FATE, "\x0a\x34\x0a\x10" ID16 "\x1a\x20" ID32);
}

static void
numbers_outside_their_range_are_refused(void **state)
{
    (void)state;
    takes(VERB_FETCH, "\x08\x02");
    refuses(VERB_FETCH, "");
    takes(VERB_FETCH, "\x08\x04\x10\x07");
    takes(VERB_FETCH, "\x08\x05");
    refuses(VERB_FETCH, "\x08\x06");
    refuses(VERB_DOCUMENT, "\x08\x03"); /* without a digest */
    takes(VERB_DOCUMENT, "\x08\x03\x2a\x20" ID32);
    refuses(VERB_DOCUMENT, "\x08\x03\x2a\x20" ID32 "\x30\x01"); /* past the end */
    refuses(VERB_DOCUMENT, "\x08\x03\x1a\x01x\x2a\x20" ID32);   /* more than all */
    refuses(VERB_ANNOUNCE, "");
    takes(VERB_BYE, "\x08\x08");
    refuses(VERB_BYE, "");
    refuses(VERB_BYE, "\x08\x09");
    refuses(VERB_BYE, "\x08\x01\x12\x01\xff"); /* words that are not UTF-8 */
    refuses(VERB_REFUSED, "\x10\x7f");         /* no such check */
}

/* An envelope of nothing but a signature, and around it what makes a delivery. */
static void
a_delivery_has_a_place_and_an_envelope_that_is_signed(void **state)
{
    (void)state;
    takes(VERB_SUBMIT, "\x1a\x00");
    refuses(VERB_SUBMIT, "");
    takes(VERB_DELIVER, "\x0a\x02\x1a\x00\x30\x01");
    refuses(VERB_DELIVER, "\x0a\x02\x1a\x00");                 /* no position */
    refuses(VERB_DELIVER, "\x30\x01");                         /* no envelope */
    refuses(VERB_DELIVER, "\x0a\x00\x30\x01");                 /* not signed */
    refuses(VERB_DELIVER, "\x0a\x02\x1a\x00\x30\x01\x3a\x00"); /* a grant that is not signed */
    takes(VERB_DELIVER, "\x0a\x02\x1a\x00\x30\x01\x3a\x02\x12\x00");
    refuses(VERB_DELIVER, "\x0a\x02\x1a\x00\x22\x01x\x30\x01"); /* a note that nobody says */
    refuses(VERB_DELIVER, "\x0a\x02\x1a\x00\x2a\x01x\x30\x01");
}

static void
no_more_is_asked_after_than_fits_one_answer(void **state)
{
    static struct bytes ids[ASK_MAX];
    struct frame ask = { .verb = VERB_ASK, .ask = { ids, ASK_MAX } };
    struct buffer bytes;
    (void)state;

    for (size_t i = 0; i < ASK_MAX; i++)
        ids[i] = bytes_of(some, MSG_ID);
    assert_ok(read_and_clear(write_frame(&bytes, &ask)));
    buffer_add(&bytes, "\x0a\x10" ID16, 18);
    assert_err(read_and_clear(buffer_bytes(&bytes)), ERR_MALFORMED);
    buffer_clear(&bytes);
    refuses(VERB_ASK, "");
}

static void
a_fate_of_more_than_was_asked_is_refused(void **state)
{
    struct buffer bytes;
    (void)state;

    buffer_init(&bytes, FRAME_MAX);
    buffer_add_byte(&bytes, VERB_FATE);
    for (size_t i = 0; i < ASK_MAX; i++)
        buffer_add(&bytes, "\x0a\x12\x0a\x10" ID16, 20);
    assert_ok(read_and_clear(buffer_bytes(&bytes)));
    buffer_add(&bytes, "\x0a\x12\x0a\x10" ID16, 20);
    assert_err(read_and_clear(buffer_bytes(&bytes)), ERR_MALFORMED);
    buffer_clear(&bytes);
}

static void
more_than_the_limit_is_not_looked_at(void **state)
{
    uint8_t *much = calloc(1, FRAME_MAX + 1);
    (void)state;

    much[0] = VERB_SUBMIT;
    assert_err(read_and_clear(bytes_of(much, FRAME_MAX + 1)), ERR_TOO_BIG);
    assert_err(read_and_clear(bytes_of(much, FRAME_MAX)), ERR_MALFORMED);
    free(much);
}

/* Each is two bytes on the wire, and would be some hundred in memory. */
static void
a_million_compartments_are_refused(void **state)
{
    struct buffer bytes;
    (void)state;

    buffer_init(&bytes, FRAME_MAX);
    buffer_add_byte(&bytes, VERB_SUBMIT);
    buffer_add(&bytes, "\x1a\x00", 2);
    for (size_t i = 0; i < 1000 * 1000; i++)
        buffer_add(&bytes, "\x2a\x00", 2);
    assert_true(buffer_is_whole(&bytes));
    assert_err(read_and_clear(buffer_bytes(&bytes)), ERR_MALFORMED);
    buffer_clear(&bytes);
}

static void
a_length_of_two_gigabytes_is_refused(void **state)
{
    (void)state;
    refuses(VERB_SUBMIT, "\x0a\xff\xff\xff\xff\x07x");
    refuses(VERB_SUBMIT, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x");
}

static void
an_envelope_comes_back_as_it_was_stored(void **state)
{
    struct envelope envelope = an_envelope(), back;
    struct buffer packed, again;
    void *memory;
    (void)state;

    buffer_init(&packed, ENVELOPE_MAX);
    buffer_init(&again, ENVELOPE_MAX);
    envelope_pack(&packed, &envelope);
    assert_ok(envelope_unpack(&back, &memory, buffer_bytes(&packed)));
    envelope_pack(&again, &back);
    assert_bytes(buffer_bytes(&again), buffer_bytes(&packed));
    envelope_release(&memory);
    assert_null(memory);
    envelope_release(&memory);
    assert_err(envelope_unpack(&back, &memory, bytes_of("", 0)), ERR_MALFORMED);
    buffer_clear(&packed);
    buffer_clear(&again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_comes_back_as_it_was_said),
        cmocka_unit_test(what_was_said_is_what_is_heard),
        cmocka_unit_test(a_frame_cut_off_never_passes_for_the_whole),
        cmocka_unit_test(verbs_that_are_not_of_this_protocol_are_refused),
        cmocka_unit_test(fields_that_are_not_of_this_protocol_are_refused),
        cmocka_unit_test(other_spellings_of_a_number_are_refused),
        cmocka_unit_test(ids_and_digests_have_one_length),
        cmocka_unit_test(a_fate_has_a_hash_exactly_when_it_is_accepted),
        cmocka_unit_test(numbers_outside_their_range_are_refused),
        cmocka_unit_test(a_delivery_has_a_place_and_an_envelope_that_is_signed),
        cmocka_unit_test(no_more_is_asked_after_than_fits_one_answer),
        cmocka_unit_test(a_fate_of_more_than_was_asked_is_refused),
        cmocka_unit_test(more_than_the_limit_is_not_looked_at),
        cmocka_unit_test(a_million_compartments_are_refused),
        cmocka_unit_test(a_length_of_two_gigabytes_is_refused),
        cmocka_unit_test(an_envelope_comes_back_as_it_was_stored),
    };

    return RUN(tests);
}
