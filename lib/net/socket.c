#include "net/socket.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/key.h"

/* ZMQ_ZAP_ENFORCE_DOMAIN.  The header hides it as a draft, and czmq's call for it does
   nothing; the library has it, and without it a server whose ZAP handler is missing lets
   everybody in. */
enum { ENFORCE_DOMAIN = 93 };

/* libzmq tells a writer of what was read only every half high-water mark: twice what may be
   under way. */
enum { HANDSHAKE_MS = 2000, SEND_HWM = 128, LINGER_MS = 2000 };

struct option {
    int name;
    int value;
};

static enum err
refused(struct why *why, int name)
{
    return because(why, ERR_IO, "libzmq refused socket option %d: %s", name,
                   zmq_strerror(errno));
}

static enum err
set_bytes(zsock_t *socket, int name, const void *value, size_t len, struct why *why)
{
    if (zmq_setsockopt(zsock_resolve(socket), name, value, len) < 0)
        return refused(why, name);
    return ERR_OK;
}

static enum err
set_all(zsock_t *socket, const struct option *options, size_t count, struct why *why)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < count && !err; i++)
        err = set_bytes(socket, options[i].name, &options[i].value, sizeof(int), why);
    return err;
}

/* Both sides: never block, notice a dead peer, hold little. */
static enum err
set_common(zsock_t *socket, size_t frame_max, struct why *why)
{
    static const struct option common[] = {
        { ZMQ_SNDTIMEO, 0 },
        { ZMQ_SNDHWM, SEND_HWM },
        { ZMQ_RCVHWM, RECEIVE_HWM },
        { ZMQ_RCVBUF, KERNEL_BUFFER },
        { ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS },
        { ZMQ_HEARTBEAT_IVL, 5000 },
        { ZMQ_HEARTBEAT_TIMEOUT, 15000 },
        { ZMQ_HEARTBEAT_TTL, 20000 },
        { ZMQ_IPV6, 0 },
    };
    /* libzmq measures the encrypted frame; the handshake's own need some 400 bytes. */
    int64_t wire_max = (int64_t)(frame_max > 512 ? frame_max : 512) + CURVE_OVERHEAD;
    enum err err;

    if ((err = set_all(socket, common, sizeof(common) / sizeof(*common), why)))
        return err;
    return set_bytes(socket, ZMQ_MAXMSGSIZE, &wire_max, sizeof(wire_max), why);
}

static enum err
set_server(zsock_t *socket, const struct curve_secret *secret, size_t frame_max,
           const char *zap_domain, struct why *why)
{
    static const struct option server[] = {
        { ZMQ_CURVE_SERVER, 1 },     { ENFORCE_DOMAIN, 1 },
        { ZMQ_ROUTER_MANDATORY, 1 }, /* or frames for a full or absent peer vanish */
        { ZMQ_ROUTER_HANDOVER, 0 },  /* or a peer can take over another's routing id */
        { ZMQ_LINGER, 0 },           { ZMQ_BACKLOG, 1024 },
    };
    enum err err;

    if ((err = set_common(socket, frame_max, why)))
        return err;
    if ((err = set_all(socket, server, sizeof(server) / sizeof(*server), why)))
        return err;
    if ((err = set_bytes(socket, ZMQ_ZAP_DOMAIN, zap_domain, strlen(zap_domain), why)))
        return err;
    return set_bytes(socket, ZMQ_CURVE_SECRETKEY, secret->bytes, 32, why);
}

static enum err
set_client(zsock_t *socket, const struct curve_public *server,
           const struct curve_secret *secret, size_t frame_max, struct why *why)
{
    static const struct option client[] = {
        { ZMQ_IMMEDIATE, 1 },    /* queue only for a broker that is there */
        { ZMQ_PROBE_ROUTER, 1 }, /* an empty frame first, by which a listener knows us */
        { ZMQ_RECONNECT_IVL, 200 }, { ZMQ_RECONNECT_IVL_MAX, 5000 }, { ZMQ_LINGER, LINGER_MS },
    };
    struct curve_public public;
    enum err err;

    curve_public_of(&public, secret);
    if ((err = set_common(socket, frame_max, why)))
        return err;
    if ((err = set_all(socket, client, sizeof(client) / sizeof(*client), why)))
        return err;
    if ((err = set_bytes(socket, ZMQ_CURVE_SERVERKEY, server->bytes, 32, why)))
        return err;
    if ((err = set_bytes(socket, ZMQ_CURVE_PUBLICKEY, public.bytes, 32, why)))
        return err;
    return set_bytes(socket, ZMQ_CURVE_SECRETKEY, secret->bytes, 32, why);
}

enum err
endpoint_check(const char *endpoint, struct why *why)
{
    const char *colon = strrchr(endpoint, ':');
    char *end;
    unsigned long port;

    if (strncmp(endpoint, "tcp://", 6) == 0 && colon > endpoint + 6) {
        port = strtoul(colon + 1, &end, 10);
        if (strcmp(colon, ":*") == 0)
            return ERR_OK;
        if (isdigit((unsigned char)colon[1]) && *end == 0 && port > 0 && port <= 65535)
            return ERR_OK;
    }
    return because(why, ERR_MALFORMED, "%s: an endpoint is tcp://ADDRESS:PORT", endpoint);
}

enum err
socket_serve(zsock_t **out, const struct curve_secret *secret, size_t frame_max,
             const char *zap_domain, struct why *why)
{
    zsock_t *socket = zsock_new(ZMQ_ROUTER);
    enum err err = set_server(socket, secret, frame_max, zap_domain, why);

    if (err)
        zsock_destroy(&socket);
    else
        *out = socket;
    return err;
}

enum err
socket_dial(zsock_t **out, const struct curve_public *server, const struct curve_secret *secret,
            size_t frame_max, struct why *why)
{
    zsock_t *socket = zsock_new(ZMQ_DEALER);
    enum err err = set_client(socket, server, secret, frame_max, why);

    if (err)
        zsock_destroy(&socket);
    else
        *out = socket;
    return err;
}

/* --- Parts ------------------------------------------------------------------------------ */

bool
socket_receive(zsock_t *socket, zmq_msg_t *part)
{
    zmq_msg_init(part);
    if (zmq_msg_recv(part, zsock_resolve(socket), ZMQ_DONTWAIT) >= 0)
        return true;
    zmq_msg_close(part);
    return false;
}

size_t
socket_skip(zsock_t *socket, zmq_msg_t *part)
{
    size_t skipped = 0;
    bool more = zmq_msg_more(part);

    while (more) {
        zmq_msg_t next;

        if (!socket_receive(socket, &next)) /* a message arrives whole or not at all */
            break;
        skipped += socket_wire_size(&next);
        more = zmq_msg_more(&next);
        zmq_msg_close(&next);
    }
    return skipped;
}

/* libzmq looks at what its input-output thread has told the socket (a new connection, room
   in a pipe) only now and then; asking for ZMQ_EVENTS makes it look. */
static void
catch_up(void *socket)
{
    int events;
    size_t len = sizeof(events);

    zmq_getsockopt(socket, ZMQ_EVENTS, &events, &len);
}

enum sent
socket_send(zsock_t *socket, struct bytes part, int flags)
{
    void *handle = zsock_resolve(socket);

    flags |= ZMQ_DONTWAIT;
    if (zmq_send(handle, part.data, part.len, flags) >= 0)
        return SENT_OK;
    if (errno == EAGAIN) {
        catch_up(handle);
        if (zmq_send(handle, part.data, part.len, flags) >= 0)
            return SENT_OK;
    }
    return errno == EAGAIN ? SENT_LATER : SENT_GONE;
}

size_t
socket_wire_size(zmq_msg_t *part)
{
    size_t boxed = zmq_msg_size(part) + CURVE_OVERHEAD;

    return boxed + (boxed > 255 ? 9 : 2);
}

/* --- Monitors ----------------------------------------------------------------------------- */

/* Our end has no high-water mark: a full monitor would stop the input-output thread. */
static enum err
connect_monitor(zsock_t *monitor, const char *address, struct why *why)
{
    static const struct option ours[] = { { ZMQ_RCVHWM, 0 }, { ZMQ_SNDHWM, 0 } };
    enum err err;

    if ((err = set_all(monitor, ours, 2, why)))
        return err;
    if (zmq_connect(zsock_resolve(monitor), address) < 0)
        return because(why, ERR_IO, "monitor: %s", zmq_strerror(errno));
    return ERR_OK;
}

enum err
monitor_open(zsock_t **out, zsock_t *of, int kinds, struct why *why)
{
    zsock_t *monitor;
    uint64_t number;
    char address[64];
    enum err err;

    /* Its own each time: the one before is given back some time after it is closed. */
    random_fill(&number, sizeof(number));
    snprintf(address, sizeof(address), "inproc://kith.monitor.%016" PRIx64, number);
    if (zmq_socket_monitor(zsock_resolve(of), address, kinds) < 0)
        return because(why, ERR_IO, "monitor: %s", zmq_strerror(errno));
    monitor = zsock_new(ZMQ_PAIR);
    if ((err = connect_monitor(monitor, address, why)))
        monitor_close(&monitor, of);
    else
        *out = monitor;
    return err;
}

bool
monitor_next(zsock_t *monitor, struct socket_event *event)
{
    zmq_msg_t part;
    uint16_t kind = 0;
    uint32_t value = 0;

    if (!socket_receive(monitor, &part))
        return false;
    if (zmq_msg_size(&part) == sizeof(kind) + sizeof(value)) {
        memcpy(&kind, zmq_msg_data(&part), sizeof(kind));
        memcpy(&value, (char *)zmq_msg_data(&part) + sizeof(kind), sizeof(value));
    }
    socket_skip(monitor, &part); /* the endpoint, which is always our own */
    zmq_msg_close(&part);
    *event = (struct socket_event){ kind, (int)value };
    return true;
}

void
monitor_close(zsock_t **monitor, zsock_t *of)
{
    zmq_socket_monitor(zsock_resolve(of), NULL, 0);
    zsock_destroy(monitor);
}
