#include "sample.h"

/* What the door says about a message that it does not take. */
static void
assert_problem(const char *json, enum kind kind, const char *pointer, const char *words)
{
    struct message *message = NULL;
    struct problems problems;
    bool found = false;

    problems_init(&problems);
    assert_err(message_read_json(&message, bytes_of_text(json), kind, &problems),
               ERR_MALFORMED);
    assert_null(message);
    for (size_t i = 0; i < problems.count; i++)
        found |= strcmp(problems.list[i].pointer, pointer) == 0
                 && strstr(problems.list[i].reason, words) != NULL;
    if (!found)
        fail_msg("no problem at \"%s\" that says \"%s\", but at \"%s\": %s", pointer, words,
                 problems.list[0].pointer, problems.list[0].reason);
    problems_clear(&problems);
}

static size_t
count_problems(const char *json)
{
    struct message *message;
    struct problems problems;
    size_t count;

    problems_init(&problems);
    assert_err(message_read_json(&message, bytes_of_text(json), KIND_NONE, &problems),
               ERR_MALFORMED);
    count = problems.count;
    problems_clear(&problems);
    return count;
}

static void
a_message_is_read(void **state)
{
    struct message *message =
        read_message("{" CIRCUMSTANCES ",\"concern\":{" CHILD
                     ",\"kind\":\"SCHOOL_CONCERN\",\"level\":\"L3\","
                     "\"immediateDanger\":true},\"sharing\":{\"purposes\":[\"safeguarding\","
                     "\"direct-care\"],"
                     "\"facts\":{\"parents-consented\":true,\"protected-address\":false}}}");
    bool value;
    (void)state;

    assert_int_equal(message_kind(message), KIND_CONCERN);
    assert_string_equal(message_system(message), "MIS");
    assert_string_equal(message_local_id(message), "4471");
    assert_int_equal(message_level(message), 3);
    assert_true(message_immediate_danger(message));
    assert_string_equal(message_purpose(message, 0), "safeguarding");
    assert_string_equal(message_purpose(message, 1), "direct-care");
    assert_null(message_purpose(message, 2));
    assert_string_equal(message_fact(message, 0, &value), "parents-consented");
    assert_true(value);
    assert_string_equal(message_fact(message, 1, &value), "protected-address");
    assert_false(value);
    assert_null(message_fact(message, 2, &value));
    message_free(&message);
    assert_null(message);
    message_free(&message);
}

static void
the_canonical_spelling_is_read_and_written_again(void **state)
{
    struct message *message = read_message(
        "{\"circumstances\":{\"local_id\":\"4471\",\"occurredAt\":\"2026-07-01T10:00:00+01:"
        "00\"},"
        "\"needs\":{" CHILD ",\"plan_start_date\":\"2026-02\",\"daysSuspended\":\"3\","
        "\"exclusion\":\"NONE\",\"youngCarer\":\"UNSPECIFIED\",\"disabilities\":[\"AUT\"]},"
        "\"sharing\":{\"facts\":{\"enquiry\":false},\"purposes\":[\"early-help-offer\"]}}");
    struct buffer first, second;
    (void)state;

    buffer_init(&first, MESSAGE_JSON_MAX);
    buffer_init(&second, MESSAGE_JSON_MAX);
    message_write_json(message, &first);
    assert_string_equal(
        buffer_text(&first),
        "{\"circumstances\":{\"localId\":\"4471\",\"occurredAt\":\"2026-07-01T09:00:00Z\"},"
        "\"needs\":{" CHILD ",\"disabilities\":[\"AUT\"],\"exclusion\":\"NONE\","
        "\"daysSuspended\":3,\"planStartDate\":\"2026-02\"},"
        "\"sharing\":{\"purpose\":\"early-help-offer\",\"facts\":{\"enquiry\":false}}}");
    message_free(&message);
    message = read_message(buffer_text(&first));
    message_write_json(message, &second);
    assert_bytes(buffer_bytes(&first), buffer_bytes(&second));
    message_free(&message);
    buffer_clear(&first);
    buffer_clear(&second);
}

static void
a_number_that_is_given_as_0_is_given(void **state)
{
    static const char json[] =
        A_CONCERN("\"attendance\":{\"percent\":0},\"childrenPresent\":0");
    struct message *message = read_message(json);
    struct buffer written;
    (void)state;

    buffer_init(&written, MESSAGE_JSON_MAX);
    message_write_json(message, &written);
    assert_non_null(strstr(buffer_text(&written), "\"percent\":0"));
    assert_non_null(strstr(buffer_text(&written), "\"childrenPresent\":0"));
    assert_null(strstr(buffer_text(&written), "sessionsMissed"));
    buffer_clear(&written);
    message_free(&message);
}

static void
problems_of_a_member_are_named_with_their_place(void **state)
{
    static const struct {
        const char *json, *pointer, *words;
    } rows[] = {
        { A_CONCERN("\"factsObservd\":\"x\""), "/concern/factsObservd",
          "did you mean \"factsObserved\"?" },
        { A_CONCERN("\"facts_observd\":\"x\""), "/concern/facts_observd",
          "did you mean \"factsObserved\"?" },
        { A_CONCERN("\"FactsObserved\":\"x\""), "/concern/FactsObserved",
          "did you mean \"factsObserved\"?" },
        { A_CONCERN("\"a/b~c\":1"), "/concern/a~1b~0c", "is not known here" },
        { A_CONCERN("\"headline\":null"), "/concern/headline", "leave it out" },
        { A_CONCERN("\"headline\":7"), "/concern/headline", "must be a text" },
        { A_CONCERN("\"kind\":\"SCHOOL_CONCRN\""), "/concern/kind",
          "did you mean SCHOOL_CONCERN?" },
        { A_CONCERN("\"rag\":\"PURPLE\""), "/concern/rag", "one of RED, AMBER, GREEN, BLUE" },
        { A_CONCERN("\"rag\":1"), "/concern/rag", "given by its name" },
        { A_CONCERN("\"categories\":[\"NEGLECT\",\"NEGLEKT\"]"), "/concern/categories/1",
          "did you mean NEGLECT?" },
        { A_CONCERN("\"categories\":\"NEGLECT\""), "/concern/categories", "must be a list" },
        { A_CONCERN("\"categories\":[null]"), "/concern/categories/0", "leave it out" },
        { A_CONCERN("\"injuries\":[{\"sizeMm\":2147483648}]"), "/concern/injuries/0/sizeMm",
          "must be between" },
        { A_CONCERN("\"childrenPresent\":-1"), "/concern/childrenPresent",
          "must be between 0 and" },
        { A_CONCERN("\"dashScore\":28"), "/concern/dashScore", "between 0 and 27" },
        { A_CONCERN("\"attendance\":{\"percent\":101}"), "/concern/attendance/percent",
          "between 0 and 100" },
        { A_CONCERN("\"injuries\":[{\"mapX\":1001}]"), "/concern/injuries/0/mapX",
          "between 0 and 1000" },
        { A_CONCERN("\"dashScore\":1.5"), "/concern/dashScore", "whole number" },
        { A_CONCERN("\"dashScore\":\"1 \""), "/concern/dashScore", "whole number" },
        { A_CONCERN("\"dashScore\":\"9223372036854775808\""), "/concern/dashScore", "fits" },
        { A_CONCERN("\"immediateDanger\":\"true\""), "/concern/immediateDanger",
          "true or false" },
        { A_CONCERN("\"seenAt\":\"2026-11-25 17:25\""), "/concern/seenAt",
          "2026-11-25T17:25:00Z" },
        { A_CONCERN("\"seenAt\":\"0001-01-01T00:00:00+23:59\""), "/concern/seenAt",
          "is not a time" },
        { A_CONCERN("\"seenAt\":\"9999-12-31T23:59:59-23:59\""), "/concern/seenAt",
          "is not a time" },
        { A_CONCERN("\"seenAt\":1700000000"), "/concern/seenAt", "is not a time" },
        { A_CONCERN("\"place\":[]"), "/concern/place", "must be an object" },
        { A_CONCERN("\"place\":{\"parish\":\"St Helier, at the house of the grandmother\"}"),
          "/concern/place/parish", "longer than 40" },
        { A_CONCERN("\"place\":{\"parish\":\"Flat 3, Hill Street\"}"), "/concern/place/parish",
          "more than the name" },
        { A_CONCERN("\"headline\":\"a\\u001b[2J\""), "/concern/headline", "control character" },
        { A_CONCERN("\"headline\":\"a\\u009b2J\""), "/concern/headline", "control character" },
        { "{" CIRCUMSTANCES ",\"concern\":{" CHILD "}," SHARING "}", "/concern",
          "says nothing of the child" },
        { "{" CIRCUMSTANCES ",\"needs\":{" CHILD ",\"siblings\":[{}]}," SHARING "}", "/needs",
          "says nothing of the child" },
        { "{" CIRCUMSTANCES
          ",\"concern\":{\"rag\":\"RED\",\"child\":{\"name\":{\"given\":\" \"}}}," SHARING "}",
          "/concern/child", "know the child by" },
        { "{" CIRCUMSTANCES ",\"concern\":{\"rag\":\"RED\",\"child\":{\"unborn\":true,"
          "\"dateOfBirth\":\"2026-01-01\"}}," SHARING "}",
          "/concern/child", "expectedDate" },
        { A_CONCERN("\"offences\":[{\"date\":\"2026-02-29\"}]"), "/concern/offences/0/date",
          "is not a date that exists" },
        { A_CONCERN("\"seenPlace\":\"a\",\"seen_place\":\"b\""), "/concern/seen_place",
          "a second time" },
        { A_CONCERN("\"siblings\":[{\"dateOfBirth\":\"2019\"}]"),
          "/concern/siblings/0/dateOfBirth", "is not known here" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_problem(rows[i].json, KIND_NONE, rows[i].pointer, rows[i].words);
}

static void
dates_may_be_partial_and_must_exist(void **state)
{
    static const char *const good[] = { "2016", "2016-02", "2016-02-29" };
    static const char *const bad[] = { "16",         "2016-00",    "2016-13", "2017-02-29",
                                       "29/02/2016", "2016-2-29",  "0000",    "2016-02-29 ",
                                       "2016-02-00", "2016-02-2x", "2016-" };
    char json[500];
    (void)state;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct message *message;

        snprintf(json, sizeof(json),
                 "{" CIRCUMSTANCES
                 ",\"concern\":{\"rag\":\"RED\",\"child\":{\"name\":{\"given\":\"L\"},"
                 "\"dateOfBirth\":\"%s\"}}," SHARING "}",
                 good[i]);
        message = read_message(json);
        message_free(&message);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(json, sizeof(json),
                 "{" CIRCUMSTANCES
                 ",\"concern\":{\"rag\":\"RED\",\"child\":{\"name\":{\"given\":\"L\"},"
                 "\"dateOfBirth\":\"%s\"}}," SHARING "}",
                 bad[i]);
        assert_problem(json, KIND_NONE, "/concern/child/dateOfBirth",
                       "is not a date that exists");
    }
}

static void
the_rules_of_the_door_hold(void **state)
{
    static const struct {
        enum kind kind;
        const char *json, *pointer, *words;
    } rows[] = {
        { KIND_NONE, "[]", "", "must be an object" },
        { KIND_NONE, "{" CIRCUMSTANCES "," SHARING "}", "", "\"concern\" or \"needs\"" },
        { KIND_NONE,
          "{" CIRCUMSTANCES ",\"concern\":{" CHILD "},\"needs\":{" CHILD "}," SHARING "}", "",
          "two messages" },
        { KIND_NEEDS, A_CONCERN("\"level\":\"L1\""), "", "was sent as \"needs\"" },
        { KIND_NONE, "{\"concern\":{" CHILD "}," SHARING "}", "/circumstances/localId",
          "is missing" },
        { KIND_NONE,
          "{\"circumstances\":{\"system\":\"MIS\"},\"concern\":{" CHILD "}," SHARING "}",
          "/circumstances/localId", "is missing" },
        { KIND_NONE,
          "{\"circumstances\":{\"localId\":\"44\\u200b71\"},\"concern\":{" CHILD "}," SHARING
          "}",
          "/circumstances/localId", "cannot be seen" },
        { KIND_NONE, "{" CIRCUMSTANCES ",\"concern\":{}," SHARING "}", "/concern/child",
          "is missing" },
        { KIND_NONE,
          "{" CIRCUMSTANCES ",\"needs\":{\"child\":{\"dateOfBirth\":\"2016\"}}," SHARING "}",
          "/needs/child", "something to know the child by" },
        { KIND_NONE,
          "{" CIRCUMSTANCES ",\"concern\":{\"child\":{\"name\":{\"knownAs\":\"L\"}}}," SHARING
          "}",
          "/concern/child", "something to know the child by" },
        { KIND_NONE, A_CONCERN("\"privileged\":true"), "/concern/privileged",
          "legally privileged" },
        { KIND_NONE, "{" CIRCUMSTANCES ",\"concern\":{" CHILD "}}", "/sharing", "is missing" },
        { KIND_NONE, "{" CIRCUMSTANCES ",\"concern\":{" CHILD "},\"sharing\":{}}", "/sharing",
          "needs a \"purpose\"" },
        { KIND_NONE,
          "{" CIRCUMSTANCES ",\"concern\":{" CHILD "},\"sharing\":{\"purpose\":\"\"}}",
          "/sharing/purpose", "name of a purpose" },
        { KIND_NONE,
          "{" CIRCUMSTANCES ",\"concern\":{" CHILD
          "},\"sharing\":{\"purpose\":\"a\",\"purposes\":[\"b\"]}}",
          "/sharing", "both" },
        { KIND_NONE,
          "{" CIRCUMSTANCES ",\"concern\":{" CHILD
          "},\"sharing\":{\"purpose\":\"a\",\"facts\":{\"b\":\"yes\"}}}",
          "/sharing/facts/b", "true or false" },
        { KIND_NONE,
          "{" CIRCUMSTANCES ",\"concern\":{" CHILD
          "},\"sharing\":{\"purpose\":\"a\",\"fact\":{}}}",
          "/sharing/fact", "did you mean \"facts\"?" },
        { KIND_NONE, "{" CIRCUMSTANCES ",\"concern\":{" CHILD "}," SHARING ",\"reduced\":[]}",
          "/reduced", "is not known here" },
        { KIND_NONE, "{\"circumstance\":{},\"concern\":{" CHILD "}," SHARING "}",
          "/circumstance", "did you mean \"circumstances\"?" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_problem(rows[i].json, rows[i].kind, rows[i].pointer, rows[i].words);
}

static void
an_unborn_child_needs_no_name(void **state)
{
    struct message *message = read_message(
        "{" CIRCUMSTANCES ",\"concern\":{\"child\":{\"unborn\":true,\"expectedDate\":"
        "\"2027-01\"},\"kind\":\"PRE_BIRTH\"}," SHARING "}");
    (void)state;

    message_free(&message);
}

static void
malformed_json_is_named_by_line_and_column(void **state)
{
    (void)state;

    assert_problem("{\n \"concern\":", KIND_NONE, "", "line 2, column");
    assert_problem("{\"concern\":{},\"concern\":{}}", KIND_NONE, "", "given twice");
}

static void
every_problem_is_reported_in_one_answer(void **state)
{
    char json[9000] = "{" CIRCUMSTANCES ",\"concern\":{" CHILD;
    struct message *message;
    struct problems problems;
    (void)state;

    assert_int_equal(
        count_problems("{\"concern\":{\"rag\":\"X\",\"level\":5,\"seenAt\":\"\"}}"), 6);
    for (size_t i = 0; i < 100; i++)
        snprintf(json + strlen(json), sizeof(json) - strlen(json), ",\"unknown%zu\":0", i);
    snprintf(json + strlen(json), sizeof(json) - strlen(json), "}," SHARING "}");
    assert_int_equal(count_problems(json), PROBLEMS_MAX + 1);
    problems_init(&problems);
    assert_err(message_read_json(&message, bytes_of_text(json), KIND_NONE, &problems),
               ERR_MALFORMED);
    assert_says(problems.list[PROBLEMS_MAX].reason, "more problems");
    problems_clear(&problems);
}

static void
no_reason_and_no_pointer_holds_a_value(void **state)
{
    static const char json[] =
        "{\"circumstances\":{\"system\":1},\"concern\":{\"child\":{\"name\":{\"given\":"
        "[\"CANARY\"]},\"dateOfBirth\":\"CANARY\",\"sex\":\"CANARY\",\"unborn\":\"CANARY\"},"
        "\"rag\":\"CANARY\",\"seenAt\":\"CANARY\",\"dashScore\":\"CANARY\",\"siblings\":"
        "\"CANARY\",\"told\":[\"CANARY\"],\"place\":\"CANARY\"},\"sharing\":{\"purpose\":"
        "[\"CANARY\"],\"facts\":{\"x\":\"CANARY\"}}}";
    struct message *message;
    struct problems problems;
    (void)state;

    problems_init(&problems);
    assert_err(message_read_json(&message, bytes_of_text(json), KIND_NONE, &problems),
               ERR_MALFORMED);
    assert_true(problems.count >= 12);
    for (size_t i = 0; i < problems.count; i++) {
        assert_null(strstr(problems.list[i].reason, "CANARY"));
        assert_null(strstr(problems.list[i].pointer, "CANARY"));
    }
    problems_clear(&problems);
}

static char *
concern_with_texts(size_t facts, size_t opinion)
{
    char *json = NULL;

    assert_true(asprintf(&json,
                         A_CONCERN("\"factsObserved\":\"%0*d\","
                                   "\"professionalOpinion\":\"%0*d\""),
                         (int)facts, 0, (int)opinion, 0)
                > 0);
    return json;
}

static void
a_message_longer_than_can_be_sealed_is_refused_with_its_longest_text(void **state)
{
    char *json = concern_with_texts(20000, MESSAGE_PACKED_MAX - 20000 - 100);
    struct message *message = read_message(json);
    (void)state;

    message_free(&message);
    free(json);
    json = concern_with_texts(20000, MESSAGE_PACKED_MAX - 20000);
    assert_problem(json, KIND_NONE, "/concern/professionalOpinion", "too long to be sealed");
    free(json);
}

static void
what_is_said_to_have_happened_has_happened(void **state)
{
    static const struct {
        const char *json, *pointer, *words;
    } rows[] = {
        { A_CONCERN("\"headline\":\"x\",\"seenAt\":\"2026-11-26T17:25:00Z\""), NULL, NULL },
        { A_CONCERN("\"headline\":\"x\",\"seenAt\":\"2026-11-28T17:25:00Z\""),
          "/concern/seenAt", "in the future" },
        { A_CONCERN("\"nextContactAt\":\"2027-01-01T17:25:00Z\""), NULL, NULL },
        { A_CONCERN("\"offences\":[{},{\"date\":\"2027\"}]"), "/concern/offences/1/date",
          "in the future" },
        { A_CONCERN("\"offences\":[{\"date\":\"2026\"}]"), NULL, NULL },
        { A_CONCERN("\"offences\":[{\"date\":\"1026\"}]"), "/concern/offences/0/date",
          "before 1900" },
        { "{" CIRCUMSTANCES ",\"needs\":{\"headline\":\"x\",\"child\":{\"name\":{\"given\":"
          "\"L\"},\"dateOfBirth\":\"2999-01-01\"}}," SHARING "}",
          "/needs/child/dateOfBirth", "in the future" },
        { A_CONCERN("\"missing\":{\"since\":\"2026-11-20T10:00:00Z\",\"returnedAt\":"
                    "\"2026-11-20T09:00:00Z\"}"),
          "/concern/missing/returnedAt", "before the child went missing" },
    };
    struct instant now;
    (void)state;

    assert_true(instant_read(&now, "2026-11-25T17:25:00Z"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct message *message = read_message(rows[i].json);
        struct problems problems;

        problems_init(&problems);
        assert_int_equal(message_is_of_the_past(message, now, &problems),
                         rows[i].pointer == NULL);
        assert_int_equal(problems.count, rows[i].pointer == NULL ? 0 : 1);
        if (problems.count > 0) {
            assert_string_equal(problems.list[0].pointer, rows[i].pointer);
            assert_says(problems.list[0].reason, rows[i].words);
        }
        problems_clear(&problems);
        message_free(&message);
    }
}

static void
a_message_longer_than_the_limit_is_not_read(void **state)
{
    char *json = calloc(1, MESSAGE_JSON_MAX + 2);
    struct message *message;
    struct problems problems;
    (void)state;

    memset(json, ' ', MESSAGE_JSON_MAX + 1);
    problems_init(&problems);
    assert_err(message_read_json(&message, bytes_of_text(json), KIND_NONE, &problems),
               ERR_TOO_BIG);
    assert_int_equal(problems.count, 1);
    problems_clear(&problems);
    free(json);
}

static void
a_list_longer_than_the_limit_is_refused(void **state)
{
    char json[4000] = "{" CIRCUMSTANCES ",\"concern\":{" CHILD ",\"agenciesKnown\":[\"a\"";
    (void)state;

    for (size_t i = 0; i < 200; i++)
        snprintf(json + strlen(json), sizeof(json) - strlen(json), ",\"a\"");
    snprintf(json + strlen(json), sizeof(json) - strlen(json), "]}," SHARING "}");
    assert_problem(json, KIND_NONE, "/concern/agenciesKnown", "more than 200 items");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_read),
        cmocka_unit_test(the_canonical_spelling_is_read_and_written_again),
        cmocka_unit_test(a_number_that_is_given_as_0_is_given),
        cmocka_unit_test(problems_of_a_member_are_named_with_their_place),
        cmocka_unit_test(dates_may_be_partial_and_must_exist),
        cmocka_unit_test(the_rules_of_the_door_hold),
        cmocka_unit_test(an_unborn_child_needs_no_name),
        cmocka_unit_test(malformed_json_is_named_by_line_and_column),
        cmocka_unit_test(every_problem_is_reported_in_one_answer),
        cmocka_unit_test(no_reason_and_no_pointer_holds_a_value),
        cmocka_unit_test(a_message_longer_than_can_be_sealed_is_refused_with_its_longest_text),
        cmocka_unit_test(what_is_said_to_have_happened_has_happened),
        cmocka_unit_test(a_message_longer_than_the_limit_is_not_read),
        cmocka_unit_test(a_list_longer_than_the_limit_is_refused),
    };

    return RUN(tests);
}
