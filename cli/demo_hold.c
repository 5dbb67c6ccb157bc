#include "cli/demo_hold.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/demo_processes.h"

/* Asked so often that no socket takes all the answers. */
enum { TIMES = 16, STILL_MS = 100, STEP_MS = 10, LONGEST_MS = 3000 };

static int
connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool
ask(int fd)
{
    static const char request[] = "GET /v1/inbox?limit=200 HTTP/1.1\r\nHost: agent\r\n\r\n";

    for (int i = 0; i < TIMES; i++)
        if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
            return false;
    return true;
}

/* Something has come, and nothing more comes: it is full. */
static bool
await_full(int fd)
{
    int before = -1, there = 0;
    unsigned still = 0;

    for (unsigned waited = 0; waited < LONGEST_MS && still < STILL_MS; waited += STEP_MS) {
        if (ioctl(fd, FIONREAD, &there) != 0)
            return false;
        still = there > 0 && there == before ? still + STEP_MS : 0;
        before = there;
        pause_ms(STEP_MS);
    }
    return still >= STILL_MS;
}

int
inbox_hold(const char *socket_path, struct why *why)
{
    int fd = connect_to(socket_path);

    if (fd >= 0 && ask(fd) && await_full(fd))
        return fd;
    because(why, ERR_IO, "%s: cannot be made to wait: %s", socket_path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}
