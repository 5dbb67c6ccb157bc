#ifndef KITH_NET_TCP_H
#define KITH_NET_TCP_H

#include <stdbool.h>
#include <stdint.h>

/* What the kernel knows of a connection.  The descriptor may be closed, or another's. */

/* Unlike its descriptor, never used again; 0: there is no such socket. */
uint64_t tcp_cookie(int fd);
/* Bytes so far, read or not; false when it is not a TCP connection. */
bool tcp_received(int fd, uint64_t *bytes);

#endif
