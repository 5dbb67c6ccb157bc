#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "core/mem.h"
#include "net/link.h"

/*
 * What the listener and the dialler cost, beside bare CURVE sockets of libzmq in the same
 * run on the same machine: an echo between two processes, 2 KiB a frame.  Rounds of the two
 * alternate and the best of each counts, because others share the machine.
 */

enum { FRAME = 2048, TRIPS = 2000, MESSAGES = 20000, WINDOW = 64, ROUNDS = 5, PATIENCE_S = 60 };

static const double LIMIT = 2.0; /* times the bare sockets */

struct keys {
    struct curve_public server, client;
    struct curve_secret server_secret, client_secret;
};

struct figures {
    double median_us, p99_us, per_s;
};

static double
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void
need(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench_net: %s\n", what);
    _exit(1);
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* --- A client of either kind: one frame at a time, then a window of them ------------------------ */

struct course {
    double trips[TRIPS];
    size_t trip_count;
    double started;
    size_t sent, received;
    struct figures figures;
    bool done;
    bool (*send)(void *link, struct bytes frame); /* false: full */
    void *link;
};

static bool
send_one(struct course *course)
{
    static const uint8_t frame[FRAME];
    bool taken = course->send(course->link, bytes_of(frame, FRAME));

    course->sent += taken;
    return taken;
}

static void
fill_window(struct course *course)
{
    while (course->sent < MESSAGES && course->sent < course->received + WINDOW)
        if (!send_one(course))
            return;
}

static void
next_trip(struct course *course)
{
    course->started = now_us();
    need(send_one(course), "a frame was not taken");
}

static void
begin_window(struct course *course)
{
    qsort(course->trips, TRIPS, sizeof(double), compare);
    course->figures.median_us = course->trips[TRIPS / 2];
    course->figures.p99_us = course->trips[TRIPS * 99 / 100];
    course->sent = course->received = 0;
    course->started = now_us();
    fill_window(course);
}

static void
echoed(struct course *course, size_t len)
{
    need(len == FRAME, "an echo of another length");
    if (course->trip_count < TRIPS) {
        course->trips[course->trip_count++] = now_us() - course->started;
        if (course->trip_count < TRIPS)
            next_trip(course);
        else
            begin_window(course);
        return;
    }
    if (++course->received == MESSAGES) {
        course->figures.per_s = MESSAGES * 1e6 / (now_us() - course->started);
        course->done = true;
    } else {
        fill_window(course);
    }
}

/* --- Bare ------------------------------------------------------------------------------------------ */

static void
bare_server(const struct keys *keys, int out)
{
    void *socket = zmq_socket(zmq_ctx_new(), ZMQ_ROUTER);
    char endpoint[64], id[16], frame[FRAME];
    size_t len = sizeof(endpoint);
    int one = 1, id_len, frame_len;

    zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &one, sizeof(one));
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->server_secret.bytes, 32);
    need(zmq_bind(socket, "tcp://127.0.0.1:*") == 0, "bind");
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &len);
    need(write(out, endpoint, sizeof(endpoint)) == sizeof(endpoint), "write");
    for (;;) {
        id_len = zmq_recv(socket, id, sizeof(id), 0);
        frame_len = zmq_recv(socket, frame, sizeof(frame), 0);
        zmq_send(socket, id, (size_t)id_len, ZMQ_SNDMORE);
        zmq_send(socket, frame, (size_t)frame_len, 0);
    }
}

static bool
bare_send(void *socket, struct bytes frame)
{
    return zmq_send(socket, frame.data, frame.len, 0) == FRAME;
}

static void
bare_client(const struct keys *keys, const char *endpoint, struct course *course)
{
    void *socket = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);
    char frame[FRAME];

    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys->server.bytes, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->client.bytes, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->client_secret.bytes, 32);
    need(zmq_connect(socket, endpoint) == 0, "connect");
    course->send = bare_send;
    course->link = socket;
    next_trip(course);
    while (!course->done)
        echoed(course, (size_t)zmq_recv(socket, frame, sizeof(frame), 0));
}

/* --- Ours ------------------------------------------------------------------------------------------- */

static bool
is_our_client(void *self, const struct curve_public *key)
{
    const struct keys *keys = self;

    return memcmp(key, &keys->client, sizeof(*key)) == 0;
}

static void
echo(void *self, const struct session *session, struct bytes frame)
{
    need(listener_send(self, session->number, frame) == SENT_OK, "listener_send");
}

static void
our_server(const struct keys *keys, int out)
{
    struct doorman doorman = { is_our_client, (void *)keys };
    struct listener_options options = {
        .endpoint = "tcp://127.0.0.1:*",
        .secret = keys->server_secret,
        .frame_max = 64 * 1024,
        .connections_max = 10,
    };
    struct loop *loop = loop_new();
    struct listener *listener;
    char endpoint[64] = "";
    struct why why;

    need(listener_open(&listener, loop, &options, &doorman, &why) == ERR_OK, "listener_open");
    listener_on_frame(listener, echo, NULL, listener);
    snprintf(endpoint, sizeof(endpoint), "%s", listener_endpoint(listener));
    need(write(out, endpoint, sizeof(endpoint)) == sizeof(endpoint), "write");
    loop_run(loop);
}

struct caller {
    struct course *course;
    struct dialler *dialler;
    struct loop *loop;
};

static bool
dialler_sends(void *dialler, struct bytes frame)
{
    return dialler_send(dialler, frame) == SENT_OK;
}

static void
called(void *self, enum dial_event event)
{
    struct caller *caller = self;

    if (event == DIAL_UP)
        next_trip(caller->course);
}

static void
heard(void *self, struct bytes frame)
{
    struct caller *caller = self;

    if (caller->course->done)
        return;
    echoed(caller->course, frame.len);
    if (caller->course->done)
        loop_stop(caller->loop);
}

static void
our_client(const struct keys *keys, const char *endpoint, struct course *course)
{
    struct dialler_options options = {
        .endpoint = endpoint,
        .broker = keys->server,
        .secret = keys->client_secret,
        .frame_max = 64 * 1024,
    };
    struct caller caller = { .course = course, .loop = loop_new() };
    struct why why;

    need(dialler_open(&caller.dialler, caller.loop, &options, &why) == ERR_OK, "dialler_open");
    course->send = dialler_sends;
    course->link = caller.dialler;
    dialler_on(caller.dialler, called, heard, NULL, &caller);
    loop_run(caller.loop);
}

/* --- Two processes ------------------------------------------------------------------------------------ */

static struct figures
measure(const struct keys *keys, void (*server)(const struct keys *, int),
        void (*client)(const struct keys *, const char *, struct course *))
{
    struct figures figures;
    char endpoint[64];
    int from_server[2], from_client[2];
    pid_t serving, calling;

    need(pipe(from_server) == 0 && pipe(from_client) == 0, "pipe");
    if ((serving = fork()) == 0) {
        close(from_client[1]); /* else the end of the client would not be seen */
        alarm(PATIENCE_S);
        server(keys, from_server[1]);
    }
    need(read(from_server[0], endpoint, sizeof(endpoint)) == sizeof(endpoint), "no server");
    if ((calling = fork()) == 0) {
        struct course *course = mem_new(sizeof(*course));

        alarm(PATIENCE_S); /* in case the server has died */
        client(keys, endpoint, course);
        need(write(from_client[1], &course->figures, sizeof(figures)) == sizeof(figures),
             "write");
        _exit(0);
    }
    close(from_client[1]);
    need(read(from_client[0], &figures, sizeof(figures)) == sizeof(figures), "no figures");
    waitpid(calling, NULL, 0);
    kill(serving, SIGKILL);
    waitpid(serving, NULL, 0);
    close(from_client[0]);
    close(from_server[0]);
    close(from_server[1]);
    return figures;
}

static void
keep_best(struct figures *best, struct figures round)
{
    if (best->per_s == 0 || round.median_us < best->median_us)
        best->median_us = round.median_us;
    if (best->per_s == 0 || round.p99_us < best->p99_us)
        best->p99_us = round.p99_us;
    if (round.per_s > best->per_s)
        best->per_s = round.per_s;
}

static const char *
verdict(double ratio)
{
    return ratio > LIMIT ? "  MISSED" : "";
}

int
main(void)
{
    struct figures bare = { .per_s = 0 }, ours = { .per_s = 0 };
    double latency, throughput;
    struct keys keys;

    curve_make(&keys.server, &keys.server_secret);
    curve_make(&keys.client, &keys.client_secret);
    for (int i = 0; i < ROUNDS; i++) {
        keep_best(&bare, measure(&keys, bare_server, bare_client));
        keep_best(&ours, measure(&keys, our_server, our_client));
    }
    latency = ours.median_us / bare.median_us;
    throughput = bare.per_s / ours.per_s;
    printf("net: CURVE echo of %d bytes between two processes, best of %d\n", FRAME, ROUNDS);
    printf("                         bare libzmq   listener/dialler   times   limit\n");
    printf("  round trip, median    %9.1f us       %9.1f us   %5.2f   %5.2f%s\n",
           bare.median_us, ours.median_us, latency, LIMIT, verdict(latency));
    printf("  round trip, p99       %9.1f us       %9.1f us   %5.2f\n", bare.p99_us,
           ours.p99_us, ours.p99_us / bare.p99_us);
    printf("  window of %d          %9.0f /s       %9.0f /s   %5.2f   %5.2f%s\n", WINDOW,
           bare.per_s, ours.per_s, throughput, LIMIT, verdict(throughput));
    return 0;
}
