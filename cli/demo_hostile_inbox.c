#include "cli/demo_hostile_parts.h"

#include <string.h>

#include "cli/command.h"
#include "cli/demo_lay_down.h"
#include "cli/shown.h"
#include "core/file.h"

enum { WAIT_MS = 10 * 1000, POLL_MS = 10 };

/* What the agent's door answers; NULL when it does not.  The caller's. */
static json_t *
ask(const struct attacker *attacker, const char *agency, const char *path)
{
    char socket[FILE_PATH_MAX];
    struct http_response response;
    json_t *answer = NULL;

    demo_socket(socket, attacker->demo, agency);
    if (agent_try(socket, "GET", path, (struct bytes){ 0 }, NULL, &response, NULL))
        return NULL;
    if (json_read(&answer, buffer_bytes(&response.body), NULL))
        answer = NULL;
    buffer_clear(&response.body);
    return answer;
}

/* --- Alarms ---------------------------------------------------------------------------------- */

static json_t *
find_alarm(const json_t *status, const char *name)
{
    json_t *alarm;
    size_t i;

    json_array_foreach(json_object_get(status, "alarms"), i, alarm)
    {
        if (strcmp(text_member(alarm, "name"), name) == 0
            && strstr(text_member(alarm, "about"), HOSTILE_AGENCY) != NULL)
            return json_incref(alarm);
    }
    return NULL;
}

json_t *
await_alarm(const struct attacker *attacker, const char *agency, const char *name)
{
    json_t *alarm = NULL;

    for (unsigned waited = 0; waited < WAIT_MS && alarm == NULL; waited += POLL_MS) {
        json_t *status = ask(attacker, agency, "/v1/status");

        alarm = find_alarm(status, name);
        json_decref(status);
        if (alarm == NULL)
            pause_ms(POLL_MS);
    }
    return alarm;
}

/* --- Letters ------------------------------------------------------------------------------------ */

static size_t
find_letter(json_t **found, const json_t *page, const struct letter *letter)
{
    char id[2 * NOTICE_ID + 1];
    json_t *message;
    size_t i, count = 0;

    hex_write(id, letter->header.notice_id, NOTICE_ID);
    json_array_foreach(json_object_get(page, "messages"), i, message)
    {
        if (strcmp(text_member(message, "id"), id) != 0)
            continue;
        if (count++ == 0)
            *found = json_incref(message);
    }
    return count;
}

json_t *
await_letter(const struct attacker *attacker, const char *agency, const struct letter *letter)
{
    json_t *found = NULL;

    for (unsigned waited = 0; waited < WAIT_MS && found == NULL; waited += POLL_MS) {
        json_t *page = ask(attacker, agency, "/v1/inbox?limit=200");

        find_letter(&found, page, letter);
        json_decref(page);
        if (found == NULL)
            pause_ms(POLL_MS);
    }
    return found;
}

size_t
count_letter(const struct attacker *attacker, const char *agency, const struct letter *letter)
{
    json_t *page = ask(attacker, agency, "/v1/inbox?limit=200"), *found = NULL;
    size_t count = find_letter(&found, page, letter);

    json_decref(found);
    json_decref(page);
    return count;
}

/* --- Documents ------------------------------------------------------------------------------------- */

bool
await_not_reloaded(const struct attacker *attacker, const char *agency, bool wanted,
                   struct why *words)
{
    for (unsigned waited = 0; waited < WAIT_MS; waited += POLL_MS) {
        json_t *status = ask(attacker, agency, "/v1/status");
        bool is_told = json_object_get(status, "notReloaded") != NULL;
        bool is_so = status != NULL && is_told == wanted;

        if (is_so)
            because(words, ERR_OK, "%s", text_member(status, "notReloaded"));
        json_decref(status);
        if (is_so)
            return true;
        pause_ms(POLL_MS);
    }
    return false;
}

const char *
without_file(const char *reason)
{
    const char *end = strstr(reason, ": ");

    return reason[0] == '/' && end != NULL ? end + 2 : reason;
}

/* --- Everybody else, all the while -------------------------------------------------------------------- */

/* Its id; "" when it was not taken. */
static void
publish_again(char id[33], const struct attacker *attacker,
              const struct scenario_message *message)
{
    struct http_response response;
    char socket[FILE_PATH_MAX];
    struct buffer text;
    json_t *answer;

    id[0] = 0;
    demo_socket(socket, attacker->demo, message->agency);
    buffer_init(&text, MESSAGE_JSON_MAX);
    if (file_read(&text, message->path, NULL) == ERR_OK
        && agent_try(socket, "POST", "/v1/messages", buffer_bytes(&text), "after the attempts",
                     &response, NULL)
               == ERR_OK) {
        if (json_read(&answer, buffer_bytes(&response.body), NULL) == ERR_OK) {
            snprintf(id, 33, "%s", text_member(answer, "id"));
            json_decref(answer);
        }
        buffer_clear(&response.body);
    }
    buffer_clear(&text);
}

void
expect_honest_message(const struct attacker *attacker)
{
    struct demo *demo = attacker->demo;
    const struct scenario_message *message = &demo->scenario->messages[0];
    char title[SCENARIO_TITLE_MAX], id[33];
    struct letter letter = { 0 };
    json_t *mash = NULL, *school = NULL;

    publish_again(id, attacker, message);
    if (strcmp(id, message->id) != 0 && hex_read(letter.header.notice_id, NOTICE_ID, id)) {
        mash = await_letter(attacker, attacker->to[TO_MASH].name, &letter);
        school = await_letter(attacker, attacker->to[TO_SCHOOL].name, &letter);
    }
    scenario_title(title, demo->scenario, message);
    expect(demo, mash != NULL && school != NULL,
           "And all the while the others are served: %s, sent once more, is with MASH and "
           "with her school",
           title);
    json_decref(mash);
    json_decref(school);
}
