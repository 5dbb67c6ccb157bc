#include <string.h>

#include "agent/door_parts.h"

/* The door of an agency that has asked to join: how it is going, and nothing else. */

static const char *
link_words(enum link_state link)
{
    switch (link) {
    case LINK_DOWN: return "out of reach";
    case LINK_REFUSED: return "refused: not admitted yet";
    case LINK_HELLO: return "admitted; the registry is being fetched";
    case LINK_READY: return "connected";
    }
    return "unknown";
}

static json_t *
json_of_waiting(const struct waiting_view *view)
{
    const struct join_request *request = view->request;
    json_t *json = json_object();
    char words[SIX_WORDS_MAX];

    join_words(words, request);
    json_object_set_new(json, "agency", json_string(request->agency));
    json_object_set_new(json, "federation", json_string(request->federation));
    json_object_set_new(json, "registryVersion", json_integer(view->registry_version));
    json_object_set_new(json, "broker", json_string(link_words(view->link)));
    json_object_set_new(json, "waitingToBeAdmitted", json_true());
    json_object_set_new(json, "askedToJoinAt", json_of_instant(request->intake.not_before_ms));
    json_object_set_new(json, "sixWords", json_string(words));
    return json;
}

static void
answer_text(struct door_answer *answer, int status, const char *text)
{
    answer->status = status;
    answer->content_type = "text/plain";
    buffer_print(&answer->body, "%s\n", text);
}

void
door_answer_waiting(const struct waiting_view *view, const struct door_request *request,
                    struct door_answer *answer)
{
    bool gets = strcmp(request->method, "GET") == 0;

    if (gets && strcmp(request->path, "/v1/status") == 0)
        answer_json(answer, 200, json_of_waiting(view));
    else if (gets && strcmp(request->path, "/livez") == 0)
        answer_text(answer, 200, "ok");
    else if (gets && strcmp(request->path, "/readyz") == 0)
        answer_text(answer, 503, link_words(view->link));
    else
        answer_problem(answer, 503, "This agency has not been admitted yet",
                       "nothing was taken; GET /v1/status says what is missing", NULL);
}
