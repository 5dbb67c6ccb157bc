#include "../check.h"

#include "agent/newcomer.h"

/* A newcomer without a socket: what the broker says is said here. */
struct stage {
    struct newcomer *newcomer;
    struct buffer said; /* the frame that it said last */
    size_t count;
};

static enum sent
keep_said(void *self, struct bytes frame)
{
    struct stage *stage = self;

    buffer_reset(&stage->said);
    buffer_add_bytes(&stage->said, frame);
    stage->count++;
    return SENT_OK;
}

static void
open_stage(struct stage *stage)
{
    const struct newcomer_outbox outbox = { keep_said, stage };

    memset(stage, 0, sizeof(*stage));
    buffer_init(&stage->said, FRAME_MAX);
    stage->newcomer = newcomer_new(&outbox);
}

static void
close_stage(struct stage *stage)
{
    newcomer_free(&stage->newcomer);
    buffer_clear(&stage->said);
}

static enum newcomer_state
hears(struct stage *stage, const struct frame *frame)
{
    enum newcomer_state state;
    struct buffer bytes;

    buffer_init(&bytes, FRAME_MAX);
    frame_write(&bytes, frame);
    state = newcomer_hear(stage->newcomer, buffer_bytes(&bytes));
    buffer_clear(&bytes);
    return state;
}

/* What it said last, which must be of that verb.  Until the next call. */
static const struct frame *
last_said(const struct stage *stage, enum verb verb)
{
    static struct frame frame;

    frame_clear(&frame);
    assert_true(stage->said.len > 0);
    assert_ok(frame_read(&frame, bytes_of(stage->said.data, stage->said.len)));
    assert_string_equal(verb_name(frame.verb), verb_name(verb));
    return &frame;
}

static const uint8_t digest[DIGEST] = { 1 }, other_digest[DIGEST] = { 2 };

static enum newcomer_state
hears_part(struct stage *stage, enum document_wanted what, const char *part, uint64_t offset,
           uint64_t total)
{
    struct bytes minisig = bytes_of_text("minisig");
    const struct frame frame = {
        .verb = VERB_DOCUMENT,
        .document = { what, bytes_of(digest, DIGEST), offset, total, bytes_of_text(part),
                      &minisig, offset == 0 },
    };

    return hears(stage, &frame);
}

static enum newcomer_state
hears_joined(struct stage *stage)
{
    const struct frame joined = { .verb = VERB_JOINED, .joined = bytes_of_text("trust") };

    return hears(stage, &joined);
}

static void
is_of(const struct stage *stage, enum document_kind kind, const char *text)
{
    struct given_document given;

    newcomer_document(&given, stage->newcomer, kind);
    assert_bytes(given.text, bytes_of_text(text));
    assert_int_equal(given.count, 1);
    assert_bytes(given.minisigs[0], bytes_of_text("minisig"));
}

static void
it_asks_to_join_and_then_fetches_both_documents_part_by_part(void **state)
{
    struct stage stage;
    (void)state;

    open_stage(&stage);
    newcomer_ask(stage.newcomer, bytes_of_text("request"));
    assert_bytes(last_said(&stage, VERB_JOIN)->join, bytes_of_text("request"));
    assert_int_equal(hears_joined(&stage), NEWCOMER_UNDERWAY);
    assert_int_equal(last_said(&stage, VERB_FETCH)->fetch.what, WANT_REGISTRY);
    assert_int_equal(hears_part(&stage, WANT_REGISTRY, "kith ", 0, 13), NEWCOMER_UNDERWAY);
    assert_int_equal(last_said(&stage, VERB_FETCH)->fetch.offset, 5);
    assert_int_equal(hears_part(&stage, WANT_REGISTRY, "registry", 5, 13), NEWCOMER_UNDERWAY);
    assert_int_equal(last_said(&stage, VERB_FETCH)->fetch.what, WANT_AGREEMENT);
    assert_int_equal(hears_part(&stage, WANT_AGREEMENT, "agreement", 0, 9), NEWCOMER_DONE);
    assert_bytes(newcomer_trust(stage.newcomer), bytes_of_text("trust"));
    is_of(&stage, DOCUMENT_REGISTRY, "kith registry");
    is_of(&stage, DOCUMENT_AGREEMENT, "agreement");
    close_stage(&stage);
}

static void
one_that_returns_says_hello_and_fetches_the_registry_only(void **state)
{
    struct frame welcome = { .verb = VERB_WELCOME, .welcome = { .protocol = 1 } };
    const struct frame ping = { .verb = VERB_PING, .ping = 9 };
    struct stage stage;
    (void)state;

    open_stage(&stage);
    for (int what = WANT_REGISTRY; what < WANT_COUNT; what++)
        welcome.welcome.standing.digests[what] = bytes_of(digest, DIGEST);
    newcomer_return(stage.newcomer, 7, digest);
    assert_int_equal(last_said(&stage, VERB_HELLO)->hello.registry_version, 7);
    assert_int_equal(hears(&stage, &welcome), NEWCOMER_UNDERWAY);
    assert_int_equal(last_said(&stage, VERB_FETCH)->fetch.what, WANT_REGISTRY);
    assert_int_equal(hears(&stage, &ping), NEWCOMER_UNDERWAY);
    assert_int_equal(last_said(&stage, VERB_PONG)->pong, 9);
    assert_int_equal(hears_part(&stage, WANT_REGISTRY, "registry", 0, 8), NEWCOMER_DONE);
    assert_int_equal(last_said(&stage, VERB_CREDIT)->credit.messages, 1);
    is_of(&stage, DOCUMENT_REGISTRY, "registry");
    close_stage(&stage);
}

static void
what_the_broker_refuses_is_said_in_its_words(void **state)
{
    const struct frame bye = { .verb = VERB_BYE,
                               .bye = { BYE_INVITE, "this invite has run out" } };
    struct stage stage;
    (void)state;

    open_stage(&stage);
    newcomer_ask(stage.newcomer, bytes_of_text("request"));
    assert_int_equal(hears(&stage, &bye), NEWCOMER_REFUSED);
    assert_string_equal(newcomer_words(stage.newcomer), "this invite has run out");
    assert_int_equal(newcomer_trust(stage.newcomer).len, 0);
    close_stage(&stage);
}

/* A broker that says what is not said, or changes a document while it is read. */
static void
what_does_not_fit_is_not_taken(void **state)
{
    const struct frame pong = { .verb = VERB_PONG, .pong = 1 };
    struct bytes none = { 0 };
    const struct frame changed = {
        .verb = VERB_DOCUMENT,
        .document = { WANT_REGISTRY, bytes_of(other_digest, DIGEST), 5, 13,
                      bytes_of_text("registry"), &none, 0 },
    };
    struct stage stage;
    (void)state;

    open_stage(&stage);
    newcomer_ask(stage.newcomer, bytes_of_text("request"));
    assert_int_equal(hears(&stage, &pong), NEWCOMER_REFUSED);
    newcomer_ask(stage.newcomer, bytes_of_text("request"));
    assert_int_equal(hears_part(&stage, WANT_REGISTRY, "early", 0, 5), NEWCOMER_REFUSED);
    newcomer_ask(stage.newcomer, bytes_of_text("request"));
    assert_int_equal(newcomer_hear(stage.newcomer, bytes_of("\xff", 1)), NEWCOMER_REFUSED);

    newcomer_ask(stage.newcomer, bytes_of_text("request"));
    hears_joined(&stage);
    hears_part(&stage, WANT_REGISTRY, "kith ", 0, 13);
    assert_int_equal(hears(&stage, &changed), NEWCOMER_REFUSED);
    assert_says(newcomer_words(stage.newcomer), "changed");

    newcomer_ask(stage.newcomer, bytes_of_text("request"));
    hears_joined(&stage);
    assert_int_equal(hears_part(&stage, WANT_REGISTRY, "", 0, 13), NEWCOMER_REFUSED);
    newcomer_ask(stage.newcomer, bytes_of_text("request"));
    hears_joined(&stage);
    assert_int_equal(hears_part(&stage, WANT_REGISTRY, "x", 0, REGISTRY_MAX + 1),
                     NEWCOMER_REFUSED);
    close_stage(&stage);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_to_join_and_then_fetches_both_documents_part_by_part),
        cmocka_unit_test(one_that_returns_says_hello_and_fetches_the_registry_only),
        cmocka_unit_test(what_the_broker_refuses_is_said_in_its_words),
        cmocka_unit_test(what_does_not_fit_is_not_taken),
    };

    return RUN(tests);
}
