#include "agent/daemon_parts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/door.h"
#include "core/conf.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "wire/frame.h"

enum {
    TICK_MS = 500,
    REDIAL_TICKS = 10, /* ticks to wait before dialling again after hanging up */
    DOOR_CONNECTIONS = 64,
    DOOR_TIMEOUT_S = 10,
    DOOR_UNSENT_MAX = 4 * DOOR_PAGE_BYTES, /* so many slow readers of whole pages */
};

struct moment
daemon_now(void)
{
    return (struct moment){ .wall = loop_wall_clock(), .steady_ms = loop_monotonic_ms() };
}

static void
stop_if(struct daemon *daemon, enum err err)
{
    if (err == ERR_OK || daemon->failed != ERR_OK)
        return;
    log_event(LOG_ERROR, "store_failed", "because", err_text(err), NULL);
    daemon->failed = err;
    loop_stop(daemon->loop);
}

/* --- The broker --------------------------------------------------------------------------------- */

static void hang_up(void *self);

/* Who was away when the registry went over to its next key gets in with that one only. */
static void
try_other_key(struct daemon *daemon)
{
    daemon->dials_with_next = !daemon->dials_with_next;
    hang_up(daemon);
}

static void
on_dial_event(void *self, enum dial_event event)
{
    struct daemon *daemon = self;

    daemon->up = event == DIAL_UP;
    if (daemon->hung_up)
        return;
    if (daemon->waiting != NULL)
        waiting_dial_event(daemon, event);
    else if (event == DIAL_UP)
        agent_connected(daemon->agent, daemon_now());
    else
        agent_disconnected(daemon->agent, event == DIAL_REFUSED, daemon_now());
    if (event == DIAL_REFUSED && daemon->keys->has_next_transport)
        try_other_key(daemon);
}

static void
on_frame(void *self, struct bytes frame)
{
    struct daemon *daemon = self;

    if (daemon->waiting != NULL)
        waiting_hear(daemon, frame);
    else if (daemon->failed == ERR_OK)
        stop_if(daemon, agent_hear(daemon->agent, frame, daemon_now()));
}

void
daemon_settle(struct daemon *daemon)
{
    if (daemon->failed == ERR_OK && daemon->waiting == NULL)
        stop_if(daemon, agent_settle(daemon->agent, daemon_now()));
}

static void
on_drained(void *self)
{
    daemon_settle(self);
}

static enum sent
post(void *self, struct bytes frame)
{
    struct daemon *daemon = self;

    return daemon->dialler == NULL ? SENT_GONE : dialler_send(daemon->dialler, frame);
}

void
daemon_hang_up(struct daemon *daemon)
{
    daemon->hung_up = true;
    daemon->redial_in = REDIAL_TICKS + (int)random_below(REDIAL_TICKS);
}

static void
hang_up(void *self)
{
    daemon_hang_up(self);
}

static const char by_file[] = "file:";

static bool
is_endpoint_by_file(const struct daemon *daemon)
{
    return strncmp(daemon->config->broker, by_file, strlen(by_file)) == 0;
}

/* The endpoint as configured, or as the file says that the broker (on this machine) wrote. */
static enum err
find_endpoint(char endpoint[ENDPOINT_MAX], const struct daemon *daemon, struct why *why)
{
    const char *broker = daemon->config->broker;
    struct buffer text;
    char *path;
    enum err err;

    if (!is_endpoint_by_file(daemon)) {
        snprintf(endpoint, ENDPOINT_MAX, "%s", broker);
        return ERR_OK;
    }
    path = conf_path(daemon->config_path, broker + strlen(by_file));
    buffer_init(&text, ENDPOINT_MAX - 1);
    err = file_read(&text, path, why);
    if (err == ERR_OK) {
        snprintf(endpoint, ENDPOINT_MAX, "%s", buffer_text(&text));
        endpoint[strcspn(endpoint, "\n")] = 0;
    }
    buffer_clear(&text);
    free(path);
    return err;
}

static const struct exchange_secret *
transport_secret(const struct daemon *daemon)
{
    return daemon->dials_with_next && daemon->keys->has_next_transport
               ? &daemon->keys->next_transport
               : &daemon->keys->transport;
}

static enum err
dial(struct daemon *daemon, struct why *why)
{
    struct dialler_options options = { .endpoint = daemon->endpoint, .frame_max = FRAME_MAX };
    enum err err = find_endpoint(daemon->endpoint, daemon, why);

    if (err)
        return err;
    memcpy(options.broker.bytes,
           registry_broker_transport(federation_registry(daemon->in_force->federation)), 32);
    memcpy(options.secret.bytes, transport_secret(daemon)->bytes, 32);
    err = dialler_open(&daemon->dialler, daemon->loop, &options, why);
    wipe(&options.secret, sizeof(options.secret));
    if (err)
        return err;
    dialler_on(daemon->dialler, on_dial_event, on_frame, on_drained, daemon);
    daemon->hung_up = daemon->up = false;
    return ERR_OK;
}

/* A broker that was started again may have been given another port. */
static bool
has_moved(const struct daemon *daemon)
{
    char endpoint[ENDPOINT_MAX];

    return !daemon->up && is_endpoint_by_file(daemon)
           && find_endpoint(endpoint, daemon, NULL) == ERR_OK
           && strcmp(endpoint, daemon->endpoint) != 0;
}

/* A connection that was given up is closed here, outside its own callbacks, and made again
   after a while; a broker that has not written its endpoint yet is waited for. */
static void
see_to_connection(struct daemon *daemon)
{
    struct why why;

    if (daemon->dialler != NULL && (daemon->hung_up || has_moved(daemon)))
        dialler_close(&daemon->dialler);
    if (daemon->dialler != NULL || daemon->redial_in-- > 0)
        return;
    if (dial(daemon, &why)) {
        log_event(LOG_NOTICE, "no_broker_yet", "because", why.text, NULL);
        daemon->redial_in = REDIAL_TICKS;
    }
}

/* --- The door ------------------------------------------------------------------------------------- */

static bool
take_argument(void *context, const char *name, const char *value)
{
    struct door_request *request = context;
    const struct {
        const char *name, **place;
    } known[] = {
        { "after", &request->after },
        { "limit", &request->limit },
        { "state", &request->state },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(name, known[i].name) == 0 && *known[i].place == NULL) {
            *known[i].place = value == NULL ? "" : value;
            return true;
        }
    request->stray = name;
    return false;
}

static void
on_request(void *self, const struct http_request *http, struct http_answer *reply)
{
    struct daemon *daemon = self;
    struct door_request request = {
        .method = http->method,
        .path = http->path,
        .idempotency_key = http_header(http, "Idempotency-Key"),
        .body = http->body,
    };
    struct door_answer answer = { .status = 500 };

    http_query_each(http, take_argument, &request);
    buffer_init(&answer.body, reply->body.limit);
    if (daemon->waiting != NULL)
        waiting_answer(daemon, &request, &answer);
    else
        stop_if(daemon, door_answer(daemon->agent, &request, daemon_now(), &answer));
    reply->status = answer.status;
    reply->content_type = answer.content_type;
    snprintf(reply->location, sizeof(reply->location), "%s", answer.location);
    buffer_clear(&reply->body);
    reply->body = answer.body;
}

static void
on_door(void *self)
{
    struct daemon *daemon = self;

    http_server_run(daemon->door);
    daemon_settle(daemon); /* what was taken goes out at once */
}

/* --- Time and signals --------------------------------------------------------------------------------- */

static void
tick(struct daemon *daemon)
{
    if (instant_day(loop_wall_clock()).number != daemon->reported.number)
        daemon_report(daemon);
    daemon_look_at_suspensions(daemon);
    if (daemon->failed == ERR_OK)
        stop_if(daemon, agent_tick(daemon->agent, daemon_now()));
}

static void
on_tick(void *self)
{
    struct daemon *daemon = self;

    if (daemon->waiting == NULL)
        tick(daemon);
    http_server_run(daemon->door); /* slow clients are dropped in time */
    see_to_connection(daemon);
}

static void
on_signal(void *self, int signal)
{
    struct daemon *daemon = self;

    if (signal == SIGHUP && daemon->waiting != NULL)
        waiting_reload(daemon);
    else if (signal == SIGHUP)
        daemon_reload(daemon);
    else
        loop_stop(daemon->loop);
}

/* --- Opening, running, closing ---------------------------------------------------------------------------- */

static enum err
open_door(struct daemon *daemon, struct why *why)
{
    const struct http_options options = {
        .socket_path = daemon->config->socket,
        .body_max = DOOR_BODY_MAX,
        .connections_max = DOOR_CONNECTIONS,
        .unsent_max = DOOR_UNSENT_MAX,
        .timeout_s = DOOR_TIMEOUT_S,
    };
    enum err err = http_server_open(&daemon->door, &options, on_request, daemon, why);

    if (err == ERR_OK)
        loop_watch(daemon->loop, http_server_fd(daemon->door), on_door, daemon);
    return err;
}

enum err
daemon_enter_service(struct daemon *daemon, struct why *why)
{
    const struct agent_outbox outbox = { post, hang_up, daemon_install, daemon_renew, daemon };
    enum err err = agent_new(&daemon->agent, daemon->config->agency, daemon->store,
                             daemon->in_force, daemon->keys, &outbox, daemon_now(), why);

    if (err)
        return err;
    agent_set_mash_telephone(daemon->agent, daemon->config->mash_telephone);
    daemon_go_over(daemon);
    daemon_report(daemon);
    return ERR_OK;
}

static enum err
fill(struct daemon *daemon, struct why *why)
{
    const struct config *config = daemon->config;
    enum err err;

    if ((err = daemon_open_keys(&daemon->keys, config, why)))
        return err;
    if ((err = folder_make(config->archive, 0700, why)))
        return err;
    daemon->suspensions = federation_suspensions_mark(config->federation);
    if ((err = in_force_read(&daemon->in_force, config->federation, config->archive, NULL,
                             loop_wall_clock(), why)))
        return err;
    if ((err = in_force_allows_demo(daemon->in_force, daemon->config->demo, why)))
        return err;
    if ((err = agent_store_open(&daemon->store, config->store, &daemon->keys->master, why)))
        return err;
    if ((err = daemon_must_wait(daemon) ? waiting_begin(daemon, why)
                                        : daemon_enter_service(daemon, why)))
        return err;
    return open_door(daemon, why);
}

enum err
daemon_open(struct daemon **daemon, const struct config *config, const char *config_path,
            struct why *why)
{
    struct daemon *made = mem_new(sizeof(*made));
    enum err err;

    made->config = config;
    made->config_path = config_path;
    made->loop = loop_new();
    err = fill(made, why);
    if (err) {
        daemon_close(&made);
        return err;
    }
    *daemon = made;
    return ERR_OK;
}

enum err
daemon_run(struct daemon *daemon, struct why *why)
{
    log_event(LOG_NOTICE, "serving", "agency", daemon->config->agency, NULL);
    loop_on_signal(daemon->loop, on_signal, daemon);
    loop_every(daemon->loop, TICK_MS, on_tick, daemon);
    see_to_connection(daemon);
    loop_run(daemon->loop);
    if (daemon->failed)
        return because(why, daemon->failed, "the store failed (%s); start again to check it",
                       err_text(daemon->failed));
    log_event(LOG_NOTICE, "stopped", NULL);
    return ERR_OK;
}

void
daemon_close(struct daemon **daemon)
{
    struct daemon *closing = *daemon;

    *daemon = NULL;
    if (closing == NULL)
        return;
    dialler_close(&closing->dialler);
    waiting_end(closing);
    if (closing->door != NULL)
        loop_unwatch(closing->loop, http_server_fd(closing->door));
    http_server_close(&closing->door);
    agent_free(&closing->agent);
    agent_store_close(&closing->store);
    in_force_free(&closing->in_force);
    node_keys_free(&closing->keys);
    loop_free(&closing->loop);
    free(closing);
}
