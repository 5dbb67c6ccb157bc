#include <errno.h>
#include <string.h>

#include "crypto/key.h"
#include "net/listener_private.h"
#include "net/socket.h"

enum { PROOF_MS = 3000 };

struct proof {
    struct curve_public stranger;
    bool asked;   /* our gate was asked about the stranger */
    bool refused; /* and said no */
    bool told;    /* the stranger was told */
    bool let_in;
};

enum verdict
proof_judge(struct listener *listener, const struct curve_public *key)
{
    struct proof *proof = listener->proof;
    bool enters;

    if (memcmp(key->bytes, proof->stranger.bytes, sizeof(key->bytes)) != 0)
        return GATE_LATER;
    enters = listener->doorman.may_enter(listener->doorman.self, key);
    proof->asked = true;
    proof->refused = !enters;
    return enters ? GATE_ENTER : GATE_REFUSE;
}

static void
read_stranger(struct proof *proof, zsock_t *monitor)
{
    struct socket_event event;

    while (monitor_next(monitor, &event)) {
        if (event.kind == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
            proof->told = true;
        if (event.kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            proof->let_in = true;
    }
}

/* Serves the gate, and nothing else, until the matter is decided. */
static void
wait_for(struct listener *listener, struct proof *proof, zsock_t *monitor)
{
    zmq_pollitem_t items[] = {
        { .socket = zsock_resolve(gate_socket(listener->gate)), .events = ZMQ_POLLIN },
        { .socket = zsock_resolve(monitor), .events = ZMQ_POLLIN },
        { .socket = zsock_resolve(listener->socket), .events = ZMQ_POLLIN },
    };
    int64_t until = loop_monotonic_ms() + PROOF_MS;

    while (!proof->let_in && !(proof->refused && proof->told) && loop_monotonic_ms() < until) {
        zmq_poll(items, 3, 50);
        gate_serve(listener->gate);
        read_stranger(proof, monitor);
        if (items[2].revents & ZMQ_POLLIN)
            proof->let_in = true;
    }
}

static enum err
verdict_on(const struct proof *proof, struct why *why)
{
    if (proof->asked && !proof->refused)
        return because(why, ERR_REFUSED, "self-test: the doorman lets a random key in");
    if (proof->let_in)
        return because(why, ERR_REFUSED, "self-test: a client with a random key was let in");
    if (!proof->asked)
        return because(why, ERR_REFUSED,
                       "self-test: the ZAP handler was not asked about a random key");
    if (!proof->told)
        return because(why, ERR_REFUSED,
                       "self-test: a client with a random key was not turned away");
    return ERR_OK;
}

static enum err
try_stranger(struct listener *listener, zsock_t *stranger, struct why *why)
{
    zsock_t *monitor = NULL;
    enum err err;

    if ((err = monitor_open(&monitor, stranger,
                            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
                            why)))
        return err;
    if (zmq_connect(zsock_resolve(stranger), listener->endpoint) < 0)
        err =
            because(why, ERR_IO, "self-test: %s: %s", listener->endpoint, zmq_strerror(errno));
    else
        wait_for(listener, listener->proof, monitor);
    monitor_close(&monitor, stranger);
    return err;
}

enum err
listener_prove(struct listener *listener, const struct curve_secret *secret, struct why *why)
{
    struct proof proof = { .asked = false };
    struct curve_secret stranger_secret;
    struct curve_public server;
    zsock_t *stranger = NULL;
    enum err err;

    curve_public_of(&server, secret);
    curve_make(&proof.stranger, &stranger_secret);
    if ((err = socket_dial(&stranger, &server, &stranger_secret, 1024, why)))
        return err;
    zsock_set_linger(stranger, 0);
    listener->proof = &proof;
    err = try_stranger(listener, stranger, why);
    listener->proof = NULL;
    zsock_destroy(&stranger);
    return err ? err : verdict_on(&proof, why);
}
