#ifndef KITH_BROKER_PEERS_H
#define KITH_BROKER_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/instant.h"
#include "wire/frame.h"

/*
 * The sessions of connected agents.  A session is a connection of an authenticated
 * transport key; which agency that is was looked up when it was first heard.  At most one
 * session of an agency is in service.  A guest is of agency 0.
 */
enum peer_state {
    PEER_NEW,   /* connected; has not said HELLO */
    PEER_READY, /* in service */
    PEER_GUEST, /* not an agency yet: its key is that of an invite */
    PEER_STATES
};

struct peer {
    uint64_t session;
    uint8_t transport[32];
    uint32_t agency;
    enum peer_state state;
    int64_t heard_ms;  /* steady */
    int64_t pinged_ms; /* steady */

    /* To it: what it lets us have under way. */
    uint32_t credit_messages;
    uint64_t credit_bytes;
    uint64_t sent; /* last queue position sent in this session */
    bool more;     /* its queue may hold something after `sent` */

    /* From it: what we let it have under way. */
    uint32_t allowed_messages;
    uint64_t allowed_bytes;
    uint32_t used_messages; /* since credit was last given back */
    uint64_t used_bytes;

    /* The grants that it publishes under, as they are given out, of the documents in force. */
    struct buffer grants;
    uint8_t grants_digest[32];
    uint64_t grants_learned; /* from which documents; 0: from none */
    int64_t offered_ms;      /* steady: when it last offered its intake keys */
    bool turned_away;        /* a guest that was told why, and is to hang up itself */
};

struct peers;

struct peers *peers_new(void);
void peers_free(struct peers **peers);

/* NULL when there is none. */
struct peer *peers_find(struct peers *peers, uint64_t session);
struct peer *peers_add(struct peers *peers, uint64_t session, const uint8_t transport[32],
                       uint32_t agency);
void peers_remove(struct peers *peers, uint64_t session);
/* Puts a session into service, in the place of any other of the same agency. */
void peers_serve(struct peers *peers, struct peer *peer);
/* The session of that agency that is in service, or NULL. */
struct peer *peers_serving(struct peers *peers, uint32_t agency);
size_t peers_count(const struct peers *peers);
/* A peer with something to be done for it at the next commit. */
void peers_mark(struct peers *peers, struct peer *peer);
/* Each marked peer once; a mark goes unless `each` returns true. */
void peers_each_marked(struct peers *peers, bool (*each)(void *context, struct peer *peer),
                       void *context);
/* Each peer; it may remove the one it is called with. */
void peers_each(struct peers *peers, void (*each)(void *context, struct peer *peer),
                void *context);

#endif
