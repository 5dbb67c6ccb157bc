/* Whatever an authenticated peer sends, the listener's memory stays within its bound.
   libzmq alone would take a message that never ends until the memory is full. */
#include <malloc.h>
#include <sys/socket.h>

#include "raw.h"

enum {
    MIB = 1024 * 1024,
#ifdef __SANITIZE_ADDRESS__
    HALVES = 14, /* it surrounds each allocation with memory of its own */
#else
    HALVES = 9, /* 4.5 bytes of memory for a byte on the wire */
#endif
    /* In MiB, as net/listener.h states them; the first for undelivered_max = 1 MiB. */
    PEER_BOUND = HALVES * (1 + 10) / 2,
    BOUND_FOR_ALL = HALVES * (LISTENER_UNDELIVERED_MAX / MIB + 10) / 2
};

/* --- The attacker ------------------------------------------------------------------------------- */

/* Sends one message of very many parts, again and again; 0: was cut each time. */
static int
send_without_end(const struct orders *orders)
{
    void *context = zmq_ctx_new();
    uint8_t *part = mem_new(orders->part_size);

    for (int round = 0; round < orders->rounds; round++) {
        void *socket = raw_dealer(context, orders);
        void *monitor = raw_monitor(context, socket);

        if (zmq_connect(socket, orders->endpoint) < 0)
            return 2;
        if (!raw_wait_event(monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, PATIENCE_MS))
            return 3;
        for (size_t i = 1; i < orders->parts; i++)
            zmq_send(socket, part, orders->part_size, ZMQ_SNDMORE);
        zmq_send(socket, part, orders->part_size, 0); /* only now does our libzmq begin */
        if (!raw_wait_event(monitor, ZMQ_EVENT_DISCONNECTED, PATIENCE_MS))
            return 1;
        zmq_socket_monitor(socket, NULL, 0);
        zmq_close(monitor);
        zmq_close(socket);
    }
    return 0;
}

/* A frame of that many bytes, of which only the head ever comes: written behind libzmq's back,
   for CURVE leaves the length of a frame in the clear. */
static bool
announce(int fd, uint64_t len)
{
    uint8_t head[9] = { 2 }; /* a message, its length in eight bytes */

    for (int i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(len >> (56 - 8 * i));
    return send(fd, head, sizeof(head), MSG_NOSIGNAL) == sizeof(head);
}

/* 0: was cut at once.  The listener's heartbeat, which nobody answers then, would cut it too,
   after 15 seconds. */
static int
announce_a_gibibyte(const struct orders *orders)
{
    void *context = zmq_ctx_new();
    void *socket = raw_dealer(context, orders);
    void *monitor = raw_monitor(context, socket);
    int fd;
    char echo[8];

    if (zmq_connect(socket, orders->endpoint) < 0)
        return 2;
    if (!raw_wait_value(monitor, ZMQ_EVENT_CONNECTED, PATIENCE_MS, &fd))
        return 3;
    zmq_send(socket, "hello", 5, 0);
    if (zmq_recv(socket, echo, sizeof(echo), 0) != 5) /* it is in, and nothing is under way */
        return 4;
    if (!announce(fd, 1024 * MIB))
        return 5;
    return raw_wait_event(monitor, ZMQ_EVENT_DISCONNECTED, PATIENCE_MS / 4) ? 0 : 1;
}

/* --- Measuring ------------------------------------------------------------------------------------ */

static size_t
status_kib(const char *name)
{
    FILE *file = fopen("/proc/self/status", "r");
    size_t kib = 0;
    char line[256];

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtoul(line + strlen(name), NULL, 10);
    fclose(file);
    assert_true(kib > 0);
    return kib;
}

/* The peak is counted from now on. */
static void
forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");

    assert_non_null(file);
    assert_true(fputs("5", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* --- One attack -------------------------------------------------------------------------------------- */

struct attack {
    size_t undelivered_max;
    size_t part_size;
    size_t parts;
    int rounds;
    int attackers;
    int stall_ms; /* how long the loop is busy with something else, again and again */
};

static void
stall(void *self)
{
    const struct attack *attack = self;

    usleep((useconds_t)attack->stall_ms * 1000);
}

/* Asks again as soon as it is answered. */
static void
ask_again(void *self, struct bytes frame)
{
    struct client *client = self;

    client->frames++;
    assert_int_equal(dialler_send(client->dialler, frame), SENT_OK);
}

static bool
all_have_ended(void *self)
{
    struct process *attackers = self;
    bool all = true;

    for (size_t i = 0; attackers[i].orders >= 0; i++)
        all = process_has_ended(&attackers[i]) && all;
    return all;
}

/* The growth of this process's memory at its highest, in MiB; every attacker was cut each
   time, and an honest peer was served throughout. */
static size_t
grown_by(struct attack attack)
{
    struct process attackers[9];
    struct server server = { .echo = true };
    struct listener_options options = server_options(&server);
    struct client honest = { .ups = 0 };
    struct loop *loop;
    size_t before, peak;

    for (int i = 0; i < attack.attackers; i++)
        attackers[i] = process_start(send_without_end);
    attackers[attack.attackers].orders = -1;
    loop = loop_new();
    options.undelivered_max = attack.undelivered_max;
    server_open(&server, loop, &options);
    client_join(&honest, &server);
    wait_for(loop, client_is_up, &honest);
    dialler_on(honest.dialler, client_event, ask_again, NULL, &honest);
    assert_int_equal(dialler_send(honest.dialler, bytes_of_text("still there")), SENT_OK);
    if (attack.stall_ms > 0)
        loop_every(loop, 1, stall, &attack);

    malloc_trim(0); /* or what an earlier attack left would hide what this one takes */
    forget_peak();
    before = status_kib("VmRSS:");
    for (int i = 0; i < attack.attackers; i++) {
        struct orders orders = orders_for(&server);

        orders.part_size = attack.part_size;
        orders.parts = attack.parts;
        orders.rounds = attack.rounds;
        process_tell(&attackers[i], &orders);
    }
    assert_true(wait_for_ms(loop, all_have_ended, attackers, 3 * PATIENCE_MS));
    peak = status_kib("VmHWM:");

    for (int i = 0; i < attack.attackers; i++)
        assert_int_equal(process_code(&attackers[i]), 0);
    assert_int_equal(honest.downs, 0);
    /* Nobody is served while the loop does something else. */
    assert_true(attack.stall_ms > 0 || honest.frames > 1);
    honest.frames = 0;
    wait_for(loop, client_has_heard, &honest); /* and it still is */
    dialler_close(&honest.dialler);
    server_stop(&server);
    loop_free(&loop);
    print_message("limit %zu KiB, %d attackers: %zu parts of %zu bytes: grown by %zu KiB\n",
                  attack.undelivered_max / 1024, attack.attackers, attack.parts,
                  attack.part_size, peak - before);
    return (peak - before) / 1024;
}

/* --- Tests --------------------------------------------------------------------------------------------- */

static void
a_message_of_many_parts_without_end_is_cut(void **state)
{
    (void)state;
    assert_in_range(grown_by((struct attack){ .undelivered_max = MIB,
                                              .part_size = 4000,
                                              .parts = 128 * MIB / 4000,
                                              .rounds = LISTENER_PER_KEY_MAX,
                                              .attackers = 1 }),
                    0, PEER_BOUND);
}

/* The least favourable part: as much memory for its bytes on the wire as any. */
static void
tiny_parts_without_end_are_cut(void **state)
{
    (void)state;
    assert_in_range(grown_by((struct attack){ .undelivered_max = MIB,
                                              .part_size = 34,
                                              .parts = 64 * MIB / 70,
                                              .rounds = 3,
                                              .attackers = 1 }),
                    0, PEER_BOUND);
}

static void
empty_parts_without_end_are_cut(void **state)
{
    (void)state;
    assert_in_range(grown_by((struct attack){ .undelivered_max = MIB,
                                              .part_size = 0,
                                              .parts = 64 * MIB / 35,
                                              .rounds = 3,
                                              .attackers = 1 }),
                    0, PEER_BOUND);
}

static void
the_bound_holds_while_the_loop_is_busy_with_something_else(void **state)
{
    (void)state;
    assert_in_range(grown_by((struct attack){ .undelivered_max = MIB,
                                              .part_size = 4000,
                                              .parts = 128 * MIB / 4000,
                                              .rounds = 2,
                                              .attackers = 1,
                                              .stall_ms = 1000 }),
                    0, PEER_BOUND);
}

static void
many_attackers_together_do_not_get_past_the_bound_for_all(void **state)
{
    (void)state;
    assert_in_range(grown_by((struct attack){ .undelivered_max = 40 * MIB,
                                              .part_size = 0,
                                              .parts = 48 * MIB / 35,
                                              .rounds = 2,
                                              .attackers = 6 }),
                    0, BOUND_FOR_ALL);
}

/* libzmq makes room for a frame when it has read its head. */
static void
a_frame_that_is_announced_too_long_is_cut_before_it_is_sent(void **state)
{
    struct process liar = process_start(announce_a_gibibyte);
    struct server server = { .echo = true };
    struct orders orders;
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    orders = orders_for(&server);
    process_tell(&liar, &orders);
    wait_for(loop, process_has_ended, &liar);
    assert_int_equal(process_code(&liar), 0);
    assert_int_equal(server.frames, 1); /* the greeting */
    server_stop(&server);
    loop_free(&loop);
}

/* Else the tests above might measure nothing. */
static void
a_higher_limit_shows_in_the_memory(void **state)
{
    (void)state;
    assert_in_range(grown_by((struct attack){ .undelivered_max = 48 * MIB,
                                              .part_size = 0,
                                              .parts = 64 * MIB / 35,
                                              .rounds = 1,
                                              .attackers = 1 }),
                    PEER_BOUND + 5, 300);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_of_many_parts_without_end_is_cut),
        cmocka_unit_test(a_frame_that_is_announced_too_long_is_cut_before_it_is_sent),
        cmocka_unit_test(tiny_parts_without_end_are_cut),
        cmocka_unit_test(empty_parts_without_end_are_cut),
        cmocka_unit_test(the_bound_holds_while_the_loop_is_busy_with_something_else),
        cmocka_unit_test(a_higher_limit_shows_in_the_memory),
        cmocka_unit_test(many_attackers_together_do_not_get_past_the_bound_for_all),
    };

    return RUN(tests);
}
