#ifndef KITH_AGENT_DOOR_H
#define KITH_AGENT_DOOR_H

#include "agent/agent.h"
#include "federation/join.h"

/*
 * The agent's door to its own agency's systems: JSON over HTTP on a Unix socket.  What the
 * socket's file permissions let in may publish and receive for this agency; nothing here
 * names a recipient otherwise than by its type.  doc/api.md
 *
 * This half knows requests and answers; daemon.c knows sockets.
 */
enum {
    DOOR_BODY_MAX = 256 * 1024,
    DOOR_PAGE_MAX = 200,              /* messages of the inbox in one answer */
    DOOR_PAGE_BYTES = 4 * 1024 * 1024 /* beyond it a page holds no second message */
};

struct door_request {
    const char *method, *path;
    const char *after, *limit, *state; /* query; NULL when not given */
    const char *stray;                 /* the first name in the query that is none of these,
                                          or is one of them again; NULL: none */
    const char *idempotency_key;       /* NULL when not given */
    struct bytes body;
};

struct door_answer {
    int status;
    const char *content_type;
    struct buffer body; /* the caller's, initialised */
    char location[64];
};

/* The door while the agency has asked to join and is not in the registry. */
struct waiting_view {
    const struct join_request *request;
    enum link_state link;
    uint32_t registry_version;
};
void door_answer_waiting(const struct waiting_view *view, const struct door_request *request,
                         struct door_answer *answer);

/* Anything but ERR_OK: the store cannot be trusted any more; stop the process. */
enum err door_answer(struct agent *agent, const struct door_request *request, struct moment now,
                     struct door_answer *answer) MUST_CHECK;

#endif
