#include "agent/door_parts.h"

#include <string.h>

/* --- Answers ------------------------------------------------------------------------------ */

void
answer_json(struct door_answer *answer, int status, json_t *json)
{
    answer->status = status;
    answer->content_type = "application/json";
    json_write(&answer->body, json);
    buffer_add_byte(&answer->body, '\n');
    json_decref(json);
}

/* RFC 9457.  errors is taken; NULL for none. */
void
answer_problem(struct door_answer *answer, int status, const char *title, const char *detail,
               json_t *errors)
{
    json_t *json = json_object();

    json_object_set_new(json, "type", json_string("about:blank"));
    json_object_set_new(json, "title", json_string(title));
    json_object_set_new(json, "status", json_integer(status));
    json_object_set_new(json, "detail", json_string(detail));
    if (errors != NULL)
        json_object_set_new(json, "errors", errors);
    answer_json(answer, status, json);
    answer->content_type = "application/problem+json";
}

json_t *
json_of_instant(uint64_t ms)
{
    char text[INSTANT_TEXT];

    if (ms == 0)
        return json_null();
    instant_write(text, (struct instant){ (int64_t)ms });
    return json_string(text);
}

json_t *
json_of_id(const uint8_t id[16])
{
    char text[33];

    hex_write(text, id, 16);
    return json_string(text);
}

const char *
type_of(const struct agent *agent, uint32_t number)
{
    const struct in_force *in_force = agent_in_force(agent);
    const struct agreement *agreement = agreements_current(in_force->agreements);
    const struct agency *agency =
        registry_agency(federation_registry(in_force->federation), number);
    int place = agency == NULL ? -1 : agreement_member(agreement, agency);

    return place < 0 ? "agency" : policy_agency_type(agreement->policy, place);
}

/* --- Which of them -------------------------------------------------------------------------------------- */

enum resource { RESOURCE_NONE, RESOURCE_READ, RESOURCE_PUBLISH };

static const char messages[] = "/v1/messages/";

static enum resource
resource_of(const char *path, enum kind *kind)
{
    static const struct {
        const char *path;
        enum resource resource;
        enum kind kind;
    } resources[] = {
        { "/livez", RESOURCE_READ, KIND_NONE },
        { "/readyz", RESOURCE_READ, KIND_NONE },
        { "/v1/status", RESOURCE_READ, KIND_NONE },
        { "/v1/inbox", RESOURCE_READ, KIND_NONE },
        { "/v1/messages", RESOURCE_PUBLISH, KIND_NONE },
        { "/v1/concerns", RESOURCE_PUBLISH, KIND_CONCERN },
        { "/v1/needs", RESOURCE_PUBLISH, KIND_NEEDS },
    };

    *kind = KIND_NONE;
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
        if (strcmp(path, resources[i].path) == 0) {
            *kind = resources[i].kind;
            return resources[i].resource;
        }
    return strncmp(path, messages, strlen(messages)) == 0 ? RESOURCE_READ : RESOURCE_NONE;
}

static enum err
answer_get(struct agent *agent, const struct door_request *request, struct moment now,
           struct door_answer *answer)
{
    if (strcmp(request->path, "/livez") == 0) {
        show_alive(answer);
        return ERR_OK;
    }
    if (strcmp(request->path, "/readyz") == 0)
        return show_ready(agent, now, answer);
    if (strcmp(request->path, "/v1/status") == 0)
        return show_status(agent, now, answer);
    if (strcmp(request->path, "/v1/inbox") == 0)
        return show_inbox(agent, request, answer);
    return show_message(agent, request->path + strlen(messages), answer);
}

enum err
door_answer(struct agent *agent, const struct door_request *request, struct moment now,
            struct door_answer *answer)
{
    enum kind kind;
    enum resource resource = resource_of(request->path, &kind);

    if (resource == RESOURCE_READ && strcmp(request->method, "GET") == 0)
        return answer_get(agent, request, now, answer);
    if (resource == RESOURCE_PUBLISH && strcmp(request->method, "POST") == 0)
        return door_publish(agent, kind, request, now, answer);
    if (resource == RESOURCE_NONE)
        answer_problem(answer, 404, "There is nothing here", "see doc/api.md for what there is",
                       NULL);
    else
        answer_problem(answer, 405, "There is nothing here for that method",
                       resource == RESOURCE_READ ? "GET reads it" : "POST publishes a message",
                       NULL);
    return ERR_OK;
}
