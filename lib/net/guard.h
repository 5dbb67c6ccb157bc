#ifndef KITH_NET_GUARD_H
#define KITH_NET_GUARD_H

#include <stddef.h>

/*
 * The bound on what peers can make libzmq hold.
 *
 * libzmq counts a message when its last part has come, so its high-water marks do not see a
 * message that never ends; and it has no call to end one connection.  The kernel knows how
 * many bytes a connection has received (TCP_INFO), and we know how many have been heard:
 * a connection whose difference goes beyond the limit is shut down, on which libzmq
 * forgets what it held.
 *
 * A thread of its own looks, because the loop may be busy (a slow disk) for longer than a
 * peer needs to fill the memory.  It sleeps while nothing is received, and looks only at
 * connections that have received something.  It never touches a socket of libzmq.
 *
 * Connections are named by their descriptor, which libzmq may close and the system give
 * anew at any moment: the guard remembers the socket's cookie and leaves another alone.
 */
struct guard;

struct guard_limits {
    size_t connection; /* bytes on the wire */
    size_t total;      /* of all connections; the one with most is shut down */
};

/* Enough for what an honest peer may have under way, at least `connection`. */
struct guard_limits guard_limits_for(size_t connection, size_t frame_max);

struct guard *guard_start(struct guard_limits limits);
void guard_stop(struct guard **guard);
void guard_add(struct guard *guard, int fd);
void guard_remove(struct guard *guard, int fd);
/* A whole message of that many bytes on the wire has been heard from the connection. */
void guard_heard(struct guard *guard, int fd, size_t wire_size);
void guard_cut(struct guard *guard, int fd);

#endif
