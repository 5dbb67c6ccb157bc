#include "cli/demo_stage.h"

#include <stdlib.h>
#include <string.h>

#include "cli/demo_lay_down.h"
#include "http/http.h"
#include "net/loop.h"
#include "policy/policy.h"

enum { READY_MS = 10 * 1000, DELIVER_MS = 10 * 1000, POLL_MS = 50 };

/* --- Laying down and starting -------------------------------------------------------------------- */

enum err
demo_make_folder(struct demo *demo, const char *asked, struct why *why)
{
    char template[] = "/tmp/kith-demo-XXXXXX";

    if (asked != NULL) {
        if (strlen(asked) >= sizeof(demo->folder))
            return because(why, ERR_TOO_BIG,
                           "%s: the path is too long for Unix sockets below it", asked);
        snprintf(demo->folder, sizeof(demo->folder), "%s", asked);
        return folder_make(demo->folder, 0700, why);
    }
    if (mkdtemp(template) == NULL)
        return because(why, ERR_IO, "/tmp: no folder can be made there");
    snprintf(demo->folder, sizeof(demo->folder), "%s", template);
    demo->temporary = true;
    return ERR_OK;
}

enum err
demo_prepare(struct demo *demo, struct why *why)
{
    char policy_path[512];
    struct buffer agreement;
    enum err err;

    if ((err = find_shared(demo->shared, "demo", why)))
        return err;
    if ((err = find_shared(policy_path, "policy/jersey.policy", why)))
        return err;
    if ((err = scenario_read(&demo->scenario, demo->shared, why)))
        return err;
    buffer_init(&agreement, POLICY_TEXT_MAX);
    if ((err = file_read(&agreement, policy_path, why)) == ERR_OK)
        err = demo_lay_down(demo->scenario, demo->folder, buffer_bytes(&agreement),
                            loop_wall_clock(), why);
    buffer_clear(&agreement);
    return err;
}

static bool
broker_is_ready(const void *context)
{
    const struct demo *demo = context;
    char path[FILE_PATH_MAX];

    snprintf(path, sizeof(path), "%s/broker/endpoint", demo->folder);
    return file_exists(path);
}

static enum err
start_broker(struct demo *demo, struct why *why)
{
    char configuration[FILE_PATH_MAX], log[FILE_PATH_MAX], program[512];
    enum err err;

    if ((err = find_program(program, "kith-broker", why)))
        return err;
    snprintf(configuration, sizeof(configuration), "%s/broker/broker.conf", demo->folder);
    snprintf(log, sizeof(log), "%s/broker/broker.log", demo->folder);
    err = process_start(&demo->broker, "the broker", program, configuration, log, why);
    return err ? err : process_await(&demo->broker, broker_is_ready, demo, READY_MS, why);
}

void
demo_socket(char path[FILE_PATH_MAX], const struct demo *demo, const char *agency)
{
    snprintf(path, FILE_PATH_MAX, "%s/agencies/%s/agent.sock", demo->folder, agency);
}

static int
call(const struct demo *demo, const char *agency, const char *method, const char *path,
     struct bytes body, const char *key, struct http_response *response)
{
    char socket[FILE_PATH_MAX];
    const struct http_call http = {
        .socket_path = socket,
        .method = method,
        .path = path,
        .body = body,
        .content_type = body.len > 0 ? "application/json" : NULL,
        .idempotency_key = key,
        .timeout_s = 10,
        .response_max = 64 * 1024 * 1024,
    };

    demo_socket(socket, demo, agency);
    return http_call(&http, response, NULL) == ERR_OK ? response->status : 0;
}

struct readiness {
    const struct demo *demo;
    const char *agency;
};

static bool
agent_is_ready(const void *context)
{
    const struct readiness *readiness = context;
    struct http_response response;
    int status = call(readiness->demo, readiness->agency, "GET", "/readyz", (struct bytes){ 0 },
                      NULL, &response);

    if (status != 0)
        buffer_clear(&response.body);
    return status == 200;
}

static enum err
start_agents(struct demo *demo, struct why *why)
{
    char program[512];
    enum err err = find_program(program, "kith-agent", why);

    for (size_t i = 0; i < demo->scenario->agency_count && err == ERR_OK; i++) {
        const char *agency = demo->scenario->agencies[i];
        char configuration[FILE_PATH_MAX], log[FILE_PATH_MAX];

        snprintf(configuration, sizeof(configuration), "%s/agencies/%s/agent.conf",
                 demo->folder, agency);
        snprintf(log, sizeof(log), "%s/agencies/%s/agent.log", demo->folder, agency);
        err = process_start(&demo->agents[i], agency, program, configuration, log, why);
    }
    for (size_t i = 0; i < demo->scenario->agency_count && err == ERR_OK; i++) {
        const struct readiness readiness = { demo, demo->scenario->agencies[i] };

        err = process_await(&demo->agents[i], agent_is_ready, &readiness, READY_MS, why);
    }
    return err;
}

enum err
demo_start(struct demo *demo, struct why *why)
{
    enum err err = start_broker(demo, why);

    return err ? err : start_agents(demo, why);
}

/* --- Publishing ------------------------------------------------------------------------------------ */

static enum err
keep_copy(const struct demo *demo, const struct scenario_message *message, struct bytes text,
          struct why *why)
{
    char path[FILE_PATH_MAX];

    snprintf(path, sizeof(path), "%s/messages/%s", demo->folder, message->file);
    return file_write(path, text, 0600, why);
}

static enum err
publish_text(struct demo *demo, struct scenario_message *message, struct bytes text,
             struct why *why)
{
    struct http_response response;
    json_t *answer;
    int status =
        call(demo, message->agency, "POST", "/v1/messages", text, message->file, &response);
    enum err err = ERR_OK;

    if (status == 0)
        return because(why, ERR_IO, "the agent of %s does not answer", message->agency);
    if (status != 202) {
        because(why, ERR_REFUSED, "%s: the agent of %s answered %d: %.300s", message->file,
                message->agency, status, buffer_text(&response.body));
        err = ERR_REFUSED;
    } else if ((err = json_read(&answer, buffer_bytes(&response.body), why)) == ERR_OK) {
        snprintf(message->id, sizeof(message->id), "%s", text_member(answer, "id"));
        json_decref(answer);
    }
    buffer_clear(&response.body);
    return err;
}

static enum err
publish(struct demo *demo, struct scenario_message *message, struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, 1024 * 1024);
    if ((err = file_read(&text, message->path, why)) == ERR_OK
        && (err = keep_copy(demo, message, buffer_bytes(&text), why)) == ERR_OK)
        err = publish_text(demo, message, buffer_bytes(&text), why);
    buffer_clear(&text);
    return err;
}

/* What the agent that sent a message says of it; NULL when it does not answer. */
static json_t *
fate_of(const struct demo *demo, const struct scenario_message *message)
{
    struct http_response response;
    json_t *fate = NULL;
    char path[64];

    snprintf(path, sizeof(path), "/v1/messages/%s", message->id);
    if (call(demo, message->agency, "GET", path, (struct bytes){ 0 }, NULL, &response) == 0)
        return NULL;
    if (json_read(&fate, buffer_bytes(&response.body), NULL))
        fate = NULL;
    buffer_clear(&response.body);
    return fate;
}

static size_t
count_told(const json_t *fate)
{
    const json_t *recipient;
    size_t i, told = 0;

    json_array_foreach(json_object_get(fate, "recipients"), i, recipient) told +=
        strcmp(text_member(recipient, "state"), "sent") == 0
        || strcmp(text_member(recipient, "state"), "opened") == 0;
    return told;
}

static json_t *
inbox_of(const struct demo *demo, const char *agency)
{
    struct http_response response;
    json_t *page = NULL, *list = NULL;

    if (call(demo, agency, "GET", "/v1/inbox?limit=200", (struct bytes){ 0 }, NULL, &response)
        == 0)
        return NULL;
    if (json_read(&page, buffer_bytes(&response.body), NULL) == ERR_OK) {
        list = json_incref(json_object_get(page, "messages"));
        json_decref(page);
    }
    buffer_clear(&response.body);
    return list;
}

static size_t
read_inboxes(struct demo *demo)
{
    size_t received = 0;

    for (size_t i = 0; i < demo->scenario->agency_count; i++) {
        json_decref(demo->inboxes[i]);
        demo->inboxes[i] = inbox_of(demo, demo->scenario->agencies[i]);
        received += json_array_size(demo->inboxes[i]);
    }
    return received;
}

/* Deliveries that the senders say there will be; SIZE_MAX while one is not accepted yet. */
static size_t
deliveries_announced(const struct demo *demo)
{
    size_t announced = 0;

    for (size_t m = 0; m < demo->scenario->message_count; m++) {
        json_t *fate = fate_of(demo, &demo->scenario->messages[m]);
        bool accepted = fate != NULL && strcmp(text_member(fate, "state"), "accepted") == 0;

        announced += fate == NULL ? 0 : count_told(fate);
        json_decref(fate);
        if (!accepted)
            return SIZE_MAX;
    }
    return announced;
}

enum err
demo_publish(struct demo *demo, struct why *why)
{
    for (size_t m = 0; m < demo->scenario->message_count; m++) {
        enum err err = publish(demo, &demo->scenario->messages[m], why);

        if (err)
            return err;
    }
    for (unsigned waited = 0; waited < DELIVER_MS; waited += POLL_MS) {
        size_t announced = deliveries_announced(demo);

        if (announced != SIZE_MAX && read_inboxes(demo) >= announced)
            return ERR_OK;
        pause_ms(POLL_MS);
    }
    return because(why, ERR_IO, "not everything was delivered within %d seconds",
                   DELIVER_MS / 1000);
}
