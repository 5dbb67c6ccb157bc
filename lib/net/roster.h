#ifndef KITH_NET_ROSTER_H
#define KITH_NET_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/map.h"
#include "net/gate.h"
#include "net/listener.h"

/*
 * Who is connected.  Three things are known at different moments, and the roster puts them
 * together: that a descriptor was accepted (a socket event), that a key was let in (the
 * gate), and which routing id and descriptor a frame came by (the frame).
 *
 * Each connection that is let in gets a number of its own, which libzmq attaches to each
 * of its frames (User-Id): so a frame tells its connection, whatever routing id the peer
 * chose.  Numbers grow, and socket events are read before a number is given: hence a frame
 * whose number is not above `floor` of the descriptor it names came by an earlier
 * connection that had the same descriptor.
 */
enum { ROUTING_ID = 5 }; /* as libzmq assigns them: a zero and four bytes */

struct connection {
    struct session session;
    int fd;        /* -1: no frame has come by it yet */
    int64_t since; /* let in, monotonic milliseconds */
    bool is_cut;   /* nothing more is heard from it */
    int leaves_in; /* ticks until it is shut down; 0: it is not waited for */
    bool ended;    /* its descriptor is closed; frames of it may still wait */
    uint8_t routing_id[ROUTING_ID];
    struct connection *next_ended;
};

struct accepted {
    bool open;
    uint64_t floor; /* numbers given before it was accepted */
    int64_t since;
    uint64_t number; /* of its connection; 0: no frame has come by it yet */
};

struct roster {
    struct map connections; /* by number */
    struct accepted *accepted;
    size_t accepted_count;
    uint64_t last_number;
    struct connection *ended;
    unsigned live;
};

void roster_clear(struct roster *roster);

/* A key is let in; writes the User-Id of its frames. */
void roster_let_in(struct roster *roster, const struct curve_public *key, int64_t now,
                   char user_id[USER_ID]);
unsigned roster_of_key(const struct roster *roster, const struct curve_public *key);

void roster_accepted(struct roster *roster, int fd, int64_t now);
void roster_disconnected(struct roster *roster, int fd);

/* The connection that a frame's User-Id names, or NULL.  Only the number is read from it:
   what the number stands for is ours. */
struct connection *roster_find(const struct roster *roster, const char *user_id);
struct connection *roster_get(const struct roster *roster, uint64_t number);
/* Its first frame has come by this descriptor and routing id.  All socket events must have
   been read. */
void roster_join(struct roster *roster, struct connection *connection, int fd,
                 const uint8_t routing_id[ROUTING_ID]);

/* Ends those who were let in before `early` and not heard of since. */
void roster_expire(struct roster *roster, int64_t early);
/* Forgets those who have ended, telling each. */
void roster_forget(struct roster *roster,
                   void (*gone)(void *self, const struct session *session), void *self);
/* An open descriptor, accepted before `early`, by which no frame has come; -1: none.  Start
   with *at = 0. */
int roster_next_silent(const struct roster *roster, int64_t early, size_t *at);

#endif
