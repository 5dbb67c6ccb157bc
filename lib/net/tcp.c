#include "net/tcp.h"

/* The kernel's own, because the C library's tcp_info ends before the bytes received. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

uint64_t
tcp_cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) < 0)
        return 0;
    return cookie;
}

bool
tcp_received(int fd, uint64_t *bytes)
{
    struct tcp_info info = { .tcpi_bytes_received = 0 };
    socklen_t len = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        return false;
    *bytes = info.tcpi_bytes_received;
    return true;
}
