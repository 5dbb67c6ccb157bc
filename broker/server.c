#include "broker/server.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreement/standing.h"
#include "broker/broker.h"
#include "broker/server_parts.h"
#include "core/conf.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "federation/node_keys.h"
#include "federation/shared.h"
#include "net/link.h"
#include "wire/frame.h"

enum {
    TICK_MS = 500, /* a suspension is to take effect within a second */
    FLOOR_FILE_MAX = 64
};

struct server {
    const struct config *config;
    char *floor_path; /* the size of the log, kept outside the store */
    uint64_t floor;
    struct node_keys *keys;
    struct in_force *in_force;
    struct store *store;
    struct loop *loop;
    struct listener *listener;
    struct broker *broker;
    struct day reported;
    struct invite_folder invites;
    bool read_again;      /* something in the federation's folder has changed */
    uint64_t suspensions; /* the mark of the folder when it was last read */
    enum err failed;      /* why the loop was left */
};

static struct moment
now(void)
{
    return (struct moment){ .wall = loop_wall_clock(), .steady_ms = loop_monotonic_ms() };
}

/* The store cannot be trusted any more: stop, and let the next start look at it. */
static void
stop_if(struct server *server, enum err err)
{
    if (err == ERR_OK || server->failed != ERR_OK)
        return;
    log_event(LOG_ERROR, "store_failed", "because", err_text(err), NULL);
    server->failed = err;
    loop_stop(server->loop);
}

/* --- What the world does to us --------------------------------------------------------------- */

static bool
may_enter(void *self, const struct curve_public *key)
{
    struct server *server = self;

    return registry_agency_by_transport(federation_registry(server->in_force->federation),
                                        key->bytes, instant_day(loop_wall_clock()))
               != NULL
           || invite_folder_knows(&server->invites, key->bytes);
}

static void
on_frame(void *self, const struct session *session, struct bytes frame)
{
    struct server *server = self;
    const struct visitor visitor = { session->number, session->key.bytes };

    if (server->failed == ERR_OK)
        stop_if(server, broker_hear(server->broker, &visitor, frame, now()));
}

static void
on_drained(void *self)
{
    struct server *server = self;

    if (server->failed == ERR_OK)
        stop_if(server, broker_commit(server->broker, now()));
}

static void
on_end(void *self, const struct session *session)
{
    struct server *server = self;

    broker_left(server->broker, session->number);
}

static void
write_floor(struct server *server)
{
    uint64_t size = broker_counts(server->broker).log_size;
    char text[FLOOR_FILE_MAX];
    struct why why;

    if (size == server->floor)
        return;
    snprintf(text, sizeof(text), "%" PRIu64 "\n", size);
    if (file_write(server->floor_path, bytes_of_text(text), 0600, &why))
        log_event(LOG_ALARM, "floor_not_written", "do", "look at the disk", NULL);
    else
        server->floor = size;
}

/* At the start, when something changes, and every midnight. */
static void
report(struct server *server)
{
    server->reported = instant_day(loop_wall_clock());
    in_force_report(server->in_force, loop_wall_clock());
}

/* Not with the rest of the federation's folder: a document that is half changed must not
   keep a stolen agent in.  A signature comes before its text, and the text in one piece. */
static void
look_at_suspensions(struct server *server)
{
    uint64_t mark = federation_suspensions_mark(server->config->federation);
    struct why why;

    if (mark == server->suspensions)
        return;
    server->suspensions = mark;
    if (in_force_read_suspensions(server->in_force, server->config->federation,
                                  server->config->archive, loop_wall_clock(), &why)) {
        log_event(LOG_ALARM, "suspensions_not_read", "because", why.text, "do",
                  "mend it; who was suspended stays suspended", NULL);
        return;
    }
    broker_suspensions_changed(server->broker);
    log_event(LOG_NOTICE, "suspensions_read", NULL);
    report(server);
}

static void
read_federation_again(struct server *server)
{
    struct in_force *old = server->in_force, *fresh;
    uint64_t mark = federation_suspensions_mark(server->config->federation);
    struct why why;

    server->read_again = false;
    if (in_force_read(&fresh, server->config->federation, server->config->archive, old,
                      loop_wall_clock(), &why)) {
        log_event(LOG_ALARM, "not_reloaded", "because", why.text, "do",
                  "mend it and send SIGHUP again; what was in force stays in force", NULL);
        return;
    }
    server->suspensions = mark;
    server->in_force = fresh;
    broker_adopt(server->broker, fresh, now());
    in_force_free(&old);
    log_event(LOG_NOTICE, "reloaded", NULL);
    report(server);
}

static void
on_tick(void *self)
{
    struct server *server = self;

    if (instant_day(loop_wall_clock()).number != server->reported.number)
        report(server);
    if (server->failed == ERR_OK) {
        look_at_suspensions(server);
        stop_if(server, broker_tick(server->broker, now()));
    }
    write_floor(server);
    if (invite_folder_look(&server->invites, server->broker, loop_wall_clock()))
        server->read_again = true;
    if (server->read_again)
        read_federation_again(server);
}

/* Now on disk; read when nothing is being heard. */
static void
keep_offer(void *self, const struct agency *agency, struct bytes intake)
{
    struct server *server = self;
    struct why why;

    if (federation_install_offer(server->config->federation, server->in_force->federation,
                                 agency, intake, &why))
        log_event(LOG_ALARM, "offer_not_kept", "agency", agency->name, "because", why.text,
                  NULL);
    else
        server->read_again = true;
}

static enum err
keep_request(void *self, struct open_invite *invite, struct bytes request)
{
    struct server *server = self;
    struct why why;
    enum err err = invites_put_request(server->invites.path, invite, request, &why);

    if (err)
        log_event(LOG_ALARM, "request_not_kept", "agency", invite->agency, "because", why.text,
                  NULL);
    return err;
}

static void
on_signal(void *self, int signal)
{
    struct server *server = self;

    if (signal == SIGHUP) {
        read_federation_again(server);
        return;
    }
    broker_say_goodbye(server->broker);
    loop_stop(server->loop);
}

/* --- What we do to the world ------------------------------------------------------------------- */

static enum sent
post(void *self, uint64_t session, struct bytes frame)
{
    struct server *server = self;

    return listener_send(server->listener, session, frame);
}

static void
cut(void *self, uint64_t session)
{
    struct server *server = self;

    listener_dismiss(server->listener, session);
}

/* --- Opening, running, closing ------------------------------------------------------------------- */

static enum err
check_transport_key(const struct server *server, struct why *why)
{
    const uint8_t *listed =
        registry_broker_transport(federation_registry(server->in_force->federation));

    if (memcmp(listed, server->keys->transport_public.bytes, 32) != 0)
        return because(why, ERR_REFUSED,
                       "%s/transport.key: is not the broker's transport key in the registry",
                       server->config->keys);
    return ERR_OK;
}

static enum err
read_floor(struct server *server, struct why *why)
{
    struct buffer text;
    char *end;
    enum err err;

    buffer_init(&text, FLOOR_FILE_MAX);
    err = file_read(&text, server->floor_path, why);
    if (err == ERR_NOT_FOUND) {
        buffer_clear(&text);
        return ERR_OK;
    }
    if (err == ERR_OK) {
        server->floor = strtoull(buffer_text(&text), &end, 10);
        if (end == buffer_text(&text) || *end != '\n')
            err = because(why, ERR_CORRUPT, "%s: does not hold a number", server->floor_path);
    }
    buffer_clear(&text);
    return err;
}

/* "sqlite:PATH" with PATH as seen from the configuration file. */
static char *
store_address(const struct config *config, const char *config_path)
{
    static const char scheme[] = "sqlite:";
    struct buffer address;
    size_t len;
    char *path;

    if (strncmp(config->store, scheme, strlen(scheme)) != 0)
        return mem_text(config->store);
    path = conf_path(config_path, config->store + strlen(scheme));
    buffer_init(&address, FILE_PATH_MAX);
    buffer_print(&address, "%s%s", scheme, path);
    free(path);
    return (char *)buffer_take(&address, &len);
}

static enum err
open_store(struct server *server, const char *config_path, struct store_head *head,
           struct why *why)
{
    char *address = store_address(server->config, config_path);
    enum err err = store_open(&server->store, address, why);

    free(address);
    server->floor_path = mem_array(strlen(server->config->archive) + 16, 1);
    snprintf(server->floor_path, strlen(server->config->archive) + 16, "%s/log.size",
             server->config->archive);
    if (err || (err = read_floor(server, why)))
        return err;
    return store_acquire(server->store, server->floor, head, why);
}

static enum err
open_listener(struct server *server, struct why *why)
{
    struct listener_options options = {
        .endpoint = server->config->endpoint,
        .frame_max = FRAME_MAX,
        .connections_max = (unsigned)server->config->connections_max,
        .undelivered_max = 8 * FRAME_MAX,
    };
    const struct doorman doorman = { may_enter, server };
    enum err err;

    memcpy(options.secret.bytes, server->keys->transport.bytes, sizeof(options.secret.bytes));
    err = listener_open(&server->listener, server->loop, &options, &doorman, why);
    wipe(&options.secret, sizeof(options.secret));
    if (err)
        return err;
    listener_on_frame(server->listener, on_frame, on_drained, server);
    listener_on_end(server->listener, on_end, server);
    return ERR_OK;
}

static enum err
tell_endpoint(const struct server *server, struct why *why)
{
    char text[512];

    if (server->config->endpoint_file[0] == 0)
        return ERR_OK;
    snprintf(text, sizeof(text), "%s\n", listener_endpoint(server->listener));
    return file_write(server->config->endpoint_file, bytes_of_text(text), 0644, why);
}

static enum err
fill(struct server *server, const char *config_path, struct why *why)
{
    const struct broker_outbox outbox = { post, cut, keep_offer, keep_request, server };
    struct store_head head;
    enum err err;

    if ((err = node_keys_open(&server->keys, server->config->keys, NODE_BROKER,
                              server->config->passphrase_file, server->config->demo, why)))
        return err;
    if ((err = folder_make(server->config->archive, 0700, why)))
        return err;
    server->suspensions = federation_suspensions_mark(server->config->federation);
    if ((err = in_force_read(&server->in_force, server->config->federation,
                             server->config->archive, NULL, loop_wall_clock(), why)))
        return err;
    if ((err = in_force_allows_demo(server->in_force, server->config->demo, why)))
        return err;
    if ((err = check_transport_key(server, why)))
        return err;
    if ((err = open_store(server, config_path, &head, why)))
        return err;
    server->broker = broker_new(server->store, head, server->in_force, &outbox);
    server->invites.path = server->config->invites;
    (void)invite_folder_look(&server->invites, server->broker, loop_wall_clock());
    report(server);
    return open_listener(server, why);
}

enum err
server_open(struct server **server, const struct config *config, const char *config_path,
            struct why *why)
{
    struct server *made = mem_new(sizeof(*made));
    enum err err;

    made->config = config;
    made->loop = loop_new();
    err = fill(made, config_path, why);
    if (err) {
        server_close(&made);
        return err;
    }
    *server = made;
    return ERR_OK;
}

enum err
server_run(struct server *server, struct why *why)
{
    enum err err = tell_endpoint(server, why);

    if (err)
        return err;
    log_event(LOG_NOTICE, "serving", "endpoint", listener_endpoint(server->listener), NULL);
    loop_on_signal(server->loop, on_signal, server);
    loop_every(server->loop, TICK_MS, on_tick, server);
    loop_run(server->loop);
    write_floor(server);
    if (server->failed)
        return because(why, server->failed, "the store failed (%s); start again to check it",
                       err_text(server->failed));
    log_event(LOG_NOTICE, "stopped", NULL);
    return ERR_OK;
}

void
server_close(struct server **server)
{
    if (*server == NULL)
        return;
    listener_close(&(*server)->listener);
    broker_free(&(*server)->broker);
    invite_folder_clear(&(*server)->invites);
    store_close(&(*server)->store);
    in_force_free(&(*server)->in_force);
    node_keys_free(&(*server)->keys);
    loop_free(&(*server)->loop);
    free((*server)->floor_path);
    free(*server);
    *server = NULL;
}
