#include "http/unix_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MODE = 0660, BACKLOG = 64 };

static bool
somebody_answers(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused;

    if (fd < 0)
        return true; /* we do not know */
    refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0
              && errno == ECONNREFUSED;
    close(fd);
    return !refused;
}

static enum err
remove_stale(const struct sockaddr_un *address, struct why *why)
{
    const char *path = address->sun_path;
    struct stat status;

    if (lstat(path, &status) < 0)
        return errno == ENOENT ? ERR_OK : because(why, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(status.st_mode))
        return because(why, ERR_CONFLICT, "%s is there and is not a socket", path);
    if (somebody_answers(address))
        return because(why, ERR_CONFLICT, "%s: somebody answers there already", path);
    if (unlink(path) < 0)
        return because(why, ERR_IO, "%s: %s", path, strerror(errno));
    return ERR_OK;
}

static enum err
bind_and_listen(struct unix_socket *listening, const struct sockaddr_un *address,
                struct why *why)
{
    struct stat status;

    /* Before it has a name, so that there is no moment in which others may connect; and
       after, because the umask may have taken more. */
    if (fchmod(listening->fd, MODE) < 0
        || bind(listening->fd, (const struct sockaddr *)address, sizeof(*address)) < 0
        || chmod(address->sun_path, MODE) < 0 || listen(listening->fd, BACKLOG) < 0
        || lstat(address->sun_path, &status) < 0)
        return because(why, ERR_IO, "%s: %s", address->sun_path, strerror(errno));
    listening->device = status.st_dev;
    listening->inode = status.st_ino;
    return ERR_OK;
}

enum err
unix_socket_open(struct unix_socket *out, const char *path, struct why *why)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct unix_socket listening;
    enum err err;

    if (strlen(path) >= sizeof(address.sun_path))
        return because(why, ERR_TOO_BIG, "%s: a socket's path has at most %zu characters", path,
                       sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path));
    if ((err = remove_stale(&address, why)))
        return err;
    listening.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listening.fd < 0)
        return because(why, ERR_IO, "%s: %s", path, strerror(errno));
    if ((err = bind_and_listen(&listening, &address, why)))
        close(listening.fd);
    else
        *out = listening;
    return err;
}

void
unix_socket_remove(const struct unix_socket *listening, const char *path)
{
    struct stat status;

    if (lstat(path, &status) == 0 && status.st_dev == listening->device
        && status.st_ino == listening->inode)
        unlink(path);
}
