#include "agent/door_parts.h"

#include <stdio.h>
#include <string.h>

enum { IDEMPOTENCY_KEY_MAX = 200 };

/* --- POST /v1/concerns, /v1/needs, /v1/messages ---------------------------------------------- */

static bool
is_json(struct bytes text)
{
    json_t *json;

    if (json_read(&json, text, NULL))
        return false;
    json_decref(json);
    return true;
}

static void
answer_invalid(struct door_answer *answer, struct bytes body, const struct problems *problems)
{
    bool malformed = !is_json(body);
    json_t *errors = json_array();
    char detail[120];

    for (size_t i = 0; i < problems->count; i++) {
        json_t *error = json_object();

        json_object_set_new(error, "pointer", json_string(problems->list[i].pointer));
        json_object_set_new(error, "detail", json_string(problems->list[i].reason));
        json_array_append_new(errors, error);
    }
    snprintf(detail, sizeof(detail), "%zu problem%s; nothing was taken", problems->count,
             problems->count == 1 ? "" : "s");
    answer_problem(answer, malformed ? 400 : 422,
                   malformed ? "This is not JSON" : "The message is not as it should be",
                   detail, errors);
}

static void
answer_published(struct door_answer *answer, const struct published *published)
{
    json_t *json = json_object();
    char id[33];

    hex_write(id, published->notice_id, 16);
    snprintf(answer->location, sizeof(answer->location), "/v1/messages/%s", id);
    json_object_set_new(json, "id", json_string(id));
    json_object_set_new(json, "repeated", json_boolean(published->repeated));
    json_object_set_new(json, "fate",
                        json_string("Written down here. That is not yet told: ask for its fate"
                                    " under its id."));
    answer_json(answer, 202, json);
}

static enum err
answer_publishing(struct door_answer *answer, enum err err, struct bytes body,
                  const struct published *published, const struct problems *problems)
{
    switch ((int)err) {
    case ERR_OK: answer_published(answer, published); return ERR_OK;
    case ERR_MALFORMED: answer_invalid(answer, body, problems); return ERR_OK;
    case ERR_TOO_BIG:
        answer_problem(answer, 413, "The message is too large", "nothing was taken", NULL);
        return ERR_OK;
    case ERR_CONFLICT:
        answer_problem(answer, 409, "The idempotency key has been used for another message",
                       "use a new key for a new message; nothing was taken", NULL);
        return ERR_OK;
    case ERR_FULL:
        answer_problem(answer, 507, "There is no room left on this agent's disk",
                       "nothing was taken; send it again when there is room", NULL);
        return ERR_OK;
    default: return err;
    }
}

enum err
door_publish(struct agent *agent, enum kind kind, const struct door_request *request,
             struct moment now, struct door_answer *answer)
{
    const char *key = request->idempotency_key == NULL ? "" : request->idempotency_key;
    struct published published;
    struct problems problems;
    enum err err;

    if (strlen(key) > IDEMPOTENCY_KEY_MAX) {
        answer_problem(answer, 400, "The Idempotency-Key is too long", "at most 200 characters",
                       NULL);
        return ERR_OK;
    }
    problems_init(&problems);
    err = agent_publish(agent, kind, request->body, key, now, &published, &problems);
    err = answer_publishing(answer, err, request->body, &published, &problems);
    problems_clear(&problems);
    return err;
}
