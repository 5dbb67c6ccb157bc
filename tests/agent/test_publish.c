#include "../store/disk.h"
#include "desk.h"

/* What an agency's system hands in: taken once, or refused with the place and the reason. */

struct school {
    struct federate federate;
    struct desk desk;
};

static void
begin(struct school *school)
{
    federate_begin(&school->federate);
    desk_open(&school->desk, &school->federate, SCHOOL);
}

static void
end(struct school *school)
{
    desk_close(&school->desk);
    federate_end(&school->federate);
}

static uint64_t
queued(struct school *school)
{
    struct agent_status status;

    assert_ok(agent_status(school->desk.agent, &status));
    return status.queued;
}

/* It is refused, with that sentence about that place. */
static void
refuses(struct school *school, const char *json, const char *pointer, const char *words)
{
    struct answered answered;
    const json_t *errors, *error;
    bool found = false;
    size_t i;

    post_json(&school->desk, "/v1/concerns", json, NULL, &answered);
    assert_int_equal(answered.status, 422);
    errors = json_object_get(answered.json, "errors");
    json_array_foreach(errors, i, error)
    {
        const char *where = json_string_value(json_object_get(error, "pointer"));
        const char *what = json_string_value(json_object_get(error, "detail"));

        found |= strcmp(where, pointer) == 0 && strstr(what, words) != NULL;
    }
    if (!found)
        fail_msg("no \"%s\" at %s in %s", words, pointer, answered.text);
    assert_int_equal(queued(school), 0);
    done_with(&answered);
}

static void
what_is_taken_survives_the_agent(void **state)
{
    struct school school;
    struct message_id id;
    struct answered answered;
    (void)state;

    begin(&school);
    id = publish(&school.desk, ABOUT_LEAH);
    desk_restart(&school.desk);
    get(&school.desk, id.path, &answered);
    assert_int_equal(answered.status, 200);
    assert_string_equal(text_in(&answered, "state"), "spooled");
    assert_string_equal(text_in(&answered, "kind"), "concern");
    assert_string_equal(text_in(&answered, "spooledAt"), BEGINNING);
    assert_says(text_in(&answered, "fate"), "Written down here, not yet sent.");
    assert_says(text_in(&answered, "fate"), "out of reach");
    done_with(&answered);
    end(&school);
}

static void
the_same_key_and_body_is_the_same_message(void **state)
{
    struct school school;
    struct answered first, again;
    (void)state;

    begin(&school);
    post_json(&school.desk, "/v1/concerns", ABOUT_LEAH, "key-1", &first);
    assert_int_equal(first.status, 202);
    assert_false(json_is_true(json_object_get(first.json, "repeated")));
    desk_restart(&school.desk);
    post_json(&school.desk, "/v1/concerns", ABOUT_LEAH, "key-1", &again);
    assert_int_equal(again.status, 202);
    assert_true(json_is_true(json_object_get(again.json, "repeated")));
    assert_string_equal(again.location, first.location);
    assert_int_equal(queued(&school), 1);
    done_with(&first);
    done_with(&again);
    end(&school);
}

static void
the_same_key_and_another_body_is_a_conflict(void **state)
{
    struct school school;
    struct answered answered;
    (void)state;

    begin(&school);
    post_json(&school.desk, "/v1/concerns", ABOUT_LEAH, "key-1", &answered);
    done_with(&answered);
    post_json(&school.desk, "/v1/concerns", A_CONCERN("child-2", BRUISE, ""), "key-1",
              &answered);
    assert_int_equal(answered.status, 409);
    assert_int_equal(queued(&school), 1);
    done_with(&answered);
    end(&school);
}

static void
without_a_key_every_message_is_a_new_one(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    publish(&school.desk, ABOUT_LEAH);
    publish(&school.desk, ABOUT_LEAH);
    assert_int_equal(queued(&school), 2);
    end(&school);
}

static void
a_purpose_that_the_agreement_does_not_have_is_named(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    refuses(
        &school,
        "{\"circumstances\":{\"localId\":\"1\"},\"concern\":{\"child\":{\"name\":{\"given\":"
        "\"L\",\"family\":\"M\"}}," BRUISE "},\"sharing\":{\"purpose\":\"safegarding\"}}",
        "/sharing/purpose", "did you mean \"safeguarding\"?");
    end(&school);
}

static void
a_fact_that_the_agreement_does_not_have_is_named(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    refuses(&school, A_CONCERN("1", BRUISE, ",\"facts\":{\"parents-consent\":true}"),
            "/sharing/facts/parents-consent", "did you mean \"parents-consented\"?");
    refuses(&school, A_CONCERN("1", BRUISE, ",\"facts\":{\"weather\":true}"),
            "/sharing/facts/weather", "is not a fact of the agreement");
    end(&school);
}

static void
an_enquiry_is_for_mash_to_declare(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    refuses(&school, A_CONCERN("1", BRUISE, ",\"facts\":{\"enquiry\":true}"),
            "/sharing/facts/enquiry", "for MASH to decide");
    end(&school);
}

static void
immediate_danger_cannot_be_true_and_false(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    refuses(&school,
            A_CONCERN("1", BRUISE ",\"immediateDanger\":true",
                      ",\"facts\":{\"immediate-danger\":false}"),
            "/sharing/facts/immediate-danger", "immediateDanger is true");
    end(&school);
}

#define KEPT_FROM_0 "/circumstances/handling/mustNotReach/0"
#define KEPT_FROM_1 "/circumstances/handling/mustNotReach/1"

/* A slip of the pen would send it to the very agency that it must not reach. */
static void
whom_it_must_not_reach_is_an_agency_of_the_agreement(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    refuses(&school, KEPT_FROM("\"general-hospital\",\"genral-hospital\""), KEPT_FROM_1,
            "is not an agency of the agreement");
    refuses(&school, KEPT_FROM("\"hospital\""), KEPT_FROM_0,
            "is not an agency of the agreement");
    refuses(&school, KEPT_FROM("\"\""), KEPT_FROM_0, "is not an agency of the agreement");
    publish(&school.desk, KEPT_FROM("\"general-hospital\",\"states-police\""));
    assert_int_equal(queued(&school), 1);
    end(&school);
}

/* It is the agreement that says who that is. */
static void
who_must_be_told_cannot_be_kept_out_by_any_name(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    refuses(&school, KEPT_FROM("\"general-hospital\",\"mash\""), KEPT_FROM_1,
            "is MASH or children's social care");
    agree_on(&school.federate, "mash         mash\n  social-care  childrens-services\n",
             "mash         front-door\n  social-care  childrens-services, childrens-team\n");
    desk_adopt(&school.desk);
    refuses(&school, KEPT_FROM("\"front-door\""), KEPT_FROM_0,
            "is MASH or children's social care");
    refuses(&school, KEPT_FROM("\"childrens-team\""), KEPT_FROM_0,
            "is MASH or children's social care");
    refuses(&school, KEPT_FROM("\"childrens-services\""), KEPT_FROM_0,
            "is MASH or children's social care");
    refuses(&school, KEPT_FROM("\"social-care\""), KEPT_FROM_0,
            "is not an agency of the agreement");
    refuses(&school, KEPT_FROM("\"MASH\""), KEPT_FROM_0, "is not an agency of the agreement");
    end(&school);
}

static void
what_has_no_place_in_a_message_is_named(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    refuses(&school, A_CONCERN("1", BRUISE ",\"hedline\":\"x\"", ""), "/concern/hedline",
            "headline");
    refuses(&school,
            "{\"circumstances\":{\"localId\":\"1\"},\"needs\":{\"headline\":\"x\"},"
            "\"sharing\":{\"purpose\":\"safeguarding\"}}",
            "", "was sent as \"concern\"");
    refuses(&school, A_CONCERN("", BRUISE, ""), "/circumstances/localId", "");
    end(&school);
}

static void
every_problem_is_reported_at_once(void **state)
{
    struct school school;
    struct answered answered;
    (void)state;

    begin(&school);
    post_json(&school.desk, "/v1/concerns",
              A_CONCERN("1", BRUISE ",\"seenAt\":\"yesterday\",\"rag\":\"PURPLE\"", ""), NULL,
              &answered);
    assert_int_equal(answered.status, 422);
    assert_int_equal(json_array_size(json_object_get(answered.json, "errors")), 2);
    assert_says(text_in(&answered, "detail"), "2 problems; nothing was taken");
    done_with(&answered);
    end(&school);
}

/* Neither the answer nor the log may carry what was said of a child. */
static void
no_answer_repeats_what_was_sent(void **state)
{
    struct school school;
    struct answered answered;
    (void)state;

    begin(&school);
    post_json(&school.desk, "/v1/concerns",
              A_CONCERN("1", BRUISE ",\"rag\":\"canary-4711\",\"seenAt\":\"canary-4711\"",
                        ",\"level\":\"canary-4711\""),
              NULL, &answered);
    assert_int_equal(answered.status, 422);
    assert_null(strstr(answered.text, "canary-4711"));
    assert_null(strstr(answered.text, "Leah"));
    done_with(&answered);
    end(&school);
}

static void
without_room_nothing_is_taken(void **state)
{
    struct school school;
    struct answered answered;
    (void)state;

    begin(&school);
    disk.fail_from = disk.operations + 1;
    disk.error = ENOSPC;
    post_json(&school.desk, "/v1/concerns", ABOUT_LEAH, "key-1", &answered);
    disk.fail_from = 0;
    assert_true(disk.failed > 0);
    assert_int_equal(answered.status, 507);
    assert_says(answered.text, "nothing was taken");
    assert_int_equal(queued(&school), 0);
    done_with(&answered);

    post_json(&school.desk, "/v1/concerns", ABOUT_LEAH, "key-1", &answered);
    assert_int_equal(answered.status, 202);
    assert_false(json_is_true(json_object_get(answered.json, "repeated")));
    done_with(&answered);
    end(&school);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_survives_the_agent),
        cmocka_unit_test(the_same_key_and_body_is_the_same_message),
        cmocka_unit_test(the_same_key_and_another_body_is_a_conflict),
        cmocka_unit_test(without_a_key_every_message_is_a_new_one),
        cmocka_unit_test(a_purpose_that_the_agreement_does_not_have_is_named),
        cmocka_unit_test(a_fact_that_the_agreement_does_not_have_is_named),
        cmocka_unit_test(an_enquiry_is_for_mash_to_declare),
        cmocka_unit_test(immediate_danger_cannot_be_true_and_false),
        cmocka_unit_test(whom_it_must_not_reach_is_an_agency_of_the_agreement),
        cmocka_unit_test(who_must_be_told_cannot_be_kept_out_by_any_name),
        cmocka_unit_test(what_has_no_place_in_a_message_is_named),
        cmocka_unit_test(every_problem_is_reported_at_once),
        cmocka_unit_test(no_answer_repeats_what_was_sent),
        cmocka_unit_test(without_room_nothing_is_taken),
    };

    return RUN(tests);
}
