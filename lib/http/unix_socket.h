#ifndef KITH_HTTP_UNIX_SOCKET_H
#define KITH_HTTP_UNIX_SOCKET_H

#include <sys/stat.h>

#include "core/err.h"

/* A listening Unix socket, and which file it is. */
struct unix_socket {
    int fd;
    dev_t device;
    ino_t inode;
};

/* Mode 0660.  A socket on which nobody answers is replaced; anything else is not:
   ERR_CONFLICT. */
enum err unix_socket_open(struct unix_socket *listening, const char *path,
                          struct why *why) MUST_CHECK;
/* Removes the file, when it is still the one that was made; fd is the caller's to close. */
void unix_socket_remove(const struct unix_socket *listening, const char *path);

#endif
