#include <signal.h>
#include <sys/socket.h>

#include "pair.h"

struct count {
    struct loop *loop;
    int timer;
    int ticks;
    int stop_at;
    int fd;
    int signal;
};

static void
tick(void *self)
{
    struct count *count = self;

    if (++count->ticks == count->stop_at)
        loop_stop(count->loop);
}

static void
a_timer_ticks_until_the_loop_stops(void **state)
{
    struct count count = { .loop = loop_new(), .stop_at = 3 };

    (void)state;
    count.timer = loop_every(count.loop, 1, tick, &count);
    loop_run(count.loop);
    assert_int_equal(count.ticks, 3);
    loop_free(&count.loop);
    assert_null(count.loop);
}

static void
tick_once(void *self)
{
    struct count *count = self;

    count->ticks++;
    loop_end_timer(count->loop, count->timer);
}

static void
a_timer_ended_in_its_own_tick_never_ticks_again(void **state)
{
    struct count once = { .loop = loop_new() };
    struct count other = { .loop = once.loop, .stop_at = 20 };

    (void)state;
    once.timer = loop_every(once.loop, 1, tick_once, &once);
    other.timer = loop_every(once.loop, 1, tick, &other);
    loop_run(once.loop);
    assert_int_equal(once.ticks, 1);
    loop_free(&once.loop);
}

static void
stall_at_first(void *self)
{
    struct count *count = self;

    if (count->ticks++ == 0)
        usleep(100 * 1000);
}

/* zloop's own timers would tick a hundred times at once. */
static void
ticks_that_were_missed_are_not_made_up_for(void **state)
{
    struct count slow = { .loop = loop_new() };

    (void)state;
    loop_every(slow.loop, 1, stall_at_first, &slow);
    let_pass(slow.loop, 110);
    assert_in_range(slow.ticks, 1, 50);
    loop_free(&slow.loop);
}

static void
read_and_leave(void *self)
{
    struct count *count = self;
    char byte;

    assert_int_equal(read(count->fd, &byte, 1), 1);
    count->ticks++;
    loop_unwatch(count->loop, count->fd);
    loop_stop(count->loop);
}

static void
a_watched_descriptor_is_served_until_it_is_unwatched(void **state)
{
    struct count count = { .loop = loop_new() };
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    count.fd = ends[0];
    loop_watch(count.loop, ends[0], read_and_leave, &count);
    assert_int_equal(write(ends[1], "ab", 2), 2);
    loop_run(count.loop);
    let_pass(count.loop, 20); /* "b" waits, and nobody watches */
    assert_int_equal(count.ticks, 1);
    close(ends[0]);
    close(ends[1]);
    loop_free(&count.loop);
}

static void
leave_after_five(void *self)
{
    struct count *count = self;

    if (++count->ticks == 5) {
        loop_unwatch(count->loop, count->fd);
        loop_stop(count->loop);
    }
}

/* zloop forgets such a descriptor after two errors, and then nobody is told. */
static void
a_broken_descriptor_is_reported_for_as_long_as_it_is_watched(void **state)
{
    struct count count = { .loop = loop_new() };
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    close(ends[0]); /* the writing end of a pipe that nobody reads is broken */
    count.fd = ends[1];
    loop_watch(count.loop, ends[1], leave_after_five, &count);
    loop_run(count.loop);
    assert_int_equal(count.ticks, 5);
    close(ends[1]);
    loop_free(&count.loop);
}

static void
send_hangup(void *self)
{
    (void)self;
    kill(getpid(), SIGHUP);
}

static void
hear_signal(void *self, int signal)
{
    struct count *count = self;

    count->signal = signal;
    loop_stop(count->loop);
}

static void
a_signal_is_heard_in_the_loop_and_interrupts_nothing(void **state)
{
    struct count count = { .loop = loop_new() };

    (void)state;
    loop_on_signal(count.loop, hear_signal, &count);
    loop_every(count.loop, 1, send_hangup, NULL);
    loop_run(count.loop);
    assert_int_equal(count.signal, SIGHUP);
    loop_free(&count.loop);
}

static void
send_terminate(void *self)
{
    (void)self;
    kill(getpid(), SIGTERM);
}

static void
the_loop_ends_on_sigterm_and_not_on_sighup_when_nobody_listens(void **state)
{
    struct count count = { .loop = loop_new(), .stop_at = -1 };

    (void)state;
    kill(getpid(), SIGHUP);
    let_pass(count.loop, 10);
    loop_every(count.loop, 1, tick, &count);
    loop_every(count.loop, 20, send_terminate, NULL);
    loop_run(count.loop);
    assert_true(count.ticks > 0);
    loop_free(&count.loop);
}

static void
writing_to_a_peer_that_left_does_not_end_the_process(void **state)
{
    struct loop *loop = loop_new();
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    close(ends[1]);
    loop_free(&loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_ticks_until_the_loop_stops),
        cmocka_unit_test(a_timer_ended_in_its_own_tick_never_ticks_again),
        cmocka_unit_test(ticks_that_were_missed_are_not_made_up_for),
        cmocka_unit_test(a_watched_descriptor_is_served_until_it_is_unwatched),
        cmocka_unit_test(a_broken_descriptor_is_reported_for_as_long_as_it_is_watched),
        cmocka_unit_test(a_signal_is_heard_in_the_loop_and_interrupts_nothing),
        cmocka_unit_test(the_loop_ends_on_sigterm_and_not_on_sighup_when_nobody_listens),
        cmocka_unit_test(writing_to_a_peer_that_left_does_not_end_the_process),
    };

    return RUN(tests);
}
