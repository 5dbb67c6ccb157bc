#ifndef KITH_TESTS_SCENARIO_STEPS_H
#define KITH_TESTS_SCENARIO_STEPS_H

#include "island.h"

#include <ctype.h>

#include "schema/field.h"

/* What a scenario can say, and what each step does. */
enum { WORDS_MAX = 4, WORD = 200 };

struct play {
    struct island island;
    struct node *sender; /* of the last message */
    char message[64];    /* "/v1/messages/…" */
    char words[WORDS_MAX][WORD];
};

/* --- Who and what ------------------------------------------------------------------------- */

static inline struct node *
agency(struct play *play, size_t word)
{
    struct node *node = node_named(&play->island, play->words[word]);

    if (node == NULL)
        fail_msg("there is no agency \"%s\"", play->words[word]);
    return node;
}

static inline const struct child *
child(struct play *play, size_t word)
{
    if (strcmp(play->words[word], leah.id) == 0)
        return &leah;
    if (strcmp(play->words[word], noah.id) == 0)
        return &noah;
    fail_msg("there is no child \"%s\"", play->words[word]);
    return NULL;
}

static inline json_t *
fate(struct play *play)
{
    return ask(play->sender, "GET", play->message, "", 200);
}

/* The entry of the last message in that inbox, the caller's; how often it is there. */
static inline json_t *
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
static inline void
camel(char *text)
{
    char *to = text;

    for (const char *from = text; *from != 0; from++)
        *to++ = *from == '_' ? (char)toupper(*++from) : *from;
    *to = 0;
}

static inline const char *
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

static inline void
on_roll(struct play *play)
{
    put_on_roll(agency(play, 1), child(play, 0));
}

/* The index answers: a grant to everybody who has the child on a roll. */
static inline void
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

static inline void
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

static inline void
sends(struct play *play)
{
    send_with(play, "");
}

static inline void
sends_in_danger(struct play *play)
{
    send_with(play, ",\"immediateDanger\":true");
}

static inline void
broker_stops(struct play *play)
{
    broker_stop(&play->island);
    let_run(&play->island);
}

static inline void
broker_is_back(struct play *play)
{
    broker_start(&play->island);
    let_pass(&play->island, SECONDS(5));
}

static inline void
broker_restarts(struct play *play)
{
    broker_stops(play);
    broker_is_back(play);
}

static inline void
broker_will_die(struct play *play)
{
    play->island.dies = true;
}

static inline void
agent_will_die(struct play *play)
{
    agency(play, 0)->dies = true;
}

static inline void
agent_restarts(struct play *play)
{
    node_restart(agency(play, 0));
    let_run(&play->island);
}

static inline void
connection_is_lost(struct play *play)
{
    agency(play, 0)->out_of_reach = agency(play, 0)->broken = true;
    let_run(&play->island);
}

static inline void
connection_is_back(struct play *play)
{
    agency(play, 0)->out_of_reach = false;
    let_run(&play->island);
}

static inline void
a_day_goes_by(struct play *play)
{
    let_pass(&play->island, DAYS(1));
}

static inline void
days_go_by(struct play *play)
{
    let_pass(&play->island, DAYS(atoi(play->words[0])));
}

static inline void
agreement_changes(struct play *play)
{
    agree_on(&play->island.federate, play->words[0], play->words[1]);
    adopt_all(&play->island);
}

static inline void
minutes_go_by(struct play *play)
{
    for (int i = 0; i < atoi(play->words[0]); i++)
        let_pass(&play->island, MINUTES(1));
}

static inline void
broker_alone_agrees(struct play *play)
{
    agree_on(&play->island.federate, play->words[0], play->words[1]);
    adopt_at_broker(&play->island);
    let_run(&play->island);
}

/* Another text of the registry, which is as long. */
static inline void
registry_changes(struct play *play)
{
    relist(&play->island.federate, play->island.in_force, agency(play, 0)->agency,
           play->words[1], play->words[2]);
    adopt_all(&play->island);
}

static inline void
broker_alone_relists(struct play *play)
{
    relist(&play->island.federate, play->island.in_force, agency(play, 0)->agency,
           play->words[1], play->words[2]);
    adopt_at_broker(&play->island);
    let_run(&play->island);
}

static inline void
grants_are_lost(struct play *play)
{
    shell("rm %s/federation/grants", play->island.federate.folder);
    adopt_all(&play->island);
}

static inline void
clock_is_fast(struct play *play)
{
    agency(play, 0)->clock_ms = DAYS(atoi(play->words[1]));
}

static inline void
clock_is_slow(struct play *play)
{
    agency(play, 0)->clock_ms = -DAYS(atoi(play->words[1]));
}

static inline void
brokers_clock_is_slow(struct play *play)
{
    play->island.clock_ms = -DAYS(atoi(play->words[0]));
    broker_restarts(play);
}

static inline void
brokers_clock_is_fast(struct play *play)
{
    play->island.clock_ms = DAYS(atoi(play->words[0]));
    broker_restarts(play);
}

static inline void
disk_is_copied(struct play *play)
{
    const char *folder = play->island.federate.folder;

    broker_stops(play);
    shell("cp -a %s/broker/store %s/broker/copy", folder, folder);
    broker_is_back(play);
}

static inline void
broker_finds_the_copy(struct play *play)
{
    uint64_t floor = broker_counts(play->island.broker).log_size;

    broker_stops(play);
    change_disk(&play->island, "newest", "copy");
    broker_refuses_disk(&play->island, floor);
}

static inline void
newest_disk_is_back(struct play *play)
{
    change_disk(&play->island, "copy", "newest");
    broker_is_back(play);
}

/* --- What is expected ----------------------------------------------------------------------- */

static inline void
is_there(struct play *play, size_t expected)
{
    struct node *node = agency(play, 0);
    size_t times;

    json_decref(find_in_inbox(play, node, &times));
    if (times != expected)
        fail_msg("%s has it %zu times", play->words[0], times);
}

static inline void
is_told(struct play *play)
{
    is_there(play, 1);
}

static inline void
is_not_told(struct play *play)
{
    is_there(play, 0);
}

static inline void
has_heard_nothing(struct play *play)
{
    assert_int_equal(agency(play, 0)->deliveries, 0);
}

static inline void
sees_as(struct play *play)
{
    size_t times;
    json_t *entry = find_in_inbox(play, agency(play, 0), &times);

    assert_int_equal(times, 1);
    assert_string_equal(form_in(entry, play->words[1]), play->words[2]);
    json_decref(entry);
}

static inline void
does_not_see(struct play *play)
{
    strcpy(play->words[2], "hidden");
    sees_as(play);
}

static inline void
message_is(struct play *play)
{
    json_t *answer = fate(play);

    assert_string_equal(text_of(answer, "state"), play->words[0]);
    json_decref(answer);
}

static inline void
sender_reads(struct play *play)
{
    json_t *answer = fate(play);
    char *text = json_dumps(answer, 0);

    assert_says(text, play->words[0]);
    free(text);
    json_decref(answer);
}

/* The sender learns it of a type of agency, never of an agency. */
static inline void
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

static inline void
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

static inline void
status_says(struct play *play)
{
    json_t *answer = ask(agency(play, 0), "GET", "/v1/status", "", 200);
    char *text = json_dumps(answer, 0);

    assert_says(text, play->words[1]);
    free(text);
    json_decref(answer);
}

static inline void
registry_differs_at(struct play *play)
{
    json_t *answer = ask(agency(play, 0), "GET", "/v1/status", "", 200);

    assert_true(json_is_true(json_object_get(answer, "registryDiffers")));
    json_decref(answer);
}

/* The message is on the list of `kith sent owed`. */
static inline void
is_listed_as_owed(struct play *play)
{
    const struct door_request request = { .method = "GET",
                                          .path = "/v1/messages",
                                          .state = "owed" };
    struct door_answer answer = { 0 };

    buffer_init(&answer.body, 16 * 1024 * 1024);
    assert_ok(door_answer(play->sender->agent, &request, now_of(play->sender), &answer));
    assert_says(buffer_text(&answer.body), strrchr(play->message, '/') + 1);
    buffer_clear(&answer.body);
}

/* --- The table --------------------------------------------------------------------------- */

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
    { "_ minutes go by", minutes_go_by },
    { "_ days go by", days_go_by },
    { "the agreement says \"_\" no more, but \"_\"", agreement_changes },
    { "for the broker alone the agreement says \"_\" no more, but \"_\"", broker_alone_agrees },
    { "the registry says of _ no more \"_\", but \"_\"", registry_changes },
    { "for the broker alone the registry says of _ no more \"_\", but \"_\"",
      broker_alone_relists },
    { "the grants are lost", grants_are_lost },
    { "the clock of _ is _ days fast", clock_is_fast },
    { "the clock of _ is _ days slow", clock_is_slow },
    { "the broker restarts with its clock _ days slow", brokers_clock_is_slow },
    { "the broker restarts with its clock _ days fast", brokers_clock_is_fast },
    { "the broker's disk is copied", disk_is_copied },
    { "the broker refuses to start on the copy", broker_finds_the_copy },
    { "the broker starts on the copy all the same", broker_is_back },
    { "the broker has its newest disk back", newest_disk_is_back },
    { "expect _ is told", is_told },
    { "expect _ is not told", is_not_told },
    { "expect _ has not been sent one byte of any message", has_heard_nothing },
    { "expect _ sees _ as _", sees_as },
    { "expect _ does not see _", does_not_see },
    { "expect the message is _", message_is },
    { "expect the sender reads \"_\"", sender_reads },
    { "expect the sender learns: _ is \"_\"", type_is },
    { "expect the status of _ says \"_\"", status_says },
    { "expect _ sees that the broker has another registry", registry_differs_at },
    { "expect the message is listed as owed", is_listed_as_owed },
    { "expect nobody raises an alarm", no_alarm_anywhere },
};

#endif
