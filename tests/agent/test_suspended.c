#include "sent.h"

/* Suspended ourselves, and others suspended, with messages under way. */

static void
shut_out(struct school *school, uint32_t agency)
{
    suspend(&school->federate, agency, 0);
    if (agency == MASH || agency == SOCIAL_CARE)
        suspend(&school->federate, agency, 0);
    desk_adopt(&school->desk);
}

static void
let_in(struct school *school, uint32_t agency)
{
    lift_suspension(&school->federate, agency);
    desk_adopt(&school->desk);
}

static bool
says_suspended(struct school *school, const char *words)
{
    struct agent_status status;
    struct answered answered;

    get(&school->desk, "/v1/status", &answered);
    assert_string_equal(text_in(&answered, "broker"), words);
    assert_ok(agent_status(school->desk.agent, &status));
    assert_int_equal(json_is_true(json_object_get(answered.json, "suspended")),
                     status.suspended);
    done_with(&answered);
    return status.suspended;
}

static void
it_says_that_the_broker_has_shut_it_out_until_it_is_let_in(void **state)
{
    const struct frame bye = { .verb = VERB_BYE, .bye = { BYE_SUSPENDED, "suspended" } };
    struct school school;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    assert_false(says_suspended(&school, "connected"));
    broker_says(&school.desk, &bye);
    assert_true(school.desk.hung_up);
    assert_true(
        says_suspended(&school, "refused: this agency is suspended from the federation"));
    agent_connected(school.desk.agent, school.federate.now);
    agent_said(&school.desk, VERB_HELLO);
    assert_true(
        says_suspended(&school, "refused: this agency is suspended from the federation"));
    broker_says(&school.desk, &bye);
    connect_desk(&school.desk);
    assert_false(says_suspended(&school, "connected"));
    end(&school);
}

/* A broker that stops for another reason does not leave it at that. */
static void
another_goodbye_is_no_suspension(void **state)
{
    const struct frame suspended = { .verb = VERB_BYE, .bye = { BYE_SUSPENDED, "x" } },
                       done = { .verb = VERB_BYE, .bye = { BYE_SHUTDOWN, "x" } };
    struct school school;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    broker_says(&school.desk, &suspended);
    agent_connected(school.desk.agent, school.federate.now);
    agent_said(&school.desk, VERB_HELLO);
    broker_says(&school.desk, &done);
    assert_false(says_suspended(&school, "out of reach"));
    end(&school);
}

static void
its_own_documents_say_it_too(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    shut_out(&school, SCHOOL);
    assert_true(
        says_suspended(&school, "refused: this agency is suspended from the federation"));
    let_in(&school, SCHOOL);
    assert_false(says_suspended(&school, "out of reach"));
    end(&school);
}

static void
without_suspended_mash_it_goes_to_social_care(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    (void)state;

    begin(&school);
    shut_out(&school, MASH);
    sent = send_one(&school, &id);
    assert_int_equal(sent.capsules, 1);
    assert_int_equal(sent.first, SOCIAL_CARE);
    has_state(&school.desk, &id, "sealed", "it is suspended");
    accept_it(&school.desk, &sent, 6);
    settle(&school.desk);
    has_state(&school.desk, &id, "accepted", "as number 6 of the log");
    buffer_clear(&sent.bytes);
    end(&school);
}

static void
when_both_are_suspended_it_is_held_and_goes_when_one_is_let_in(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    (void)state;

    begin(&school);
    shut_out(&school, MASH);
    shut_out(&school, SOCIAL_CARE);
    connect_desk(&school.desk);
    id = publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    agent_is_silent(&school.desk);
    has_state(&school.desk, &id, "held", "is suspended: tell them otherwise");
    let_in(&school, SOCIAL_CARE);
    settle(&school.desk);
    sent = is_submitted(&school.desk);
    assert_int_equal(sent.capsules, 1);
    assert_int_equal(sent.first, SOCIAL_CARE);
    buffer_clear(&sent.bytes);
    end(&school);
}

/* As the shell does when only the folder of suspensions has changed. */
static void
it_goes_when_only_the_suspensions_are_read_again(void **state)
{
    char directory[FILE_PATH_MAX], archive[FILE_PATH_MAX];
    struct school school;
    struct message_id id;
    struct sent_letter sent;
    struct why why = { "" };
    (void)state;

    begin(&school);
    shut_out(&school, MASH);
    shut_out(&school, SOCIAL_CARE);
    connect_desk(&school.desk);
    id = publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    has_state(&school.desk, &id, "held", "is suspended: tell them otherwise");
    lift_suspension(&school.federate, MASH);
    snprintf(directory, sizeof(directory), "%s/federation", school.federate.folder);
    snprintf(archive, sizeof(archive), "%s/archive-%u", school.federate.folder, SCHOOL);
    expect_ok(in_force_read_suspensions(school.desk.in_force, directory, archive,
                                        school.federate.now.wall, &why),
              &why);
    assert_ok(agent_suspensions_changed(school.desk.agent));
    settle(&school.desk);
    sent = is_submitted(&school.desk);
    assert_int_equal(sent.capsules, 1);
    assert_int_equal(sent.first, MASH);
    buffer_clear(&sent.bytes);
    end(&school);
}

/* Its number waits for it, so that no number of the stream is skipped. */
static void
a_void_for_a_suspended_agency_waits_for_the_lift(void **state)
{
    struct school school;
    struct message_id id;
    struct sent_letter sent, empty;
    (void)state;

    begin(&school);
    sent = send_one(&school, &id);
    shut_out(&school, MASH);
    refuse_it(&school.desk, &sent, CHECK_COMPARTMENT, 0);
    settle(&school.desk);
    empty = is_submitted(&school.desk);
    assert_int_equal(empty.kind, KIND_CONTROL);
    assert_int_equal(empty.first, SOCIAL_CARE);
    agent_is_silent(&school.desk);
    accept_it(&school.desk, &empty, 1);
    buffer_clear(&empty.bytes);
    let_in(&school, MASH);
    settle(&school.desk);
    empty = is_submitted(&school.desk);
    assert_int_equal(empty.kind, KIND_CONTROL);
    assert_int_equal(empty.first, MASH);
    buffer_clear(&empty.bytes);
    buffer_clear(&sent.bytes);
    end(&school);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_that_the_broker_has_shut_it_out_until_it_is_let_in),
        cmocka_unit_test(another_goodbye_is_no_suspension),
        cmocka_unit_test(its_own_documents_say_it_too),
        cmocka_unit_test(without_suspended_mash_it_goes_to_social_care),
        cmocka_unit_test(when_both_are_suspended_it_is_held_and_goes_when_one_is_let_in),
        cmocka_unit_test(it_goes_when_only_the_suspensions_are_read_again),
        cmocka_unit_test(a_void_for_a_suspended_agency_waits_for_the_lift),
    };

    return crypto_start() ? RUN(tests) : 1;
}
