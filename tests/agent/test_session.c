#include "sent.h"

/* The agent and its broker: who may say what, and what each learns of the other. */

/* --- The table -------------------------------------------------------------------------------- */

static const uint8_t zeroes[64];

static struct standing
standing_of(struct bytes digest)
{
    struct standing standing = { 0 };

    for (int what = WANT_REGISTRY; what < WANT_COUNT; what++)
        standing.digests[what] = digest;
    return standing;
}

static struct frame
any_frame(enum verb verb, const struct parcel *parcel)
{
    static struct bytes id;
    static struct known known;
    struct bytes digest = bytes_of(zeroes, DIGEST);
    struct frame frame = { .verb = verb };

    id = bytes_of(zeroes, MSG_ID);
    known = (struct known){ .msg_id = id };
    switch ((int)verb) {
    case VERB_HELLO: frame.hello.agreement = digest; break;
    case VERB_WELCOME: frame.welcome.standing = standing_of(digest); break;
    case VERB_ANNOUNCE: frame.announce = standing_of(digest); break;
    case VERB_SUBMIT: frame.submit = parcel->letter.envelope; break;
    case VERB_ACCEPTED: frame.accepted = (struct accepted){ id, digest, 0, 0 }; break;
    case VERB_REFUSED: frame.refused = (struct refused){ .words = "" }; break;
    case VERB_ASK: frame.ask = (struct ask){ &id, 1 }; break;
    case VERB_FATE: frame.fate = (struct fate){ &known, 1 }; break;
    case VERB_DELIVER: return parcel->frame;
    case VERB_FETCH: frame.fetch.what = WANT_REGISTRY; break;
    case VERB_DOCUMENT:
        frame.document.what = WANT_REGISTRY;
        frame.document.digest = digest;
        break;
    case VERB_BYE: frame.bye.reason = BYE_DONE, frame.bye.words = ""; break;
    }
    return frame;
}

enum answer { NOTHING, PONG, ACK, HANGS_UP };

// clang-format off
static const struct {
    enum answer greeting, ready;
} answers[VERB_COUNT] = {
    [VERB_HELLO]    = { HANGS_UP, HANGS_UP },
    [VERB_WELCOME]  = { NOTHING,  HANGS_UP },
    [VERB_SUBMIT]   = { HANGS_UP, HANGS_UP },
    [VERB_ACCEPTED] = { HANGS_UP, NOTHING },
    [VERB_REFUSED]  = { HANGS_UP, NOTHING },
    [VERB_ASK]      = { HANGS_UP, HANGS_UP },
    [VERB_FATE]     = { HANGS_UP, NOTHING },
    [VERB_DELIVER]  = { HANGS_UP, ACK },
    [VERB_ACK]      = { HANGS_UP, HANGS_UP },
    [VERB_CREDIT]   = { HANGS_UP, NOTHING },
    [VERB_FETCH]    = { HANGS_UP, HANGS_UP },
    [VERB_DOCUMENT] = { HANGS_UP, ACK }, /* it is paid for, as a delivery is */
    [VERB_PING]     = { PONG,     PONG },
    [VERB_PONG]     = { NOTHING,  NOTHING },
    [VERB_BYE]      = { HANGS_UP, HANGS_UP },
    [VERB_ANNOUNCE] = { HANGS_UP, NOTHING },
    [VERB_OFFER]    = { HANGS_UP, HANGS_UP },
    [VERB_JOIN]     = { HANGS_UP, HANGS_UP },
    [VERB_JOINED]   = { HANGS_UP, HANGS_UP },
};
// clang-format on

static void
try_cell(struct desk *desk, const struct parcel *parcel, enum verb verb, bool ready)
{
    struct frame frame = any_frame(verb, parcel);
    enum answer answer = ready ? answers[verb].ready : answers[verb].greeting;
    struct agent_status status;

    connect_desk(desk);
    if (!ready) {
        agent_connected(desk->agent, desk->federate->now);
        agent_said(desk, VERB_HELLO);
    }
    broker_says(desk, &frame);
    settle(desk);
    if (answer == PONG)
        agent_said(desk, VERB_PONG);
    if (answer == ACK) {
        agent_said(desk, VERB_ACK);
        agent_said(desk, VERB_CREDIT);
    }
    agent_is_silent(desk);
    assert_int_equal(desk->hung_up, answer == HANGS_UP);
    assert_ok(agent_status(desk->agent, &status));
    assert_int_equal(status.link == LINK_DOWN, answer == HANGS_UP);
    lose_connection(desk);
}

static void
each_verb_is_heard_in_its_place_only(void **state)
{
    struct school school;
    struct parcel parcel;
    (void)state;

    begin(&school);
    parcel_begin(&parcel, &school.desk, POLICE, ABOUT_LEAH);
    parcel_for(&parcel, &school.desk, 1, 1);
    for (int verb = VERB_HELLO; verb < VERB_COUNT; verb++) {
        try_cell(&school.desk, &parcel, (enum verb)verb, false);
        try_cell(&school.desk, &parcel, (enum verb)verb, true);
    }
    parcel_end(&parcel);
    end(&school);
}

static void
without_a_connection_nothing_is_heard(void **state)
{
    struct school school;
    struct frame ping = { .verb = VERB_PING, .ping = 1 };
    (void)state;

    begin(&school);
    broker_says(&school.desk, &ping);
    agent_is_silent(&school.desk);
    agent_disconnected(school.desk.agent, true, school.federate.now);
    broker_says(&school.desk, &ping);
    agent_is_silent(&school.desk);
    end(&school);
}

static void
what_is_not_a_frame_ends_the_connection(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    assert_ok(agent_hear(school.desk.agent, bytes_of("\xff rubbish", 9), school.federate.now));
    assert_true(school.desk.hung_up);
    agent_is_silent(&school.desk);
    end(&school);
}

static void
silence_is_asked_after_and_then_ends(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    pass(&school.federate.now, SECONDS(10));
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    agent_said(&school.desk, VERB_PING);
    pass(&school.federate.now, SECONDS(20));
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    assert_true(school.desk.hung_up);
    end(&school);
}

/* Whoever it was has the broker's ear from then on: a person must know. */
static void
that_another_took_our_place_is_an_alarm(void **state)
{
    struct school school;
    struct frame bye = { .verb = VERB_BYE, .bye = { .reason = BYE_REPLACED, .words = "" } };
    (void)state;

    begin(&school);
    for (size_t times = 1; times <= 2; times++) {
        connect_desk(&school.desk);
        broker_says(&school.desk, &bye);
        settle(&school.desk);
        assert_true(school.desk.hung_up);
        lose_connection(&school.desk);
        desk_restart(&school.desk);
        assert_int_equal(alarms_of(&school.desk, "CLONED"), times);
    }
    end(&school);
}

static void
that_the_broker_stops_is_none(void **state)
{
    struct school school;
    struct frame bye = { .verb = VERB_BYE, .bye = { .reason = BYE_SHUTDOWN, .words = "" } };
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    broker_says(&school.desk, &bye);
    settle(&school.desk);
    no_alarm(&school.desk);
    end(&school);
}

/* --- What the welcome tells ------------------------------------------------------------------------------ */

static void
differences_from_the_broker_are_noticed(void **state)
{
    struct school school;
    struct frame welcome;
    struct agent_status status;
    (void)state;

    begin(&school);
    agent_connected(school.desk.agent, school.federate.now);
    agent_said(&school.desk, VERB_HELLO);
    welcome = a_welcome(&school.desk);
    welcome.welcome.standing.registry_version = 8;
    welcome.welcome.standing.digests[WANT_REGISTRY] = bytes_of(zeroes, DIGEST);
    welcome.welcome.standing.digests[WANT_AGREEMENT] = bytes_of(zeroes, DIGEST);
    welcome.welcome.now_ms += 90 * 1000;
    welcome.welcome.log_size = 12;
    broker_says(&school.desk, &welcome);
    assert_ok(agent_status(school.desk.agent, &status));
    assert_int_equal(status.link, LINK_READY);
    assert_true(status.registry_differs);
    assert_true(status.agreement_differs);
    assert_int_equal(status.clock_skew_ms, 90 * 1000);
    assert_int_equal(status.log_size, 12);
    end(&school);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verb_is_heard_in_its_place_only),
        cmocka_unit_test(without_a_connection_nothing_is_heard),
        cmocka_unit_test(what_is_not_a_frame_ends_the_connection),
        cmocka_unit_test(silence_is_asked_after_and_then_ends),
        cmocka_unit_test(that_another_took_our_place_is_an_alarm),
        cmocka_unit_test(that_the_broker_stops_is_none),
        cmocka_unit_test(differences_from_the_broker_are_noticed),
    };

    return RUN(tests);
}
