#ifndef KITH_AGENT_DAEMON_PARTS_H
#define KITH_AGENT_DAEMON_PARTS_H

#include "agent/agent.h"
#include "agent/daemon.h"
#include "agent/door.h"
#include "federation/node_keys.h"
#include "http/http.h"
#include "net/link.h"

/* The inside of the shell: daemon.c (sockets, signals, time), daemon_suspensions.c and daemon_reload.c (what is read
   from the federation's folder and the keys', and written there). */

enum { ENDPOINT_MAX = 512 };

struct daemon {
    const struct config *config;
    const char *config_path;
    struct node_keys *keys;
    struct in_force *in_force;
    struct agent_store *store;
    struct agent *agent;     /* NULL: waiting to be admitted */
    struct waiting *waiting; /* NULL: in service */
    struct loop *loop;
    struct dialler *dialler;
    char endpoint[ENDPOINT_MAX]; /* as last dialled */
    struct http_server *door;
    bool up;
    bool hung_up;         /* the core wants the connection made anew */
    int redial_in;        /* ticks */
    bool dials_with_next; /* transport key: the present one was refused */
    struct day reported;
    uint64_t suspensions; /* the mark of the folder when it was last read by itself */
    enum err failed;
};

struct moment daemon_now(void);
void daemon_settle(struct daemon *daemon);
/* There is an agent from now on. */
enum err daemon_enter_service(struct daemon *daemon, struct why *why) MUST_CHECK;
/* The connection is made anew after a while. */
void daemon_hang_up(struct daemon *daemon);

/* The federation and our keys again. */
enum err daemon_reload_keys(struct daemon *daemon, struct why *why) MUST_CHECK;

/* daemon_suspensions.c: reads them, and nothing else, when they have changed. */
void daemon_look_at_suspensions(struct daemon *daemon);

/* daemon_waiting.c: until the registry names us. */
bool daemon_must_wait(const struct daemon *daemon);
enum err waiting_begin(struct daemon *daemon, struct why *why) MUST_CHECK;
void waiting_end(struct daemon *daemon);
void waiting_dial_event(struct daemon *daemon, enum dial_event event);
void waiting_hear(struct daemon *daemon, struct bytes frame);
void waiting_reload(struct daemon *daemon);
void waiting_answer(struct daemon *daemon, const struct door_request *request,
                    struct door_answer *answer);

/* daemon_reload.c */
enum err daemon_open_keys(struct node_keys **keys, const struct config *config,
                          struct why *why) MUST_CHECK;
/* Who is suspended, and nothing else of the federation. */
enum err daemon_read_suspensions(struct daemon *daemon, struct why *why) MUST_CHECK;
/* To the next transport key, once the registry names it. */
void daemon_go_over(struct daemon *daemon);
/* Logs what a person should see to: at the start, when something changes, every midnight. */
void daemon_report(struct daemon *daemon);
/* The federation and our keys, all of it or nothing. */
void daemon_reload(struct daemon *daemon);
/* agent_outbox.install */
enum err daemon_install(void *self, enum document_wanted what, struct bytes content,
                        const struct bytes *minisigs, size_t count, struct why *why);
/* agent_outbox.renew */
enum err daemon_renew(void *self, const struct numbered_secret *signing, struct buffer *offer,
                      struct why *why);

#endif
