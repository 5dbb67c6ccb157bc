#include "invited.h"

#include "broker/peers.h"

/* --- The table: who may say what, when ---------------------------------------------------- */

static const uint8_t zeroes[64];

/* A frame of that verb, of the right form. */
static struct standing
standing_of(struct bytes digest)
{
    struct standing standing = { 0 };

    for (int what = WANT_REGISTRY; what < WANT_COUNT; what++)
        standing.digests[what] = digest;
    return standing;
}

static struct frame
any_frame(struct office *office, enum verb verb, struct letter *letter)
{
    static struct bytes id;
    struct bytes digest = bytes_of(zeroes, DIGEST);
    struct frame frame = { .verb = verb };

    id = bytes_of(zeroes, MSG_ID);
    switch ((int)verb) {
    case VERB_HELLO: return a_hello(office);
    case VERB_WELCOME: frame.welcome.standing = standing_of(digest); break;
    case VERB_ANNOUNCE: frame.announce = standing_of(digest); break;
    case VERB_SUBMIT: return letter_submit(letter);
    case VERB_ACCEPTED: frame.accepted = (struct accepted){ id, digest, 0, 0 }; break;
    case VERB_REFUSED: frame.refused = (struct refused){ .words = "" }; break;
    case VERB_ASK: frame.ask = (struct ask){ &id, 1 }; break;
    case VERB_DELIVER:
        frame.delivery = (struct delivery){ letter->envelope, .position = 1 };
        break;
    case VERB_FETCH: frame.fetch.what = WANT_REGISTRY; break;
    case VERB_DOCUMENT:
        frame.document.what = WANT_REGISTRY;
        frame.document.digest = digest;
        break;
    case VERB_BYE: frame.bye.reason = BYE_DONE, frame.bye.words = ""; break;
    }
    return frame;
}

/* What the broker answers when it has committed: VERB_NONE for nothing. */
// clang-format off
static const struct {
    enum verb when[PEER_STATES]; /* NEW, READY, GUEST */
} answers[VERB_COUNT] = {
    [VERB_HELLO]      = { { VERB_WELCOME, VERB_BYE,      VERB_BYE       } },
    [VERB_WELCOME]    = { { VERB_BYE,     VERB_BYE,      VERB_BYE       } },
    [VERB_SUBMIT]     = { { VERB_BYE,     VERB_ACCEPTED, VERB_BYE       } },
    [VERB_ACCEPTED]   = { { VERB_BYE,     VERB_BYE,      VERB_BYE       } },
    [VERB_REFUSED]    = { { VERB_BYE,     VERB_BYE,      VERB_BYE       } },
    [VERB_ASK]        = { { VERB_BYE,     VERB_FATE,     VERB_BYE       } },
    [VERB_FATE]       = { { VERB_BYE,     VERB_BYE,      VERB_BYE       } },
    [VERB_DELIVER]    = { { VERB_BYE,     VERB_BYE,      VERB_BYE       } },
    [VERB_ACK]        = { { VERB_BYE,     VERB_NONE,     VERB_BYE       } },
    [VERB_CREDIT]     = { { VERB_BYE,     VERB_NONE,     VERB_BYE       } },
    [VERB_FETCH]      = { { VERB_BYE,     VERB_DOCUMENT, VERB_DOCUMENT  } },
    [VERB_DOCUMENT]   = { { VERB_BYE,     VERB_BYE,      VERB_BYE       } },
    [VERB_PING]       = { { VERB_BYE,     VERB_PONG,     VERB_BYE       } },
    [VERB_PONG]       = { { VERB_BYE,     VERB_NONE,     VERB_BYE       } },
    [VERB_BYE]        = { { VERB_NONE,    VERB_NONE,     VERB_NONE      } },
    [VERB_ANNOUNCE]   = { { VERB_BYE,     VERB_BYE,      VERB_BYE       } },
    [VERB_OFFER]      = { { VERB_BYE,     VERB_NONE,     VERB_BYE       } },
    [VERB_JOIN]       = { { VERB_BYE,     VERB_BYE,      VERB_JOINED    } },
    [VERB_JOINED]     = { { VERB_BYE,     VERB_BYE,      VERB_BYE       } },
};
// clang-format on

static void
expect_answer(struct office *office, enum verb said, enum verb answer)
{
    const struct frame *bye;

    commit(office);
    if (answer == VERB_NONE) {
        nothing_is_said(office);
    } else if (answer == VERB_BYE) {
        bye = hears(office, SCHOOL, VERB_BYE);
        assert_int_equal(bye->bye.reason, BYE_PROTOCOL);
        assert_says(bye->bye.words, verb_name(said));
    } else {
        hears(office, SCHOOL, answer);
        nothing_is_said(office);
    }
    assert_int_equal(office->cut, answer == VERB_BYE ? SCHOOL : 0);
    assert_int_equal(broker_counts(office->broker).sessions,
                     answer == VERB_BYE || said == VERB_BYE ? 0 : 1);
}

/* Said in the session SCHOOL: by the school, or by a guest. */
static void
say_as(struct invited *it, enum peer_state state, const struct frame *frame)
{
    if (state == PEER_GUEST)
        guest_says_in(it, SCHOOL, frame);
    else
        say(&it->office, SCHOOL, frame);
}

static void
try_cell(enum verb verb, enum peer_state state)
{
    struct invited it;
    struct letter letter;
    struct frame frame;

    invite(&it);
    letter_begin(&letter, &it.office.federate, it.office.in_force, SCHOOL);
    letter_to_always_told(&letter);
    letter_seal(&letter);
    if (state == PEER_READY)
        enter(&it.office, SCHOOL);
    frame = any_frame(&it.office, verb, &letter);
    if (verb == VERB_SUBMIT && state != PEER_READY)
        frame.submit.compartment_count = 0; /* or it would be refused for its size */
    if (verb == VERB_JOIN)
        frame.join = buffer_bytes(&it.text);
    say_as(&it, state, &frame);
    expect_answer(&it.office, verb, answers[verb].when[state]);
    letter_end(&letter);
    invited_end(&it);
}

static void
before_hello_nothing_but_hello_and_goodbye(void **state)
{
    (void)state;
    for (int verb = VERB_HELLO; verb < VERB_COUNT; verb++)
        try_cell((enum verb)verb, PEER_NEW);
}

static void
in_service_only_what_is_an_agents_to_say(void **state)
{
    (void)state;
    for (int verb = VERB_HELLO; verb < VERB_COUNT; verb++)
        try_cell((enum verb)verb, PEER_READY);
}

static void
a_guest_asks_to_join_fetches_and_says_nothing_else(void **state)
{
    (void)state;
    for (int verb = VERB_HELLO; verb < VERB_COUNT; verb++)
        try_cell((enum verb)verb, PEER_GUEST);
}

/* --- Who is let in --------------------------------------------------------------------------- */

static void
an_unknown_key_hears_nothing(void **state)
{
    struct office office;
    struct frame hello;
    (void)state;

    office_open(&office);
    hello = a_hello(&office);
    say_in(&office, 7, STRANGER, &hello);
    assert_int_equal(office.cut, 7);
    nothing_is_said(&office);
    assert_int_equal(broker_counts(office.broker).sessions, 0);
    office_close(&office);
}

static void
a_session_is_of_one_key(void **state)
{
    struct office office;
    struct frame ping = { .verb = VERB_PING, .ping = 1 };
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    say_in(&office, SCHOOL, POLICE, &ping);
    assert_int_equal(office.cut, SCHOOL);
    nothing_is_said(&office);
    office_close(&office);
}

static void
what_is_not_a_frame_ends_the_session(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    say_bytes(&office, SCHOOL, SCHOOL, bytes_of("\xff rubbish", 9));
    assert_int_equal(hears(&office, SCHOOL, VERB_BYE)->bye.reason, BYE_PROTOCOL);
    assert_int_equal(office.cut, SCHOOL);
    office_close(&office);
}

static void
nobody_sends_much_before_hello(void **state)
{
    static uint8_t much[5000] = { VERB_HELLO };
    struct office office;
    (void)state;

    office_open(&office);
    say_bytes(&office, SCHOOL, SCHOOL, bytes_of(much, sizeof(much)));
    assert_says(hears(&office, SCHOOL, VERB_BYE)->bye.words, "credit");
    assert_int_equal(office.cut, SCHOOL);
    office_close(&office);
}

static void
another_version_of_the_protocol_is_told_so(void **state)
{
    struct office office;
    struct frame hello;
    (void)state;

    office_open(&office);
    hello = a_hello(&office);
    hello.hello.protocol = 2;
    say(&office, SCHOOL, &hello);
    assert_int_equal(hears(&office, SCHOOL, VERB_BYE)->bye.reason, BYE_VERSION);
    assert_int_equal(office.cut, SCHOOL);
    office_close(&office);
}

static void
a_second_session_takes_the_place_of_the_first(void **state)
{
    struct office office;
    struct frame hello, ping = { .verb = VERB_PING, .ping = 5 };
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    hello = a_hello(&office);
    say_in(&office, 7, SCHOOL, &hello);
    assert_int_equal(hears_in(&office, SCHOOL, VERB_BYE)->bye.reason, BYE_REPLACED);
    hears_in(&office, 7, VERB_WELCOME);
    assert_int_equal(office.cut, SCHOOL);
    say_in(&office, 7, SCHOOL, &ping);
    assert_int_equal(hears_in(&office, 7, VERB_PONG)->pong, 5);
    office_close(&office);
}

/* The first was heard last so long before the second came. */
static void
try_second_session(int64_t after_ms, uint64_t cloned)
{
    struct office office;
    struct frame hello, ping = { .verb = VERB_PING, .ping = 5 };

    office_open(&office);
    hello = a_hello(&office);
    enter(&office, SCHOOL);
    pass(&office.federate.now, SECONDS(20));
    say(&office, SCHOOL, &ping);
    hears(&office, SCHOOL, VERB_PONG);
    assert_int_equal(broker_counts(office.broker).cloned, 0);
    pass(&office.federate.now, after_ms);
    say_in(&office, 7, SCHOOL, &hello);
    assert_int_equal(broker_counts(office.broker).cloned, cloned);
    office_close(&office);
}

static void
a_second_session_beside_one_that_is_alive_is_an_alarm(void **state)
{
    (void)state;
    try_second_session(0, 1);
    try_second_session(PING_AFTER_MS - 1, 1);
    try_second_session(PING_AFTER_MS, 0);
}

/* It was cut, and has come back. */
static void
a_session_after_one_that_has_ended_is_no_alarm(void **state)
{
    struct office office;
    struct frame hello;
    (void)state;

    office_open(&office);
    hello = a_hello(&office);
    enter(&office, SCHOOL);
    broker_left(office.broker, SCHOOL);
    say_in(&office, 7, SCHOOL, &hello);
    assert_int_equal(broker_counts(office.broker).cloned, 0);
    office_close(&office);
}

static void
the_welcome_says_where_the_broker_stands(void **state)
{
    struct office office;
    struct frame hello;
    const struct frame *welcome;
    (void)state;

    office_open(&office);
    hello = a_hello(&office);
    say(&office, SCHOOL, &hello);
    welcome = hears(&office, SCHOOL, VERB_WELCOME);
    assert_int_equal(welcome->welcome.protocol, PROTOCOL_VERSION);
    assert_int_equal(welcome->welcome.standing.registry_version,
                     7); /* the first, and six agencies */
    assert_bytes(welcome->welcome.standing.digests[WANT_AGREEMENT], hello.hello.agreement);
    assert_int_equal(welcome->welcome.acked, 0);
    assert_int_equal(welcome->welcome.log_size, 0);
    assert_int_equal(welcome->welcome.credit_messages, SUBMIT_MESSAGES);
    assert_int_equal(welcome->welcome.now_ms, office.federate.now.wall.ms);
    office_close(&office);
}

/* --- Who is put out --------------------------------------------------------------------------- */

static void
an_agency_that_is_not_listed_any_more_is_put_out(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    enter(&office, POLICE);
    relist(&office.federate, office.in_force, SCHOOL, "  transport", "# transport");
    office_adopt(&office);
    assert_int_equal(hears(&office, SCHOOL, VERB_BYE)->bye.reason, BYE_NOT_LISTED);
    assert_int_equal(office.cut, SCHOOL);
    nothing_is_said(&office);
    assert_int_equal(broker_counts(office.broker).sessions, 1);
    office_close(&office);
}

static void
who_sends_beyond_the_credit_is_put_out(void **state)
{
    struct office office;
    struct frame pong = { .verb = VERB_PONG, .pong = 1 };
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    for (int i = 0; i < 2 * SUBMIT_MESSAGES; i++)
        say(&office, SCHOOL, &pong);
    nothing_is_said(&office);
    say(&office, SCHOOL, &pong);
    assert_says(hears(&office, SCHOOL, VERB_BYE)->bye.words, "credit");
    assert_int_equal(office.cut, SCHOOL);
    office_close(&office);
}

static void
credit_that_was_used_is_given_back_at_the_commit(void **state)
{
    struct office office;
    struct frame pong = { .verb = VERB_PONG, .pong = 1 };
    const struct frame *credit;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    for (int i = 0; i < SUBMIT_MESSAGES / 2; i++)
        say(&office, SCHOOL, &pong);
    nothing_is_said(&office);
    commit(&office);
    credit = hears(&office, SCHOOL, VERB_CREDIT);
    assert_int_equal(credit->credit.messages, SUBMIT_MESSAGES / 2);
    assert_int_equal(credit->credit.bytes, 3 * SUBMIT_MESSAGES / 2);
    commit(&office);
    nothing_is_said(&office);
    office_close(&office);
}

static void
who_acknowledges_what_was_never_sent_is_put_out(void **state)
{
    struct office office;
    struct frame ack = { .verb = VERB_ACK, .ack = 1 };
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    say(&office, SCHOOL, &ack);
    assert_says(hears(&office, SCHOOL, VERB_BYE)->bye.words, "never sent");
    assert_int_equal(office.cut, SCHOOL);
    office_close(&office);
}

static void
silence_is_asked_after_and_then_ends(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    pass(&office.federate.now, PING_AFTER_MS);
    assert_ok(broker_tick(office.broker, office.federate.now));
    hears(&office, SCHOOL, VERB_PING);
    assert_ok(broker_tick(office.broker, office.federate.now));
    nothing_is_said(&office);
    pass(&office.federate.now, DROP_AFTER_MS - PING_AFTER_MS);
    assert_ok(broker_tick(office.broker, office.federate.now));
    assert_int_equal(hears(&office, SCHOOL, VERB_BYE)->bye.reason, BYE_DONE);
    assert_int_equal(office.cut, SCHOOL);
    office_close(&office);
}

static void
a_broker_that_stops_says_goodbye_to_all(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    broker_say_goodbye(office.broker);
    assert_int_equal(hears(&office, SCHOOL, VERB_BYE)->bye.reason, BYE_SHUTDOWN);
    broker_left(office.broker, SCHOOL);
    assert_int_equal(broker_counts(office.broker).sessions, 0);
    broker_left(office.broker, SCHOOL);
    office_close(&office);
}

/* --- What is asked for ------------------------------------------------------------------------- */

static void
fetch_document(struct office *office, enum document_wanted what, enum document_kind kind)
{
    const struct signed_document *document =
        federation_document(office->in_force->federation, kind);
    struct frame fetch = { .verb = VERB_FETCH, .fetch = { .what = what } };
    const struct frame *answer;

    say(office, SCHOOL, &fetch);
    answer = hears(office, SCHOOL, VERB_DOCUMENT);
    assert_int_equal(answer->document.what, what);
    assert_bytes(answer->document.digest, bytes_of(document->digest, DIGEST));
    assert_int_equal(answer->document.total, document->text.len);
    assert_bytes(answer->document.content, document->text);
    assert_int_equal(answer->document.minisig_count, document->minisig_count);
    assert_true(answer->document.minisig_count >= 2);
    for (size_t i = 0; i < document->minisig_count; i++)
        assert_bytes(answer->document.minisigs[i], document->minisigs[i]);
}

static void
documents_come_as_they_were_signed(void **state)
{
    struct office office;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    fetch_document(&office, WANT_REGISTRY, DOCUMENT_REGISTRY);
    fetch_document(&office, WANT_AGREEMENT, DOCUMENT_AGREEMENT);
    office_close(&office);
}

static const struct frame *
ask(struct office *office, uint32_t agency, const uint8_t msg_id[MSG_ID])
{
    struct bytes id = bytes_of(msg_id, MSG_ID);
    struct frame question = { .verb = VERB_ASK, .ask = { &id, 1 } };

    say(office, agency, &question);
    return hears(office, agency, VERB_FATE);
}

static void
an_agency_learns_the_fate_of_its_own_messages_only(void **state)
{
    struct office office;
    struct letter letter;
    const struct frame *fate;
    (void)state;

    office_open(&office);
    enter(&office, SCHOOL);
    enter(&office, POLICE);
    letter_begin(&letter, &office.federate, office.in_force, SCHOOL);
    letter_to_always_told(&letter);
    letter_seal(&letter);
    submit(&office, SCHOOL, &letter);
    commit(&office);
    hears(&office, SCHOOL, VERB_ACCEPTED);

    fate = ask(&office, SCHOOL, letter.order.core.msg_id);
    assert_int_equal(fate->fate.count, 1);
    assert_true(fate->fate.known[0].accepted);
    assert_bytes(fate->fate.known[0].h, bytes_of(letter.sealed.h, DIGEST));
    assert_int_equal(fate->fate.known[0].accepted_ms, office.federate.now.wall.ms);
    fate = ask(&office, POLICE, letter.order.core.msg_id);
    assert_int_equal(fate->fate.count, 1);
    assert_false(fate->fate.known[0].accepted);
    letter_end(&letter);
    office_close(&office);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_hello_nothing_but_hello_and_goodbye),
        cmocka_unit_test(in_service_only_what_is_an_agents_to_say),
        cmocka_unit_test(a_guest_asks_to_join_fetches_and_says_nothing_else),
        cmocka_unit_test(an_unknown_key_hears_nothing),
        cmocka_unit_test(a_session_is_of_one_key),
        cmocka_unit_test(what_is_not_a_frame_ends_the_session),
        cmocka_unit_test(nobody_sends_much_before_hello),
        cmocka_unit_test(another_version_of_the_protocol_is_told_so),
        cmocka_unit_test(a_second_session_takes_the_place_of_the_first),
        cmocka_unit_test(a_second_session_beside_one_that_is_alive_is_an_alarm),
        cmocka_unit_test(a_session_after_one_that_has_ended_is_no_alarm),
        cmocka_unit_test(the_welcome_says_where_the_broker_stands),
        cmocka_unit_test(an_agency_that_is_not_listed_any_more_is_put_out),
        cmocka_unit_test(who_sends_beyond_the_credit_is_put_out),
        cmocka_unit_test(credit_that_was_used_is_given_back_at_the_commit),
        cmocka_unit_test(who_acknowledges_what_was_never_sent_is_put_out),
        cmocka_unit_test(silence_is_asked_after_and_then_ends),
        cmocka_unit_test(a_broker_that_stops_says_goodbye_to_all),
        cmocka_unit_test(documents_come_as_they_were_signed),
        cmocka_unit_test(an_agency_learns_the_fate_of_its_own_messages_only),
    };

    return RUN(tests);
}
