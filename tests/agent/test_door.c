#include "parcel.h"

/* The door, request by request: statuses, bodies, and what no answer ever says. */

struct school {
    struct federate federate;
    struct desk desk;
    struct answered answered;
};

static void
begin_as(struct school *school, uint32_t agency)
{
    memset(school, 0, sizeof(*school));
    federate_begin(&school->federate);
    desk_open(&school->desk, &school->federate, agency);
}

static void
begin(struct school *school)
{
    begin_as(school, SCHOOL);
}

static void
end(struct school *school)
{
    done_with(&school->answered);
    desk_close(&school->desk);
    federate_end(&school->federate);
}

static void
request(struct school *school, const char *method, const char *path, const char *body)
{
    struct door_request request = { .method = method,
                                    .path = path,
                                    .body = bytes_of_text(body) };

    done_with(&school->answered);
    ask_door(&school->desk, &request, &school->answered);
}

/* RFC 9457: type, title, status and detail, each in its place. */
static void
is_problem(struct school *school, int status, const char *title)
{
    const struct answered *answered = &school->answered;

    assert_int_equal(answered->status, status);
    assert_string_equal(answered->type, "application/problem+json");
    assert_string_equal(text_in(answered, "type"), "about:blank");
    assert_says(text_in(answered, "title"), title);
    assert_int_equal(json_integer_value(json_object_get(answered->json, "status")), status);
    assert_true(strlen(text_in(answered, "detail")) > 0);
    assert_string_equal(answered->location, "");
}

/* --- What there is -------------------------------------------------------------------------- */

static void
each_place_has_its_method(void **state)
{
    static const char *const read[] = {
        "/livez",     "/readyz",   "/metrics",
        "/v1/status", "/v1/inbox", "/v1/messages/00000000000000000000000000000000"
    };
    static const char *const publish[] = { "/v1/concerns", "/v1/needs" };
    struct school school;
    (void)state;

    begin(&school);
    for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++) {
        request(&school, "POST", read[i], "{}");
        is_problem(&school, 405, "nothing here for that method");
        assert_says(school.answered.text, "there is: GET");
    }
    for (size_t i = 0; i < sizeof(publish) / sizeof(publish[0]); i++) {
        request(&school, "GET", publish[i], "");
        is_problem(&school, 405, "nothing here for that method");
        assert_says(school.answered.text, "there is: POST");
        request(&school, "DELETE", publish[i], "");
        is_problem(&school, 405, "nothing here for that method");
    }
    request(&school, "DELETE", "/v1/messages", "");
    is_problem(&school, 405, "nothing here for that method");
    assert_says(school.answered.text, "there is: GET POST");
    end(&school);
}

static void
elsewhere_there_is_nothing(void **state)
{
    static const char *const nowhere[] = {
        "/", "", "/v1", "/v1/concerns/", "/v2/inbox", "/v1/inbox/1", "/livez2", "/../etc/passwd"
    };
    struct school school;
    (void)state;

    begin(&school);
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        request(&school, "GET", nowhere[i], "");
        is_problem(&school, 404, "There is nothing here");
        request(&school, "POST", nowhere[i], ABOUT_LEAH);
        is_problem(&school, 404, "There is nothing here");
    }
    end(&school);
}

/* --- Publishing -------------------------------------------------------------------------------- */

static void
what_is_taken_is_answered_with_where_to_ask(void **state)
{
    struct school school;
    char expected[64];
    (void)state;

    begin(&school);
    request(&school, "POST", "/v1/concerns", ABOUT_LEAH);
    assert_int_equal(school.answered.status, 202);
    assert_string_equal(school.answered.type, "application/json");
    assert_int_equal(strlen(text_in(&school.answered, "id")), 32);
    snprintf(expected, sizeof(expected), "/v1/messages/%s", text_in(&school.answered, "id"));
    assert_string_equal(school.answered.location, expected);
    assert_says(text_in(&school.answered, "fate"), "not yet told");
    end(&school);
}

static void
a_message_is_of_the_kind_that_its_place_is_for(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    request(&school, "POST", "/v1/needs", ABOUT_LEAH);
    is_problem(&school, 422, "not as it should be");
    request(&school, "POST", "/v1/messages", ABOUT_LEAH);
    assert_int_equal(school.answered.status, 202);
    end(&school);
}

static void
what_is_not_json_is_said_to_be_none(void **state)
{
    static const char *const bodies[] = { "", "{", "{\"a\":1,\"a\":2}", "{} {}", "<xml/>" };
    struct school school;
    (void)state;

    begin(&school);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        request(&school, "POST", "/v1/concerns", bodies[i]);
        is_problem(&school, 400, "This is not JSON");
        assert_says(text_in(&school.answered, "detail"), "nothing was taken");
    }
    request(&school, "POST", "/v1/concerns", "[]");
    is_problem(&school, 422, "not as it should be");
    end(&school);
}

static void
what_is_too_large_is_said_to_be(void **state)
{
    char *much = malloc(MESSAGE_JSON_MAX + 2);
    struct school school;
    (void)state;

    memset(much, ' ', MESSAGE_JSON_MAX + 1);
    much[MESSAGE_JSON_MAX + 1] = 0;
    memcpy(much, ABOUT_LEAH, strlen(ABOUT_LEAH));
    begin(&school);
    request(&school, "POST", "/v1/concerns", much);
    assert_int_equal(school.answered.status, 413);
    assert_string_equal(school.answered.type, "application/problem+json");
    assert_says(school.answered.text, "nothing was taken");
    free(much);
    end(&school);
}

static void
a_key_is_at_most_two_hundred_characters(void **state)
{
    struct school school;
    char key[202];
    (void)state;

    begin(&school);
    memset(key, 'k', sizeof(key));
    key[201] = 0;
    post_json(&school.desk, "/v1/concerns", ABOUT_LEAH, key, &school.answered);
    is_problem(&school, 400, "Idempotency-Key is too long");
    done_with(&school.answered);
    key[200] = 0;
    post_json(&school.desk, "/v1/concerns", ABOUT_LEAH, key, &school.answered);
    assert_int_equal(school.answered.status, 202);
    end(&school);
}

/* --- Asking -------------------------------------------------------------------------------------- */

static void
a_message_that_was_never_sent_is_not_found(void **state)
{
    static const char *const ids[] = { "/v1/messages/00000000000000000000000000000000",
                                       "/v1/messages/0", "/v1/messages/",
                                       "/v1/messages/0000000000000000000000000000000g",
                                       "/v1/messages/000000000000000000000000000000000" };
    struct school school;
    (void)state;

    begin(&school);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        request(&school, "GET", ids[i], "");
        is_problem(&school, 404, "There is no such message");
    }
    end(&school);
}

static void
names_nobody_but_itself(const struct school *school)
{
    for (uint32_t agency = SOCIAL_CARE; agency < AGENCIES_END; agency++)
        if (agency != school->desk.agency && strstr(school->answered.text, name_of(agency)))
            fail_msg("%s is named in %s", name_of(agency), school->answered.text);
}

static const char *
state_of(const struct school *school, const char *type)
{
    const json_t *recipients = json_object_get(school->answered.json, "recipients");
    const json_t *recipient;
    size_t i;

    json_array_foreach(recipients, i, recipient)
    {
        if (strcmp(json_string_value(json_object_get(recipient, "type")), type) == 0)
            return json_string_value(json_object_get(recipient, "state"));
    }
    return "not mentioned";
}

/* By what it is, never by its name: or a parent who works in the office would learn which
   hospital the child was in. */
static void
a_recipient_is_known_by_its_type_only(void **state)
{
    struct school school;
    struct message_id id;
    struct grant grant;
    (void)state;

    begin(&school);
    grant = grant_to(&school.federate, SCHOOL, record_of(&school.desk, "child-1").handle,
                     HOSPITAL, NULL);
    sign_grant(&school.federate, &grant);
    desk_adopt(&school.desk);
    connect_desk(&school.desk);
    id = publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    get(&school.desk, id.path, &school.answered);
    assert_string_equal(state_of(&school, "hospital"), "waiting");
    names_nobody_but_itself(&school);
    accept_submitted(&school.desk);
    request(&school, "GET", id.path, "");
    assert_string_equal(state_of(&school, "mash"), "sent");
    assert_string_equal(state_of(&school, "social-care"), "sent");
    assert_string_equal(state_of(&school, "police"), "sent");
    assert_string_equal(state_of(&school, "hospital"), "sent");
    assert_string_equal(state_of(&school, "school"), "not mentioned");
    assert_int_equal(json_integer_value(json_object_get(school.answered.json, "logIndex")), 3);
    assert_string_equal(text_in(&school.answered, "acceptedAt"), BEGINNING);
    names_nobody_but_itself(&school);
    request(&school, "GET", "/v1/status", "");
    names_nobody_but_itself(&school);
    end(&school);
}

static void
who_is_owed_and_who_is_not_told_is_said_with_the_reason(void **state)
{
    struct school school;
    struct message_id id;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    id = publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    accept_submitted(&school.desk);
    get(&school.desk, id.path, &school.answered);
    assert_string_equal(state_of(&school, "police"), "owed");
    assert_says(school.answered.text, "the index has not answered for this child yet");
    names_nobody_but_itself(&school);
    end(&school);
}

static void
even_what_is_held_names_nobody(void **state)
{
    struct school school;
    struct message_id id;
    (void)state;

    begin(&school);
    shell("rm %s/federation/intake/childrens-services.intake", school.federate.folder);
    desk_adopt(&school.desk);
    connect_desk(&school.desk);
    id = publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    get(&school.desk, id.path, &school.answered);
    assert_string_equal(text_in(&school.answered, "state"), "held");
    assert_says(text_in(&school.answered, "fate"), "social-care must be told");
    names_nobody_but_itself(&school);
    end(&school);
}

/* --- Lists of them ---------------------------------------------------------------------------- */

static size_t
list(struct school *school, const char *state, const char *after, const char *limit)
{
    const struct door_request request = {
        .method = "GET", .path = "/v1/messages", .state = state, .after = after, .limit = limit
    };

    done_with(&school->answered);
    ask_door(&school->desk, &request, &school->answered);
    assert_int_equal(school->answered.status, 200);
    return json_array_size(json_object_get(school->answered.json, "messages"));
}

static void
what_nobody_was_told_of_is_listed_until_a_person_sets_it_aside(void **state)
{
    struct school school;
    struct message_id first, second;
    (void)state;

    begin(&school);
    shell("rm %s/federation/intake/childrens-services.intake", school.federate.folder);
    desk_adopt(&school.desk);
    connect_desk(&school.desk);
    first = publish(&school.desk, ABOUT_LEAH);
    second = publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    assert_int_equal(list(&school, "held", NULL, NULL), 2);
    assert_int_equal(list(&school, "held", NULL, "1"), 1);
    assert_says(school.answered.text, first.path + strlen("/v1/messages/"));
    assert_int_equal(list(&school, "held", "1", NULL), 1);
    assert_says(school.answered.text, second.path + strlen("/v1/messages/"));

    request(&school, "DELETE", first.path, "");
    assert_int_equal(school.answered.status, 200);
    assert_string_equal(text_in(&school.answered, "state"), "set-aside");
    request(&school, "DELETE", first.path, "");
    is_problem(&school, 409, "not one that nobody was told of");
    assert_int_equal(list(&school, "held", NULL, NULL), 1);
    assert_int_equal(list(&school, "set-aside", NULL, NULL), 1);
    desk_restart(&school.desk);
    assert_int_equal(list(&school, "set-aside", NULL, NULL), 1); /* and is not sent again */
    end(&school);
}

static void
a_list_knows_its_parameters(void **state)
{
    struct door_request mistyped = {
        .method = "GET", .path = "/v1/messages", .state = "held", .stray = "limits"
    };
    struct school school;
    (void)state;

    begin(&school);
    ask_door(&school.desk, &mistyped, &school.answered);
    is_problem(&school, 400, "no such parameter");
    assert_says(text_in(&school.answered, "detail"), "did you mean \"limit\"?");
    mistyped.stray = "stat"; /* in place of state */
    mistyped.state = NULL;
    done_with(&school.answered);
    ask_door(&school.desk, &mistyped, &school.answered);
    assert_says(text_in(&school.answered, "detail"), "did you mean \"state\"?");
    end(&school);
}

static void
what_somebody_is_owed_of_is_listed(void **state)
{
    struct school school;
    struct message_id id;
    (void)state;

    begin(&school);
    connect_desk(&school.desk);
    id = publish(&school.desk, ABOUT_LEAH);
    settle(&school.desk);
    accept_submitted(&school.desk);
    assert_int_equal(list(&school, "owed", NULL, NULL), 1);
    assert_int_equal(list(&school, "accepted", NULL, NULL), 1);
    assert_int_equal(list(&school, "held", NULL, NULL), 0);
    request(&school, "GET", id.path, "");
    assert_says(text_in(&school.answered, "fate"), "for mash, social-care. It has not gone to "
                                                   "police (the index has not answered");
    request(&school, "DELETE", id.path, "");
    is_problem(&school, 409, "not one that nobody was told of");
    request(&school, "GET", "/v1/messages", "");
    is_problem(&school, 400, "Which of them?");
    end(&school);
}

/* A number that fills a gap is our own affair, and no message of the system's. */
static void
a_void_is_not_found(void **state)
{
    struct spooled entry = { .kind = KIND_CONTROL, .state = SPOOL_QUEUED, .reason = "" };
    static const uint8_t no_request[DIGEST];
    struct school school;
    char path[64] = "/v1/messages/";
    uint8_t notice_id[NOTICE_ID];
    bool repeated;
    (void)state;

    begin(&school);
    random_fill(entry.notice_id, NOTICE_ID);
    assert_ok(agent_store_begin(school.desk.store));
    assert_ok(spool_add(school.desk.store, &entry, "", no_request, notice_id, &repeated));
    assert_ok(agent_store_commit(school.desk.store));
    hex_write(path + strlen(path), notice_id, NOTICE_ID);
    request(&school, "GET", path, "");
    is_problem(&school, 404, "There is no such message");
    end(&school);
}

/* --- How it is going ------------------------------------------------------------------------------------ */

static void
the_status_says_how_it_is_going(void **state)
{
    struct school school;
    const json_t *agreement, *sent;
    (void)state;

    begin(&school);
    publish(&school.desk, ABOUT_LEAH);
    request(&school, "GET", "/v1/status", "");
    assert_int_equal(school.answered.status, 200);
    assert_string_equal(text_in(&school.answered, "agency"), "st-helier-primary");
    assert_string_equal(text_in(&school.answered, "type"), "school");
    assert_string_equal(text_in(&school.answered, "federation"), "island");
    assert_string_equal(text_in(&school.answered, "broker"), "out of reach");
    agreement = json_object_get(school.answered.json, "agreement");
    assert_true(json_is_true(json_object_get(agreement, "inForce")));
    assert_string_equal(json_string_value(json_object_get(agreement, "until")), "2027-12-31");
    sent = json_object_get(school.answered.json, "sent");
    assert_int_equal(json_integer_value(json_object_get(sent, "spooled")), 1);
    assert_int_equal(json_array_size(json_object_get(school.answered.json, "alarms")), 0);
    assert_null(strstr(school.answered.text, "Leah"));

    connect_desk(&school.desk);
    request(&school, "GET", "/v1/status", "");
    assert_string_equal(text_in(&school.answered, "broker"), "connected");
    end(&school);
}

static void
alarms_are_shown_and_name_no_child(void **state)
{
    struct school mash;
    struct parcel parcel;
    const json_t *alarm;
    (void)state;

    begin_as(&mash, MASH);
    connect_desk(&mash.desk);
    parcel_begin(&parcel, &mash.desk, POLICE, ABOUT_LEAH);
    parcel_for(&parcel, &mash.desk, 1, 3);
    broker_says(&mash.desk, &parcel.frame);
    settle(&mash.desk);
    request(&mash, "GET", "/v1/status", "");
    alarm = json_array_get(json_object_get(mash.answered.json, "alarms"), 0);
    assert_int_equal(json_integer_value(json_object_get(alarm, "number")), 1);
    assert_string_equal(json_string_value(json_object_get(alarm, "name")), "GAP");
    assert_string_equal(json_string_value(json_object_get(alarm, "raisedAt")), BEGINNING);
    assert_says(json_string_value(json_object_get(alarm, "do")), "Ask the sender's staff");
    assert_null(strstr(mash.answered.text, "Leah"));
    assert_null(strstr(mash.answered.text, "bruise"));
    request(&mash, "DELETE", "/v1/alarms/2", "");
    is_problem(&mash, 404, "no such alarm");
    request(&mash, "DELETE", "/v1/alarms/1", "");
    assert_int_equal(json_array_size(json_object_get(mash.answered.json, "alarms")), 0);
    desk_restart(&mash.desk);
    no_alarm(&mash.desk);
    parcel_end(&parcel);
    end(&mash);
}

static void
the_metrics_are_a_fixed_set_of_numbers(void **state)
{
    struct school school;
    const char *end_mark;
    (void)state;

    begin(&school);
    publish(&school.desk, ABOUT_LEAH);
    request(&school, "GET", "/metrics", "");
    assert_int_equal(school.answered.status, 200);
    assert_says(school.answered.type, "application/openmetrics-text; version=1.0.0");
    assert_says(school.answered.text, "# TYPE kith_alarms gauge\n");
    assert_says(school.answered.text, "\nkith_alarms{kind=\"GAP\"} 0\n");
    assert_says(school.answered.text, "\nkith_alarms{kind=\"other\"} 0\n");
    assert_says(school.answered.text, "\nkith_messages{state=\"spooled\"} 1\n");
    assert_says(school.answered.text, "\nkith_messages{state=\"accepted\"} 0\n");
    assert_says(school.answered.text, "\nkith_broker_connected 0\n");
    /* a week after BEGINNING */
    assert_says(school.answered.text, "\nkith_keys_until_seconds 1796212800\n");
    assert_says(school.answered.text, "\nkith_registry_version 7\n");
    assert_says(school.answered.text, "\nkith_agreement_version 1\n");
    end_mark = strstr(school.answered.text, "# EOF\n");
    assert_non_null(end_mark);
    assert_string_equal(end_mark, "# EOF\n");

    connect_desk(&school.desk);
    settle(&school.desk);
    accept_submitted(&school.desk);
    request(&school, "GET", "/metrics", "");
    assert_says(school.answered.text, "\nkith_messages{state=\"accepted\"} 1\n");
    assert_says(school.answered.text, "\nkith_messages{state=\"owed\"} 1\n");
    assert_says(school.answered.text, "\nkith_broker_connected 1\n");
    end(&school);
}

static void
the_metrics_count_alarms_and_name_nobody(void **state)
{
    struct school mash;
    struct parcel parcel;
    (void)state;

    begin_as(&mash, MASH);
    connect_desk(&mash.desk);
    parcel_begin(&parcel, &mash.desk, POLICE, ABOUT_LEAH);
    parcel_for(&parcel, &mash.desk, 1, 3);
    broker_says(&mash.desk, &parcel.frame);
    settle(&mash.desk);
    request(&mash, "GET", "/metrics", "");
    assert_says(mash.answered.text, "\nkith_alarms{kind=\"GAP\"} 1\n");
    assert_says(mash.answered.text, "\nkith_messages{state=\"received\"} 1\n");
    for (uint32_t agency = MASH; agency < AGENCIES_END; agency++)
        assert_null(strstr(mash.answered.text, name_of(agency)));
    assert_null(strstr(mash.answered.text, "Leah"));
    parcel_end(&parcel);
    end(&mash);
}

static void
ready_is_connected_under_an_agreement_in_force(void **state)
{
    struct school school;
    (void)state;

    begin(&school);
    request(&school, "GET", "/livez", "");
    assert_int_equal(school.answered.status, 200);
    assert_string_equal(school.answered.text, "ok\n");
    request(&school, "GET", "/readyz", "");
    assert_int_equal(school.answered.status, 503);
    assert_says(school.answered.text, "broker: out of reach\nagreement: in force\n");
    agent_disconnected(school.desk.agent, true, school.federate.now);
    request(&school, "GET", "/readyz", "");
    assert_says(school.answered.text, "does not know this agency's transport key");
    connect_desk(&school.desk);
    request(&school, "GET", "/readyz", "");
    assert_int_equal(school.answered.status, 200);
    pass(&school.federate.now, DAYS(800));
    request(&school, "GET", "/readyz", "");
    assert_int_equal(school.answered.status, 503);
    assert_says(school.answered.text, "not in force: MASH and social care only");
    end(&school);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_has_its_method),
        cmocka_unit_test(elsewhere_there_is_nothing),
        cmocka_unit_test(what_is_taken_is_answered_with_where_to_ask),
        cmocka_unit_test(a_message_is_of_the_kind_that_its_place_is_for),
        cmocka_unit_test(what_is_not_json_is_said_to_be_none),
        cmocka_unit_test(what_is_too_large_is_said_to_be),
        cmocka_unit_test(a_key_is_at_most_two_hundred_characters),
        cmocka_unit_test(a_message_that_was_never_sent_is_not_found),
        cmocka_unit_test(a_recipient_is_known_by_its_type_only),
        cmocka_unit_test(who_is_owed_and_who_is_not_told_is_said_with_the_reason),
        cmocka_unit_test(even_what_is_held_names_nobody),
        cmocka_unit_test(what_nobody_was_told_of_is_listed_until_a_person_sets_it_aside),
        cmocka_unit_test(what_somebody_is_owed_of_is_listed),
        cmocka_unit_test(a_list_knows_its_parameters),
        cmocka_unit_test(a_void_is_not_found),
        cmocka_unit_test(the_status_says_how_it_is_going),
        cmocka_unit_test(alarms_are_shown_and_name_no_child),
        cmocka_unit_test(the_metrics_are_a_fixed_set_of_numbers),
        cmocka_unit_test(the_metrics_count_alarms_and_name_nobody),
        cmocka_unit_test(ready_is_connected_under_an_agreement_in_force),
    };

    return RUN(tests);
}
