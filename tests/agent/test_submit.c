#include "sent.h"

/* Nothing is lost or sent twice, however the connection breaks. */

/* --- Out ---------- */

static void
what_is_published_goes_out_and_is_accepted(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    assert_int_equal(sent.kind, KIND_CONCERN);
    assert_int_equal(sent.capsules, 2); /* at first contact MASH and social care */
    has_state(&school.desk, &id, "sealed", "not yet taken by the broker");
    accept_it(&school.desk, &sent, 6);
    settle(&school.desk);
    has_state(&school.desk, &id, "accepted", "as number 6 of the log");
    agent_is_silent(&school.desk);
    buffer_clear(&sent.bytes);
    end(&school);
}

static void
what_the_broker_has_is_not_sent_again(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    come_back(&school, &sent);
    fate_is(&school.desk, &sent, true);
    settle(&school.desk);
    agent_is_silent(&school.desk);
    has_state(&school.desk, &id, "accepted", "as number 4 of the log");
    buffer_clear(&sent.bytes);
    end(&school);
}

static void
what_the_broker_has_not_is_sent_again_to_the_byte(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, again;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    desk_restart(&school.desk); /* even by an agent that was killed */
    come_back(&school, &sent);
    fate_is(&school.desk, &sent, false);
    settle(&school.desk);
    again = is_submitted(&school.desk);
    assert_bytes(buffer_bytes(&again.bytes), buffer_bytes(&sent.bytes));
    agent_is_silent(&school.desk);
    buffer_clear(&sent.bytes);
    buffer_clear(&again.bytes);
    end(&school);
}

struct number {
    uint32_t agency;
    uint64_t seq;
};

static bool
find_number(void *context, const struct told *told)
{
    struct number *number = context;

    if (told->agency == number->agency)
        number->seq = told->stream_seq;
    return true;
}

/* The number that the message carries for that recipient. */
static uint64_t
number_for(struct desk *desk, const struct message_id *id, uint32_t agency)
{
    struct number number = { .agency = agency };
    uint8_t notice_id[NOTICE_ID];

    assert_true(hex_read(notice_id, NOTICE_ID, strrchr(id->path, '/') + 1));
    assert_ok(told_each(desk->store, notice_id, find_number, &number));
    return number.seq;
}

static void
what_is_too_old_is_sealed_again_with_its_numbers(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, again;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    assert_int_equal(number_for(&school.desk, &id, MASH), 1);
    pass(&school.federate.now, MINUTES(20));
    come_back(&school, &sent);
    fate_is(&school.desk, &sent, false);
    settle(&school.desk);
    again = is_submitted(&school.desk);
    assert_memory_not_equal(again.msg_id, sent.msg_id, MSG_ID);
    assert_int_equal(number_for(&school.desk, &id, MASH), 1);
    assert_int_equal(number_for(&school.desk, &id, SOCIAL_CARE), 1);
    agent_is_silent(&school.desk);
    buffer_clear(&sent.bytes);
    buffer_clear(&again.bytes);
    end(&school);
}

static void
outside_the_window_it_is_sealed_again_after_a_while(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, again;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    refuse_it(&school.desk, &sent, CHECK_WINDOW, 0);
    settle(&school.desk);
    agent_is_silent(&school.desk);
    pass(&school.federate.now, RETRY_MS);
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    again = is_submitted(&school.desk);
    assert_memory_not_equal(again.msg_id, sent.msg_id, MSG_ID);
    buffer_clear(&sent.bytes);
    buffer_clear(&again.bytes);
    end(&school);
}

/* Refused for `check`, it is sealed again each time, and not more often than it may be. */
static void
is_tried_again_without_hurry(enum check check, uint32_t recipient, int times_at_once)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, again;

    begin(&school);
    sent = send_one(&school, &id);
    for (int i = 0; i < times_at_once + 3; i++) {
        refuse_it(&school.desk, &sent, check, recipient);
        settle(&school.desk);
        if (i >= times_at_once) {
            agent_is_silent(&school.desk);
            pass(&school.federate.now, RETRY_MS);
            assert_ok(agent_tick(school.desk.agent, school.federate.now));
        }
        again = is_submitted(&school.desk);
        assert_memory_not_equal(again.msg_id, sent.msg_id, MSG_ID);
        assert_int_equal(number_for(&school.desk, &id, MASH), 1);
        buffer_clear(&sent.bytes);
        sent = again;
    }
    accept_it(&school.desk, &sent, 1);
    settle(&school.desk);
    has_state(&school.desk, &id, "accepted", "sent");
    buffer_clear(&sent.bytes);
    end(&school);
}

static void
while_the_broker_knows_of_somebody_more_who_must_be_told_it_waits(void **state)
{
    (void)state;
    is_tried_again_without_hurry(CHECK_CAPSULE_MISSING, SOCIAL_CARE, 0);
}

static void
while_the_broker_refuses_somebody_who_must_be_told_it_waits(void **state)
{
    (void)state;
    is_tried_again_without_hurry(CHECK_RECIPIENT, SOCIAL_CARE, 1);
}

static void
a_refusal_shows_that_the_registries_differ_until_another_is_adopted(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    struct agent_status status;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    refuse_it(&school.desk, &sent, CHECK_CAPSULE_MISSING, SOCIAL_CARE);
    settle(&school.desk);
    assert_ok(agent_status(school.desk.agent, &status));
    assert_true(status.registry_differs);
    desk_adopt(&school.desk);
    assert_ok(agent_status(school.desk.agent, &status));
    assert_false(status.registry_differs);
    buffer_clear(&sent.bytes);
    end(&school);
}

static void
what_nothing_can_mend_is_for_a_person(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, voids[2];
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    refuse_it(&school.desk, &sent, CHECK_COMPARTMENT, 0);
    settle(&school.desk);
    has_state(&school.desk, &id, "refused", "Nobody was told");
    has_state(&school.desk, &id, "refused", "A person must act");
    for (int i = 0; i < 2; i++) { /* its numbers go out by themselves */
        voids[i] = is_submitted(&school.desk);
        assert_int_equal(voids[i].kind, KIND_CONTROL);
        assert_int_equal(voids[i].capsules, 1);
        buffer_clear(&voids[i].bytes);
    }
    assert_int_equal(voids[0].first + voids[1].first, MASH + SOCIAL_CARE);
    agent_is_silent(&school.desk);
    buffer_clear(&sent.bytes);
    end(&school);
}

/* It is its number, which no other message carries any more. */
static void
a_void_that_is_refused_waits_and_goes_out_later(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, empty[2], again;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    refuse_it(&school.desk, &sent, CHECK_COMPARTMENT, 0);
    settle(&school.desk);
    for (int i = 0; i < 2; i++)
        empty[i] = is_submitted(&school.desk);
    accept_it(&school.desk, &empty[0], 1);
    refuse_it(&school.desk, &empty[1], CHECK_RECIPIENT, empty[1].first);
    settle(&school.desk);
    pass(&school.federate.now, RETRY_MS);
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    agent_is_silent(&school.desk); /* nor is there a VOID of the VOID */

    desk_adopt(&school.desk);
    settle(&school.desk);
    again = is_submitted(&school.desk);
    assert_int_equal(again.kind, KIND_CONTROL);
    assert_int_equal(again.capsules, 1);
    assert_int_equal(again.first, empty[1].first);
    accept_it(&school.desk, &again, 2);
    settle(&school.desk);
    agent_is_silent(&school.desk);
    buffer_clear(&sent.bytes);
    buffer_clear(&empty[0].bytes);
    buffer_clear(&empty[1].bytes);
    buffer_clear(&again.bytes);
    end(&school);
}

static void
whom_it_must_not_reach_gets_no_capsule(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    struct grant grant;
    (void)state;

    begin(&school);
    grant = grant_to(&school.federate, SCHOOL, record_of(&school.desk, "child-1").handle,
                     HOSPITAL, NULL);
    sign_grant(&school.federate, &grant);
    desk_adopt(&school.desk);
    connect_desk(&school.desk);
    id = publish(&school.desk, KEPT_FROM("\"general-hospital\""));
    settle(&school.desk);
    sent = is_submitted(&school.desk);
    assert_int_equal(sent.capsules, 3);
    assert_int_equal(sent.first, MASH);
    assert_int_equal(sent.last, POLICE);
    has_state(&school.desk, &id, "sealed", "it must not reach it");
    buffer_clear(&sent.bytes);
    end(&school);
}

/* What a broker would deliver of what was submitted. */
static void
carry(const struct sent_letter *sent, struct desk *to, uint64_t position)
{
    struct sealed_compartment bodies[COMPARTMENTS_MAX];
    struct bits all;
    struct frame submitted, delivery = { .verb = VERB_DELIVER };

    memset(&all, 0xff, sizeof(all));
    assert_ok(frame_read(&submitted, buffer_bytes(&sent->bytes)));
    delivery.delivery.position = position;
    delivery.delivery.accepted_ms = (uint64_t)to->federate->now.wall.ms;
    strip_envelope(&delivery.delivery.envelope, bodies, &submitted.submit, to->agency, &all,
                   false, false);
    broker_says(to, &delivery);
    settle(to);
    frame_clear(&submitted);
}

static void
refused_for_one_recipient_it_goes_to_the_others_and_leaves_no_gap(void **state)
{
    struct school school;
    struct desk hospital;
    struct message_id id;
    struct sent_letter sent, again, empty;
    struct grant grant;
    uint64_t seen;
    (void)state;

    begin(&school);
    desk_open(&hospital, &school.federate, HOSPITAL);
    grant = grant_to(&school.federate, SCHOOL, record_of(&school.desk, "child-1").handle,
                     HOSPITAL, NULL);
    sign_grant(&school.federate, &grant);
    desk_adopt(&school.desk);
    sent = send_one(&school, &id);
    assert_int_equal(sent.capsules, 4);
    refuse_it(&school.desk, &sent, CHECK_GRANT, HOSPITAL);
    settle(&school.desk);

    again = is_submitted(&school.desk);
    assert_int_equal(again.kind, KIND_CONCERN);
    assert_int_equal(again.capsules, 3);
    assert_int_equal(again.last, POLICE);
    accept_it(&school.desk, &again, 1);
    settle(&school.desk);
    has_state(&school.desk, &id, "accepted", "\"owed\"");
    has_state(&school.desk, &id, "accepted", "the broker does not deliver to it just now");

    empty = is_submitted(&school.desk);
    assert_int_equal(empty.kind, KIND_CONTROL);
    assert_int_equal(empty.first, HOSPITAL);
    connect_desk(&hospital);
    carry(&empty, &hospital, 1);
    assert_ok(stream_seen(hospital.store, SCHOOL, &seen));
    assert_int_equal(seen, 1);
    no_alarm(&hospital);
    buffer_clear(&sent.bytes);
    buffer_clear(&again.bytes);
    buffer_clear(&empty.bytes);
    desk_close(&hospital);
    end(&school);
}

static void
a_broker_without_room_is_tried_again_and_nothing_lost(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, again;
    struct frame bye = { .verb = VERB_BYE,
                         .bye = { BYE_SHUTDOWN, "the broker has no room left on its disk" } };
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    broker_says(&school.desk, &bye);
    assert_true(school.desk.hung_up);
    has_state(&school.desk, &id, "sealed", "not yet taken");
    come_back(&school, &sent);
    fate_is(&school.desk, &sent, false);
    settle(&school.desk);
    again = is_submitted(&school.desk);
    assert_bytes(buffer_bytes(&again.bytes), buffer_bytes(&sent.bytes));
    buffer_clear(&sent.bytes);
    buffer_clear(&again.bytes);
    end(&school);
}

static void
what_goes_out_is_hedged_with_the_newest_pre_shared_key(void **state)
{
    struct school school;
    struct sent_letter sent;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    publish(&school.desk, ABOUT_LEAH);
    sent = is_submitted(&school.desk);
    assert_int_equal(sent.psk_epoch, 1);
    buffer_clear(&sent.bytes);
    end(&school);
}

static void
a_full_connection_is_tried_again(void **state)
{
    struct school school;
    struct sent_letter sent;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    school.desk.takes = SENT_LATER;
    publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    agent_is_silent(&school.desk);
    school.desk.takes = SENT_OK;
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    sent = is_submitted(&school.desk);
    agent_is_silent(&school.desk);
    buffer_clear(&sent.bytes);
    end(&school);
}

static void
no_more_goes_out_than_the_broker_has_room_for(void **state)
{
    struct school school;
    struct frame welcome, credit = { .verb = VERB_CREDIT, .credit = { 1, 1000 * 1000 } };
    (void)state;

    begin(&school);
    for (int i = 0; i < 3; i++)
        publish(&school.desk, ABOUT_LEAH);
    agent_connected(school.desk.agent, school.federate.now);
    agent_said(&school.desk, VERB_HELLO);
    welcome = a_welcome(&school.desk);
    welcome.welcome.credit_messages = 1;
    broker_says(&school.desk, &welcome);
    settle(&school.desk);
    agent_said(&school.desk, VERB_SUBMIT);
    settle(&school.desk);
    agent_is_silent(&school.desk);
    broker_says(&school.desk, &credit);
    settle(&school.desk);
    agent_said(&school.desk, VERB_SUBMIT);
    agent_is_silent(&school.desk);
    end(&school);
}

/* The broker counts every frame, and gives back what it has counted. */
static void
whatever_is_said_is_paid_for(void **state)
{
    struct school school;
    struct frame welcome, ping = { .verb = VERB_PING, .ping = 1 };
    struct frame credit = { .verb = VERB_CREDIT, .credit = { 2, 1000 * 1000 } };
    (void)state;

    begin(&school);
    publish(&school.desk, ABOUT_LEAH);
    agent_connected(school.desk.agent, school.federate.now);
    agent_said(&school.desk, VERB_HELLO);
    welcome = a_welcome(&school.desk);
    welcome.welcome.credit_messages = 1;
    broker_says(&school.desk, &welcome);
    broker_says(&school.desk, &ping);
    broker_says(&school.desk, &ping);
    settle(&school.desk);
    agent_said(&school.desk, VERB_PONG);
    agent_said(&school.desk, VERB_PONG);
    agent_is_silent(&school.desk);
    broker_says(&school.desk, &credit);
    settle(&school.desk);
    agent_said(&school.desk, VERB_SUBMIT);
    end(&school);
}

static void
an_absurd_credit_is_not_believed(void **state)
{
    struct school school;
    struct frame credit = { .verb = VERB_CREDIT, .credit = { UINT32_MAX, UINT64_MAX } };
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    for (int i = 0; i < 3; i++)
        broker_says(&school.desk, &credit);
    publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    agent_said(&school.desk, VERB_SUBMIT);
    end(&school);
}

/* With other messages waiting behind it. */
static void
nothing_goes_out_before_the_fate_of_what_went_before_is_known(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, again, next;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    come_back(&school, &sent);
    publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    agent_is_silent(&school.desk);
    fate_is(&school.desk, &sent, false);
    settle(&school.desk);
    again = is_submitted(&school.desk);
    assert_bytes(buffer_bytes(&again.bytes), buffer_bytes(&sent.bytes));
    next = is_submitted(&school.desk);
    assert_memory_not_equal(next.msg_id, sent.msg_id, MSG_ID);
    agent_is_silent(&school.desk);
    buffer_clear(&sent.bytes);
    buffer_clear(&again.bytes);
    buffer_clear(&next.bytes);
    end(&school);
}

/* However much is under way when the connection breaks, all of it is asked after. */
static void
all_that_is_under_way_is_asked_after(void **state)
{
    struct school school;
    struct known known[ASK_MAX];
    struct frame welcome, fate = { .verb = VERB_FATE };
    const struct frame *ask;
    size_t under_way = 0;
    (void)state;

    begin(&school);
    for (int i = 0; i < 330; i++)
        publish(&school.desk, ABOUT_LEAH);
    agent_connected(school.desk.agent, school.federate.now);
    agent_said(&school.desk, VERB_HELLO);
    welcome = a_welcome(&school.desk);
    welcome.welcome.credit_messages = 1000;
    broker_says(&school.desk, &welcome);
    for (int i = 0; i < 10; i++)
        settle(&school.desk);
    for (; school.desk.read < school.desk.said_count; under_way++)
        agent_said(&school.desk, VERB_SUBMIT);
    assert_true(under_way > 64 && under_way <= ASK_MAX);

    lose_connection(&school.desk);
    connect_desk(&school.desk);
    ask = agent_said(&school.desk, VERB_ASK);
    assert_int_equal(ask->ask.count, under_way);
    for (size_t i = 0; i < under_way; i++)
        known[i] = (struct known){ .msg_id = ask->ask.msg_ids[i] };
    fate.fate = (struct fate){ known, under_way };
    broker_says(&school.desk, &fate);
    settle(&school.desk);
    for (size_t i = 0; i < under_way; i++) /* the broker has none of it: all goes again */
        agent_said(&school.desk, VERB_SUBMIT);
    end(&school);
}

/* Other frames keep coming, so that silence does not end it. */
static void
without_an_answer_to_the_question_the_connection_ends(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    struct frame pong = { .verb = VERB_PONG, .pong = 1 };
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    lose_connection(&school.desk);
    connect_desk(&school.desk);
    agent_said(&school.desk, VERB_ASK);
    for (int i = 0; i < 29; i++) {
        pass(&school.federate.now, SECONDS(1));
        broker_says(&school.desk, &pong);
        assert_ok(agent_tick(school.desk.agent, school.federate.now));
        assert_false(school.desk.hung_up);
    }
    pass(&school.federate.now, SECONDS(1));
    broker_says(&school.desk, &pong);
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    assert_true(school.desk.hung_up);
    buffer_clear(&sent.bytes);
    end(&school);
}

/* The broker is there, and does not say what became of it. */
static void
without_an_answer_to_a_message_the_connection_ends_and_a_person_is_told(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    struct frame pong = { .verb = VERB_PONG, .pong = 1 };
    struct agent_status status;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    pass(&school.federate.now, SECONDS(29));
    broker_says(&school.desk, &pong);
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    assert_false(school.desk.hung_up);
    assert_ok(agent_status(school.desk.agent, &status));
    assert_int_equal(status.waiting_since_ms, at(BEGINNING).wall.ms);
    pass(&school.federate.now, SECONDS(1));
    broker_says(&school.desk, &pong);
    assert_ok(agent_tick(school.desk.agent, school.federate.now));
    assert_true(school.desk.hung_up);
    assert_int_equal(alarms_of(&school.desk, "UNANSWERED"), 1);
    come_back(&school, &sent);
    buffer_clear(&sent.bytes);
    end(&school);
}

/* --- What is held ------------------------------------------------------------------------------------ */

static void
hide_intake_of_mash(struct school *school)
{
    shell("mv %s/federation/intake/mash.intake %s/hidden", school->federate.folder,
          school->federate.folder);
}

static void
show_intake_of_mash(struct school *school)
{
    shell("mv %s/hidden %s/federation/intake/mash.intake", school->federate.folder,
          school->federate.folder);
}

static struct message_id
hold_one(struct school *school)
{
    struct message_id id;

    hide_intake_of_mash(school);
    desk_adopt(&school->desk);
    connect_desk(&school->desk);
    id = publish(&school->desk, ABOUT_LEAH);
    settle(&school->desk);
    agent_is_silent(&school->desk);
    has_state(&school->desk, &id, "held", "mash must be told of every message");
    has_state(&school->desk, &id, "held", "A person must act");
    show_intake_of_mash(school);
    return id;
}

static void
what_was_held_goes_when_the_documents_are_mended(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    hold_one(&school);
    desk_adopt(&school.desk);
    settle(&school.desk);
    agent_said(&school.desk, VERB_SUBMIT);
    agent_is_silent(&school.desk);
    end(&school);
}

/* Another key than ours is listed as valid: what we sign nobody would believe. */
static void
a_registry_without_a_key_of_ours_changes_nothing(void **state)
{
    struct school school;
    struct in_force *fresh;
    struct node_keys *keys;
    struct why why = { "" };
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    fresh = read_in_force(&school.federate, school.desk.agency, school.desk.in_force);
    keys = keys_of(&school.federate, POLICE);
    assert_err(agent_adopt(school.desk.agent, fresh, keys, school.federate.now, &why),
               ERR_NOT_FOUND);
    assert_says(why.text, "none of our signing keys");
    in_force_free(&fresh);
    node_keys_free(&keys);
    publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    agent_said(&school.desk, VERB_SUBMIT);
    end(&school);
}

/* By its own clock no key of anybody is valid: it starts, and MASH is told. */
static void
with_its_clock_far_off_an_agent_starts_and_tells_mash_and_social_care(void **state)
{
    struct school school;
    struct frame welcome;
    struct sent_letter sent;
    uint64_t brokers_ms;
    (void)state;

    begin(&school);
    brokers_ms = a_welcome(&school.desk).welcome.now_ms;
    school.federate.now.wall.ms = DAYS(365); /* of 1971 */
    desk_restart(&school.desk);
    welcome = a_welcome(&school.desk);
    welcome.welcome.now_ms = brokers_ms;
    agent_connected(school.desk.agent, school.federate.now);
    agent_said(&school.desk, VERB_HELLO);
    broker_says(&school.desk, &welcome);
    publish(&school.desk, A_CONCERN("child-1", BRUISE ",\"immediateDanger\":true", ""));
    settle(&school.desk);
    sent = is_submitted(&school.desk);
    assert_int_equal(sent.capsules, 2);
    assert_int_equal(sent.first, MASH);
    assert_int_equal(sent.last, SOCIAL_CARE);
    buffer_clear(&sent.bytes);
    end(&school);
}

/* Whose message that is nobody here knows; ours is not said to have arrived. */
static void
another_message_under_an_id_of_ours_is_an_alarm(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    struct answered answered;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    id = publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    sent = is_submitted(&school.desk);
    sent.h[0] ^= 1;
    accept_it(&school.desk, &sent, 3);
    settle(&school.desk);
    assert_int_equal(alarms_of(&school.desk, "EQUIVOCATION"), 1);
    get(&school.desk, id.path, &answered);
    assert_string_equal(text_in(&answered, "state"), "sealed");
    done_with(&answered);
    buffer_clear(&sent.bytes);
    end(&school);
}

static void
what_was_held_goes_when_the_agent_starts_again(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    hold_one(&school);
    desk_restart(&school.desk);
    connect_desk(&school.desk);
    settle(&school.desk);
    agent_said(&school.desk, VERB_SUBMIT);
    agent_is_silent(&school.desk);
    end(&school);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_published_goes_out_and_is_accepted),
        cmocka_unit_test(what_the_broker_has_is_not_sent_again),
        cmocka_unit_test(what_the_broker_has_not_is_sent_again_to_the_byte),
        cmocka_unit_test(what_is_too_old_is_sealed_again_with_its_numbers),
        cmocka_unit_test(outside_the_window_it_is_sealed_again_after_a_while),
        cmocka_unit_test(while_the_broker_knows_of_somebody_more_who_must_be_told_it_waits),
        cmocka_unit_test(while_the_broker_refuses_somebody_who_must_be_told_it_waits),
        cmocka_unit_test(a_refusal_shows_that_the_registries_differ_until_another_is_adopted),
        cmocka_unit_test(what_nothing_can_mend_is_for_a_person),
        cmocka_unit_test(a_void_that_is_refused_waits_and_goes_out_later),
        cmocka_unit_test(whom_it_must_not_reach_gets_no_capsule),
        cmocka_unit_test(refused_for_one_recipient_it_goes_to_the_others_and_leaves_no_gap),
        cmocka_unit_test(a_broker_without_room_is_tried_again_and_nothing_lost),
        cmocka_unit_test(what_goes_out_is_hedged_with_the_newest_pre_shared_key),
        cmocka_unit_test(a_full_connection_is_tried_again),
        cmocka_unit_test(no_more_goes_out_than_the_broker_has_room_for),
        cmocka_unit_test(nothing_goes_out_before_the_fate_of_what_went_before_is_known),
        cmocka_unit_test(whatever_is_said_is_paid_for),
        cmocka_unit_test(an_absurd_credit_is_not_believed),
        cmocka_unit_test(all_that_is_under_way_is_asked_after),
        cmocka_unit_test(without_an_answer_to_the_question_the_connection_ends),
        cmocka_unit_test(
            without_an_answer_to_a_message_the_connection_ends_and_a_person_is_told),
        cmocka_unit_test(what_was_held_goes_when_the_documents_are_mended),
        cmocka_unit_test(a_registry_without_a_key_of_ours_changes_nothing),
        cmocka_unit_test(with_its_clock_far_off_an_agent_starts_and_tells_mash_and_social_care),
        cmocka_unit_test(another_message_under_an_id_of_ours_is_an_alarm),
        cmocka_unit_test(what_was_held_goes_when_the_agent_starts_again),
    };

    return RUN(tests);
}
