#ifndef KITH_AGENT_DOOR_PARTS_H
#define KITH_AGENT_DOOR_PARTS_H

#include "agent/door.h"
#include "json/json.h"

/* The inside of the door, for its own files only. */

/* door.c: answers.  json and errors are taken. */
void answer_json(struct door_answer *answer, int status, json_t *json);
/* RFC 9457; errors: a list of {pointer, detail}, or NULL. */
void answer_problem(struct door_answer *answer, int status, const char *title,
                    const char *detail, json_t *errors);
json_t *json_of_instant(uint64_t ms);
json_t *json_of_id(const uint8_t id[16]);
/* The agency's type in the agreement: all that is ever said of a recipient. */
const char *type_of(const struct agent *agent, uint32_t number);

/* A page of a list: at most `limit` after that number. */
struct page {
    uint64_t after, limit;
};
/* False when the query is wrong, and that has been answered.  with_state: the query may name
   a state, too. */
bool read_page(struct page *page, const struct door_request *request, bool with_state,
               struct door_answer *answer);

/* door_publish.c: POST /v1/concerns, /v1/needs, /v1/messages */
enum err door_publish(struct agent *agent, enum kind kind, const struct door_request *request,
                      struct moment now, struct door_answer *answer) MUST_CHECK;

/* The rest answer a request each; `rest` is what stands behind the resource's path. */

/* door_sent.c: GET /v1/messages, GET and DELETE /v1/messages/{id} */
enum err show_messages(struct agent *agent, const struct door_request *request,
                       const char *rest, struct moment now,
                       struct door_answer *answer) MUST_CHECK;
enum err show_message(struct agent *agent, const struct door_request *request, const char *rest,
                      struct moment now, struct door_answer *answer) MUST_CHECK;
enum err set_message_aside(struct agent *agent, const struct door_request *request,
                           const char *rest, struct moment now,
                           struct door_answer *answer) MUST_CHECK;

/* door_inbox.c: GET /v1/inbox */
enum err show_inbox(struct agent *agent, const struct door_request *request, const char *rest,
                    struct moment now, struct door_answer *answer) MUST_CHECK;

/* door_status.c: GET /v1/status, /livez, /readyz, DELETE /v1/alarms/{number} */
enum err show_status(struct agent *agent, const struct door_request *request, const char *rest,
                     struct moment now, struct door_answer *answer) MUST_CHECK;
enum err dismiss_alarm(struct agent *agent, const struct door_request *request,
                       const char *rest, struct moment now,
                       struct door_answer *answer) MUST_CHECK;
enum err show_alive(struct agent *agent, const struct door_request *request, const char *rest,
                    struct moment now, struct door_answer *answer) MUST_CHECK;
enum err show_ready(struct agent *agent, const struct door_request *request, const char *rest,
                    struct moment now, struct door_answer *answer) MUST_CHECK;

/* door_metrics.c: GET /metrics */
enum err show_metrics(struct agent *agent, const struct door_request *request, const char *rest,
                      struct moment now, struct door_answer *answer) MUST_CHECK;

#endif
