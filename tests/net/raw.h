#ifndef KITH_TESTS_NET_RAW_H
#define KITH_TESTS_NET_RAW_H

/* Peers that are not ours: processes of their own, with plain libzmq. */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "pair.h"

/* What such a process needs to know, told when the server is up. */
struct orders {
    char endpoint[64];
    struct curve_public server;
    struct curve_secret secret;
    size_t part_size;
    size_t parts;
    int rounds;
};

struct process {
    pid_t pid;
    int orders;
};

/* In the child: run returns its exit code.  Never touches what the parent had of libzmq. */
static inline struct process
process_start(int (*run)(const struct orders *orders))
{
    struct process process;
    struct orders orders;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    process.pid = fork();
    assert_true(process.pid >= 0);
    if (process.pid == 0) {
        close(ends[1]);
        _exit(read(ends[0], &orders, sizeof(orders)) == sizeof(orders) ? run(&orders) : 99);
    }
    close(ends[0]);
    process.orders = ends[1];
    return process;
}

static inline void
process_tell(struct process *process, const struct orders *orders)
{
    assert_int_equal(write(process->orders, orders, sizeof(*orders)), sizeof(*orders));
    close(process->orders);
}

/* For wait_for: the process has ended; its exit code replaces its pid, negated. */
static inline bool
process_has_ended(void *self)
{
    struct process *process = self;
    int status;

    if (process->pid > 0 && waitpid(process->pid, &status, WNOHANG) == process->pid)
        process->pid = WIFEXITED(status) ? -WEXITSTATUS(status) : -200;
    return process->pid <= 0;
}

static inline int
process_code(const struct process *process)
{
    return -process->pid;
}

static inline void
process_kill(struct process *process)
{
    int status;

    kill(process->pid, SIGKILL);
    waitpid(process->pid, &status, 0);
}

/* Orders for a peer with a key that the server knows. */
static inline struct orders
orders_for(struct server *server)
{
    struct orders orders = { .server = server->key };
    struct curve_public key;

    curve_make(&key, &orders.secret);
    server_invite(server, &key);
    snprintf(orders.endpoint, sizeof(orders.endpoint), "%s",
             listener_endpoint(server->listener));
    return orders;
}

/* A DEALER with CURVE and no other option set; not connected. */
static inline void *
raw_dealer(void *context, const struct orders *orders)
{
    void *socket = zmq_socket(context, ZMQ_DEALER);
    struct curve_public public;
    int zero = 0;

    curve_public_of(&public, &orders->secret);
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof(zero));
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, orders->server.bytes, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public.bytes, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, orders->secret.bytes, 32);
    return socket;
}

/* Waits for that event of the socket and tells its value; false after ms. */
static inline bool
raw_wait_value(void *monitor, int kind, int ms, int *value)
{
    zmq_msg_t part;
    uint16_t event = 0;

    zmq_setsockopt(monitor, ZMQ_RCVTIMEO, &ms, sizeof(ms));
    while (event != kind) {
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, monitor, 0) < 0)
            return false;
        memcpy(&event, zmq_msg_data(&part), sizeof(event));
        memcpy(value, (char *)zmq_msg_data(&part) + sizeof(event), sizeof(*value));
        zmq_msg_close(&part);
        zmq_msg_init(&part);
        zmq_msg_recv(&part, monitor, 0);
        zmq_msg_close(&part);
    }
    return true;
}

static inline bool
raw_wait_event(void *monitor, int kind, int ms)
{
    int value;

    return raw_wait_value(monitor, kind, ms, &value);
}

static inline void *
raw_monitor(void *context, void *socket)
{
    void *monitor = zmq_socket(context, ZMQ_PAIR);
    char address[64];

    snprintf(address, sizeof(address), "inproc://monitor.%p", socket);
    zmq_socket_monitor(socket, address, ZMQ_EVENT_ALL);
    zmq_connect(monitor, address);
    return monitor;
}

#endif
