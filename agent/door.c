#include "agent/door_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum { PAGE = 50, ARGUMENT_SHOWN_MAX = 64 };

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

/* A decimal number up to max; the fallback when there is none; false when it is not one. */
static bool
number_of(uint64_t *number, const char *text, uint64_t fallback, uint64_t max)
{
    char *end;

    *number = fallback;
    if (text == NULL)
        return true;
    if (text[0] < '0' || text[0] > '9')
        return false;
    *number = strtoull(text, &end, 10);
    return *end == 0 && *number <= max;
}

static const char *
argument_at(const void *list, size_t i)
{
    return ((const char *const *)list)[i];
}

/* A mistyped after would show a list from its beginning, again and again. */
static void
refuse_stray(const char *name, bool with_state, struct door_answer *answer)
{
    const char *const known[] = { "after", "limit", with_state ? "state" : NULL, NULL };
    const char *all = with_state ? "after, limit and state" : "after and limit";
    const char *meant = text_nearest(name, argument_at, known);
    char detail[2 * ARGUMENT_SHOWN_MAX + 64];

    if (strlen(name) > ARGUMENT_SHOWN_MAX || !text_is_plain(bytes_of_text(name)))
        snprintf(detail, sizeof(detail), "there are %s", all);
    else if (meant == NULL)
        snprintf(detail, sizeof(detail), "\"%s\" is not known here; there are %s", name, all);
    else if (strcmp(name, meant) == 0)
        snprintf(detail, sizeof(detail), "%s is there more than once", name);
    else
        snprintf(detail, sizeof(detail), "\"%s\" is not known here; did you mean \"%s\"?", name,
                 meant);
    answer_problem(answer, 400, "There is no such parameter", detail, NULL);
}

bool
read_page(struct page *page, const struct door_request *request, bool with_state,
          struct door_answer *answer)
{
    const char *stray = request->stray;

    if (stray == NULL && request->state != NULL && !with_state)
        stray = "state";
    if (stray != NULL) {
        refuse_stray(stray, with_state, answer);
        return false;
    }
    if (number_of(&page->after, request->after, 0, INT64_MAX)
        && number_of(&page->limit, request->limit, PAGE, DOOR_PAGE_MAX) && page->limit > 0)
        return true;
    answer_problem(answer, 400, "after and limit are whole numbers", "limit is from 1 to 200",
                   NULL);
    return false;
}

/* --- Which of them -------------------------------------------------------------------------- */

typedef enum err handler(struct agent *, const struct door_request *, const char *rest,
                         struct moment, struct door_answer *);

static enum err
publish_any(struct agent *agent, const struct door_request *request, const char *rest,
            struct moment now, struct door_answer *answer)
{
    (void)rest;
    return door_publish(agent, KIND_NONE, request, now, answer);
}

static enum err
publish_concern(struct agent *agent, const struct door_request *request, const char *rest,
                struct moment now, struct door_answer *answer)
{
    (void)rest;
    return door_publish(agent, KIND_CONCERN, request, now, answer);
}

static enum err
publish_needs(struct agent *agent, const struct door_request *request, const char *rest,
              struct moment now, struct door_answer *answer)
{
    (void)rest;
    return door_publish(agent, KIND_NEEDS, request, now, answer);
}

/* A path that ends in '/' has something behind it: an id, a number. */
static const struct resource {
    const char *method, *path;
    handler *answer;
} resources[] = {
    { "GET", "/livez", show_alive },
    { "GET", "/readyz", show_ready },
    { "GET", "/metrics", show_metrics },
    { "GET", "/v1/status", show_status },
    { "DELETE", "/v1/alarms/", dismiss_alarm },
    { "GET", "/v1/inbox", show_inbox },
    { "GET", "/v1/messages", show_messages },
    { "POST", "/v1/messages", publish_any },
    { "GET", "/v1/messages/", show_message },
    { "DELETE", "/v1/messages/", set_message_aside },
    { "POST", "/v1/concerns", publish_concern },
    { "POST", "/v1/needs", publish_needs },
};

/* What is behind the path, NULL when it is not that one. */
static const char *
rest_of(const char *path, const char *resource)
{
    size_t len = strlen(resource);

    if (strncmp(path, resource, len) != 0)
        return NULL;
    return resource[len - 1] == '/' || path[len] == 0 ? path + len : NULL;
}

static void
answer_other_method(struct door_answer *answer, const char *methods)
{
    char detail[80];

    snprintf(detail, sizeof(detail), "there is:%s", methods);
    answer_problem(answer, 405, "There is nothing here for that method", detail, NULL);
}

enum err
door_answer(struct agent *agent, const struct door_request *request, struct moment now,
            struct door_answer *answer)
{
    char methods[40] = "";

    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        const struct resource *resource = &resources[i];
        const char *rest = rest_of(request->path, resource->path);
        size_t len = strlen(methods);

        if (rest == NULL)
            continue;
        if (strcmp(request->method, resource->method) == 0)
            return resource->answer(agent, request, rest, now, answer);
        snprintf(methods + len, sizeof(methods) - len, " %s", resource->method);
    }
    if (methods[0] != 0)
        answer_other_method(answer, methods);
    else
        answer_problem(answer, 404, "There is nothing here", "see doc/api.md for what there is",
                       NULL);
    return ERR_OK;
}
