/* The bound on what a connection may pile up, on plain TCP connections. */
#include "net/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "pair.h"

enum { LIMIT = 4096, TOTAL = 10000, LOOK_MS = 60 };

struct pipe {
    int peer, ours;
};

static struct pipe
connected(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof(address);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct pipe pipe = { socket(AF_INET, SOCK_STREAM, 0), -1 };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server, 1), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(connect(pipe.peer, (struct sockaddr *)&address, sizeof(address)), 0);
    pipe.ours = accept(server, NULL, NULL);
    assert_true(pipe.ours >= 0);
    close(server);
    return pipe;
}

static void
hang_up(struct pipe *pipe)
{
    close(pipe->peer);
    close(pipe->ours);
}

static void
say(const struct pipe *pipe, size_t len)
{
    static const uint8_t bytes[2 * LIMIT];

    assert_int_equal(send(pipe->peer, bytes, len, MSG_NOSIGNAL), len);
}

static void
hear(struct guard *guard, const struct pipe *pipe, size_t len)
{
    uint8_t bytes[2 * LIMIT];

    assert_int_equal(recv(pipe->ours, bytes, len, MSG_WAITALL), len);
    guard_heard(guard, pipe->ours, len);
}

static bool
is_cut_within(const struct pipe *pipe, int ms)
{
    struct pollfd item = { .fd = pipe->peer, .events = POLLIN };

    return poll(&item, 1, ms) == 1;
}

static struct guard *
a_guard(void)
{
    struct guard *guard = guard_start((struct guard_limits){ LIMIT, TOTAL });

    assert_non_null(guard);
    return guard;
}

static void
more_than_the_limit_is_cut_and_less_is_not(void **state)
{
    struct guard *guard = a_guard();
    struct pipe modest = connected(), greedy = connected();

    (void)state;
    guard_add(guard, modest.ours);
    guard_add(guard, greedy.ours);
    say(&modest, LIMIT);
    say(&greedy, LIMIT + 1);
    assert_true(is_cut_within(&greedy, PATIENCE_MS));
    assert_false(is_cut_within(&modest, LOOK_MS));
    say(&modest, 1);
    assert_true(is_cut_within(&modest, PATIENCE_MS));
    hang_up(&modest);
    hang_up(&greedy);
    guard_stop(&guard);
}

/* libzmq is quick: when the guard wakes there may be nothing left to read. */
static void
what_was_read_before_the_guard_looked_counts(void **state)
{
    struct guard *guard = a_guard();
    struct pipe pipe = connected();
    uint8_t bytes[LIMIT + 1];

    (void)state;
    say(&pipe, sizeof(bytes));
    assert_int_equal(recv(pipe.ours, bytes, sizeof(bytes), MSG_WAITALL), sizeof(bytes));
    guard_add(guard, pipe.ours);
    assert_true(is_cut_within(&pipe, PATIENCE_MS));
    hang_up(&pipe);
    guard_stop(&guard);
}

static void
what_has_been_heard_does_not_count(void **state)
{
    struct guard *guard = a_guard();
    struct pipe pipe = connected();

    (void)state;
    guard_add(guard, pipe.ours);
    for (int i = 0; i < 20; i++) {
        say(&pipe, LIMIT);
        hear(guard, &pipe, LIMIT);
        usleep(5000);
    }
    assert_false(is_cut_within(&pipe, LOOK_MS));
    say(&pipe, LIMIT + 2048); /* and nothing was heard in advance */
    assert_true(is_cut_within(&pipe, PATIENCE_MS));
    hang_up(&pipe);
    guard_stop(&guard);
}

/* 200 bytes are never heard, again and again: heartbeats. */
static void
heartbeats_between_messages_do_not_add_up(void **state)
{
    struct guard *guard = a_guard();
    struct pipe pipe = connected();

    (void)state;
    guard_add(guard, pipe.ours);
    for (int i = 0; i < 40; i++) {
        say(&pipe, 200 + 300);
        usleep(15 * 1000);
        hear(guard, &pipe, 300);
        say(&pipe, 1); /* the guard looks when something arrives */
        hear(guard, &pipe, 1);
        usleep(15 * 1000);
    }
    assert_false(is_cut_within(&pipe, LOOK_MS));
    hang_up(&pipe);
    guard_stop(&guard);
}

/* The same bytes with no whole message between them. */
static void
small_pieces_of_one_message_do_add_up(void **state)
{
    struct guard *guard = a_guard();
    struct pipe pipe = connected();
    int pieces = 0;

    (void)state;
    guard_add(guard, pipe.ours);
    while (pieces < 200 && !is_cut_within(&pipe, 15)) {
        say(&pipe, 200);
        pieces++;
    }
    assert_in_range(pieces, LIMIT / 200, LIMIT / 200 + 5);
    hang_up(&pipe);
    guard_stop(&guard);
}

static void
when_all_have_too_much_the_one_with_most_is_cut(void **state)
{
    struct guard *guard = a_guard();
    struct pipe pipes[3] = { connected(), connected(), connected() };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        guard_add(guard, pipes[i].ours);
    say(&pipes[0], 3400);
    say(&pipes[1], 3800);
    assert_false(is_cut_within(&pipes[1], LOOK_MS));
    say(&pipes[2], 3600);
    assert_true(is_cut_within(&pipes[1], PATIENCE_MS));
    assert_false(is_cut_within(&pipes[0], LOOK_MS));
    assert_false(is_cut_within(&pipes[2], 0));
    for (size_t i = 0; i < 3; i++)
        hang_up(&pipes[i]);
    guard_stop(&guard);
}

static void
a_descriptor_that_is_another_connection_by_now_is_left_alone(void **state)
{
    struct guard *guard = a_guard();
    struct pipe first = connected(), second = connected();
    int number = first.ours;

    (void)state;
    guard_add(guard, number);
    assert_int_equal(dup2(second.ours, number), number); /* libzmq closed it; it was reused */
    guard_cut(guard, number);
    assert_false(is_cut_within(&second, LOOK_MS));
    guard_add(guard, number);
    guard_cut(guard, number);
    assert_true(is_cut_within(&second, PATIENCE_MS));
    hang_up(&first);
    hang_up(&second);
    guard_stop(&guard);
}

static void
a_connection_that_was_removed_is_not_watched(void **state)
{
    struct guard *guard = a_guard();
    struct pipe pipe = connected();

    (void)state;
    guard_add(guard, pipe.ours);
    guard_remove(guard, pipe.ours);
    guard_heard(guard, pipe.ours, 1);
    guard_heard(guard, -1, 1);
    guard_cut(guard, 100000);
    say(&pipe, 2 * LIMIT);
    assert_false(is_cut_within(&pipe, LOOK_MS));
    hang_up(&pipe);
    guard_stop(&guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_the_limit_is_cut_and_less_is_not),
        cmocka_unit_test(what_was_read_before_the_guard_looked_counts),
        cmocka_unit_test(what_has_been_heard_does_not_count),
        cmocka_unit_test(heartbeats_between_messages_do_not_add_up),
        cmocka_unit_test(small_pieces_of_one_message_do_add_up),
        cmocka_unit_test(when_all_have_too_much_the_one_with_most_is_cut),
        cmocka_unit_test(a_descriptor_that_is_another_connection_by_now_is_left_alone),
        cmocka_unit_test(a_connection_that_was_removed_is_not_watched),
    };

    return RUN(tests);
}
