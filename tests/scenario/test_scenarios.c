#include "island.h"

#include <ctype.h>

#include "core/lines.h"
#include "schema/field.h"

/*
 * Plays the scenarios of this folder: text that a social worker can read, one step a line.
 * What can be said is the table at the end.
 */
enum { WORDS_MAX = 4, WORD = 200 };

struct play {
    struct island island;
    struct node *sender; /* of the last message */
    char message[64];    /* "/v1/messages/…" */
    char words[WORDS_MAX][WORD];
};

/* --- Who and what ------------------------------------------------------------------------- */

static struct node *
agency(struct play *play, size_t word)
{
    struct node *node = node_named(&play->island, play->words[word]);

    if (node == NULL)
        fail_msg("there is no agency \"%s\"", play->words[word]);
    return node;
}

static const struct child *
child(struct play *play, size_t word)
{
    if (strcmp(play->words[word], leah.id) == 0)
        return &leah;
    if (strcmp(play->words[word], noah.id) == 0)
        return &noah;
    fail_msg("there is no child \"%s\"", play->words[word]);
    return NULL;
}

static json_t *
fate(struct play *play)
{
    return ask(play->sender, "GET", play->message, "", 200);
}

/* The entry of the last message in that inbox, the caller's; how often it is there. */
static json_t *
find_in_inbox(struct play *play, struct node *node, size_t *times)
{
    json_t *inbox = ask(node, "GET", "/v1/inbox", "", 200), *found = NULL, *entry;
    size_t i;

    *times = 0;
    json_array_foreach(json_object_get(inbox, "messages"), i, entry)
    {
        if (strcmp(text_of(entry, "id"), strrchr(play->message, '/') + 1) == 0) {
            found = entry;
            ++*times;
        }
    }
    json_incref(found);
    json_decref(inbox);
    return found;
}

/* "date_of_birth" is written "dateOfBirth" */
static void
camel(char *text)
{
    char *to = text;

    for (const char *from = text; *from != 0; from++)
        *to++ = *from == '_' ? (char)toupper(*++from) : *from;
    *to = 0;
}

static const char *
form_in(const json_t *entry, const char *name)
{
    const struct field *field = schema_field_named(&kith_schema, name, strlen(name));
    const json_t *reduced = json_object_get(entry, "reduced"), *one;
    char path[WORD], *rest = path, *part;
    size_t i;

    if (field == NULL)
        fail_msg("there is no field \"%s\"", name);
    json_array_foreach(reduced, i, one) if (strcmp(text_of(one, "field"), name)
                                            == 0) return text_of(one, "form");
    snprintf(path, sizeof(path), "%.*s", (int)strcspn(field->paths, " "), field->paths);
    for (part = strtok_r(path, ".", &rest); part != NULL; part = strtok_r(NULL, ".", &rest)) {
        camel(part);
        entry = json_object_get(entry, part);
    }
    return entry == NULL ? "hidden" : "full";
}

/* --- What happens --------------------------------------------------------------------------- */

static void
on_roll(struct play *play)
{
    put_on_roll(agency(play, 1), child(play, 0));
}

/* The index answers: a grant to everybody who has the child on a roll. */
static void
index_answers(struct play *play)
{
    const struct node *publisher = agency(play, 0);
    const struct federate *federate = &play->island.federate;
    uint8_t handle[HANDLE];
    struct grant grant;
    struct key k;

    handle_of(publisher, child(play, 1), handle);
    grant = grant_to(federate, publisher->agency, handle, 0, NULL);
    sign_grant(federate, &grant);
    for (size_t i = 0; i < NODES; i++) {
        const struct node *node = &play->island.nodes[i];

        if (node == publisher || !roll_key(node, child(play, 1), &k))
            continue;
        grant = grant_to(federate, publisher->agency, handle, node->agency, &k);
        sign_grant(federate, &grant);
    }
    adopt_all(&play->island);
}

static void
send_with(struct play *play, const char *more)
{
    const struct child *about = child(play, 2);
    char json[2048];
    json_t *answer;

    snprintf(
        json, sizeof(json),
        "{\"circumstances\":{\"system\":\"MIS\",\"localId\":\"%s\"},\"concern\":{\"child\":"
        "{\"name\":{\"given\":\"%s\",\"family\":\"%s\"},\"dateOfBirth\":\"%s\","
        "\"homeAddress\":{\"lines\":[\"3 Rue de Haut\"],\"parish\":\"St Lawrence\"},"
        "\"safeAddress\":{\"lines\":[\"9 La Retraite\"],\"parish\":\"Trinity\"}},"
        "\"headline\":\"%s\",\"factsObserved\":\"On the arm\","
        "\"injuries\":[{\"type\":\"BRUISE\",\"site\":\"UPPER_ARM\"}]%s},"
        "\"sharing\":{\"purpose\":\"%s\"}}",
        about->id, about->given, about->family, about->born, play->words[1], more,
        play->words[3]);
    play->sender = agency(play, 0);
    answer = ask(play->sender, "POST", "/v1/concerns", json, 202);
    snprintf(play->message, sizeof(play->message), "/v1/messages/%s", text_of(answer, "id"));
    json_decref(answer);
    let_run(&play->island);
}

static void
sends(struct play *play)
{
    send_with(play, "");
}

static void
sends_in_danger(struct play *play)
{
    send_with(play, ",\"immediateDanger\":true");
}

static void
broker_stops(struct play *play)
{
    broker_stop(&play->island);
    let_run(&play->island);
}

static void
broker_is_back(struct play *play)
{
    broker_start(&play->island);
    let_pass(&play->island, SECONDS(5));
}

static void
broker_restarts(struct play *play)
{
    broker_stops(play);
    broker_is_back(play);
}

static void
broker_will_die(struct play *play)
{
    play->island.dies = true;
}

static void
agent_will_die(struct play *play)
{
    agency(play, 0)->dies = true;
}

static void
agent_restarts(struct play *play)
{
    node_restart(agency(play, 0));
    let_run(&play->island);
}

static void
connection_is_lost(struct play *play)
{
    agency(play, 0)->out_of_reach = agency(play, 0)->broken = true;
    let_run(&play->island);
}

static void
connection_is_back(struct play *play)
{
    agency(play, 0)->out_of_reach = false;
    let_run(&play->island);
}

static void
a_day_goes_by(struct play *play)
{
    let_pass(&play->island, DAYS(1));
}

static void
days_go_by(struct play *play)
{
    let_pass(&play->island, DAYS(atoi(play->words[0])));
}

static void
agreement_changes(struct play *play)
{
    agree_on(&play->island.federate, play->words[0], play->words[1]);
    adopt_all(&play->island);
}

/* --- What is expected ----------------------------------------------------------------------- */

static void
is_there(struct play *play, size_t expected)
{
    struct node *node = agency(play, 0);
    size_t times;

    json_decref(find_in_inbox(play, node, &times));
    if (times != expected)
        fail_msg("%s has it %zu times", play->words[0], times);
}

static void
is_told(struct play *play)
{
    is_there(play, 1);
}

static void
is_not_told(struct play *play)
{
    is_there(play, 0);
}

static void
has_heard_nothing(struct play *play)
{
    assert_int_equal(agency(play, 0)->deliveries, 0);
}

static void
sees_as(struct play *play)
{
    size_t times;
    json_t *entry = find_in_inbox(play, agency(play, 0), &times);

    assert_int_equal(times, 1);
    assert_string_equal(form_in(entry, play->words[1]), play->words[2]);
    json_decref(entry);
}

static void
does_not_see(struct play *play)
{
    strcpy(play->words[2], "hidden");
    sees_as(play);
}

static void
message_is(struct play *play)
{
    json_t *answer = fate(play);

    assert_string_equal(text_of(answer, "state"), play->words[0]);
    json_decref(answer);
}

static void
sender_reads(struct play *play)
{
    json_t *answer = fate(play);
    char *text = json_dumps(answer, 0);

    assert_says(text, play->words[0]);
    free(text);
    json_decref(answer);
}

/* The sender learns it of a type of agency, never of an agency. */
static void
type_is(struct play *play)
{
    json_t *answer = fate(play), *one;
    const char *state = "not among those named";
    size_t i;

    json_array_foreach(json_object_get(answer, "recipients"), i, one)
    {
        if (strcmp(text_of(one, "type"), play->words[0]) == 0)
            state = text_of(one, "state");
    }
    assert_string_equal(state, play->words[1]);
    json_decref(answer);
}

static void
no_alarm_anywhere(struct play *play)
{
    for (size_t i = 0; i < NODES; i++) {
        json_t *status = ask(&play->island.nodes[i], "GET", "/v1/status", "", 200);
        json_t *alarm = json_array_get(json_object_get(status, "alarms"), 0);

        if (alarm != NULL)
            fail_msg("%s: %s %s", name_of(play->island.nodes[i].agency), text_of(alarm, "name"),
                     text_of(alarm, "about"));
        json_decref(status);
    }
}

/* --- The player --------------------------------------------------------------------------------- */

/* _ is a word, "_" words in quotation marks. */
static const struct {
    const char *says;
    void (*step)(struct play *play);
} steps[] = {
    { "_ is on the roll of _", on_roll },
    { "the index answers _ about _", index_answers },
    { "_ sends \"_\" about _ for _", sends },
    { "_ sends \"_\" about _ in immediate danger for _", sends_in_danger },
    { "the broker stops", broker_stops },
    { "the broker is back", broker_is_back },
    { "the broker restarts", broker_restarts },
    { "the broker will die before it writes the next message down", broker_will_die },
    { "_ will die before it writes the next message down", agent_will_die },
    { "_ restarts", agent_restarts },
    { "the connection of _ is lost", connection_is_lost },
    { "the connection of _ is back", connection_is_back },
    { "a day goes by", a_day_goes_by },
    { "_ days go by", days_go_by },
    { "the agreement says \"_\" no more, but \"_\"", agreement_changes },
    { "expect _ is told", is_told },
    { "expect _ is not told", is_not_told },
    { "expect _ has not been sent one byte of any message", has_heard_nothing },
    { "expect _ sees _ as _", sees_as },
    { "expect _ does not see _", does_not_see },
    { "expect the message is _", message_is },
    { "expect the sender reads \"_\"", sender_reads },
    { "expect the sender learns: _ is \"_\"", type_is },
    { "expect nobody raises an alarm", no_alarm_anywhere },
};

static bool
says(struct play *play, const char *pattern, const char *line)
{
    size_t count = 0;

    for (; *pattern != 0; pattern++) {
        if (*pattern != '_') {
            if (*pattern != *line++)
                return false;
            continue;
        }
        size_t len = strcspn(line, pattern[1] == '"' ? "\"" : " ");

        if (len == 0 || len >= WORD)
            return false;
        snprintf(play->words[count++], WORD, "%.*s", (int)len, line);
        line += len;
    }
    return *line == 0;
}

static void
play_line(struct play *play, const char *line)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (says(play, steps[i].says, line)) {
            steps[i].step(play);
            return;
        }
    fail_msg("this says nothing known");
}

/* The file that is named as the test is. */
static void
plays(void **state)
{
    static struct play play;
    struct why why = { "" };
    struct buffer text;
    struct lines lines;
    struct bytes line;
    char path[WORD], words[2 * WORD];

    snprintf(path, sizeof(path), "tests/scenario/%s.txt", (const char *)*state);
    buffer_init(&text, 64 * 1024);
    expect_ok(file_read(&text, path, &why), &why);
    memset(&play, 0, sizeof(play));
    island_begin(&play.island);
    for (lines = lines_of(buffer_bytes(&text)); lines_next(&lines, &line);) {
        line = bytes_trim(line);
        if (line.len == 0 || line.data[0] == '#')
            continue;
        assert_true(word_copy(words, sizeof(words), line));
        print_message("%s:%u: %s\n", path, lines.number, words);
        play_line(&play, words);
    }
    island_end(&play.island);
    buffer_clear(&text);
}

#define SCENARIO(name)                                                                         \
    {                                                                                          \
        name, plays, NULL, NULL, (void *)(name)                                                \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO("first-contact"),
        SCENARIO("a-school-and-its-pupil"),
        SCENARIO("two-children-are-two"),
        SCENARIO("the-broker-is-away"),
        SCENARIO("dying-at-the-worst-moment"),
        SCENARIO("a-lost-connection"),
        SCENARIO("a-wider-agreement-moves-no-old-message"),
        SCENARIO("the-agreement-has-run-out"),
    };

    return RUN(tests);
}
