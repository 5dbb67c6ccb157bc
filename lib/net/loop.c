#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "net/socket.h"

/* A descriptor, or a socket of libzmq, and whom to tell. */
struct watch {
    struct loop *loop;
    zmq_pollitem_t item;
    void (*ready)(void *self);
    void *self;
    struct watch *next;
};

/* A timer is a timerfd and a watch on it.  Not zloop's timers: those fire again for every
   tick that was missed, and may fire once more after they were ended. */
struct timer {
    int fd;
    void (*tick)(void *self);
    void *self;
    struct timer *next;
};

struct loop {
    zloop_t *zloop;
    struct watch *watches;
    struct timer *timers;
    int signals;
    void (*heard)(void *self, int signal);
    void *signal_self;
    bool stopped;
};

/* Out of descriptors.  As for memory: a node without its timers would stop in silence. */
static void
give_up(const char *event)
{
    log_event(LOG_ERROR, event, "reason", strerror(errno), NULL);
    abort();
}

/* --- Watching ----------------------------------------------------------------------------- */

static int
on_ready(zloop_t *zloop, zmq_pollitem_t *item, void *arg)
{
    struct watch *watch = arg;
    struct loop *loop = watch->loop;

    (void)zloop;
    (void)item;
    watch->ready(watch->self); /* which may unwatch, and so free, the watch */
    return loop->stopped ? -1 : 0;
}

static void
watch_item(struct loop *loop, zmq_pollitem_t item, void (*ready)(void *self), void *self)
{
    struct watch *watch = mem_new(sizeof(*watch));

    item.events = ZMQ_POLLIN | ZMQ_POLLERR;
    *watch = (struct watch){ loop, item, ready, self, loop->watches };
    loop->watches = watch;
    zloop_poller(loop->zloop, &watch->item, on_ready, watch);
    /* Else zloop forgets it after two errors, and nobody is told. */
    zloop_poller_set_tolerant(loop->zloop, &watch->item);
}

static void
unwatch_item(struct loop *loop, zmq_pollitem_t item)
{
    for (struct watch **at = &loop->watches; *at != NULL; at = &(*at)->next) {
        struct watch *watch = *at;

        if (watch->item.socket != item.socket || watch->item.fd != item.fd)
            continue;
        *at = watch->next;
        zloop_poller_end(loop->zloop, &watch->item);
        free(watch);
        return;
    }
}

void
loop_watch(struct loop *loop, int fd, void (*ready)(void *self), void *self)
{
    watch_item(loop, (zmq_pollitem_t){ .fd = fd }, ready, self);
}

void
loop_unwatch(struct loop *loop, int fd)
{
    unwatch_item(loop, (zmq_pollitem_t){ .fd = fd });
}

/* Without a descriptor of its own: zloop would take 0 for one. */
static zmq_pollitem_t
socket_item(zsock_t *socket)
{
    return (zmq_pollitem_t){ .socket = zsock_resolve(socket), .fd = -1 };
}

void
loop_watch_socket(struct loop *loop, zsock_t *socket, void (*ready)(void *self), void *self)
{
    watch_item(loop, socket_item(socket), ready, self);
}

void
loop_unwatch_socket(struct loop *loop, zsock_t *socket)
{
    unwatch_item(loop, socket_item(socket));
}

/* --- Timers -------------------------------------------------------------------------------- */

static void
on_tick(void *self)
{
    struct timer *timer = self;
    uint64_t times;

    if (read(timer->fd, &times, sizeof(times)) == sizeof(times))
        timer->tick(timer->self); /* which may end, and so free, the timer */
}

int
loop_every(struct loop *loop, unsigned ms, void (*tick)(void *self), void *self)
{
    struct timer *timer = mem_new(sizeof(*timer));
    struct timespec every = { ms / 1000, ms % 1000 * 1000000L };
    struct itimerspec spec = { every, every };
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    assert(ms > 0);
    if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL) < 0)
        give_up("no_timer");
    *timer = (struct timer){ fd, tick, self, loop->timers };
    loop->timers = timer;
    loop_watch(loop, fd, on_tick, timer);
    return fd;
}

void
loop_end_timer(struct loop *loop, int fd)
{
    for (struct timer **at = &loop->timers; *at != NULL; at = &(*at)->next) {
        struct timer *timer = *at;

        if (timer->fd != fd)
            continue;
        *at = timer->next;
        loop_unwatch(loop, fd);
        close(fd);
        free(timer);
        return;
    }
}

int64_t
loop_monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct instant
loop_wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct instant){ (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

/* --- Signals -------------------------------------------------------------------------------- */

static void
on_signals(void *self)
{
    struct loop *loop = self;
    struct signalfd_siginfo info;

    if (read(loop->signals, &info, sizeof(info)) != sizeof(info))
        return;
    if (loop->heard != NULL)
        loop->heard(loop->signal_self, (int)info.ssi_signo);
    else if (info.ssi_signo != SIGHUP)
        loop_stop(loop);
}

static int
open_signals(void)
{
    sigset_t ours;
    int fd;

    sigemptyset(&ours);
    sigaddset(&ours, SIGHUP);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ours, NULL);
    signal(SIGPIPE, SIG_IGN);
    fd = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        give_up("no_signals");
    return fd;
}

void
loop_on_signal(struct loop *loop, void (*heard)(void *self, int signal), void *self)
{
    loop->heard = heard;
    loop->signal_self = self;
}

/* --- Life ------------------------------------------------------------------------------------ */

struct loop *
loop_new(void)
{
    struct loop *loop = mem_new(sizeof(*loop));

    /* Blocked before libzmq starts its threads, which inherit the mask; and czmq must not
       install handlers of its own.  One input-output thread: the order of a socket's
       events and frames, and the bound on memory, rely on it. */
    loop->signals = open_signals();
    zsys_handler_set(NULL);
    zmq_ctx_set(zsys_init(), ZMQ_IO_THREADS, 1);
    loop->zloop = zloop_new();
    loop_watch(loop, loop->signals, on_signals, loop);
    return loop;
}

void
loop_free(struct loop **pointer)
{
    struct loop *loop = *pointer;

    if (loop == NULL)
        return;
    while (loop->timers != NULL)
        loop_end_timer(loop, loop->timers->fd);
    while (loop->watches != NULL)
        unwatch_item(loop, loop->watches->item);
    zloop_destroy(&loop->zloop);
    close(loop->signals);
    free(loop);
    *pointer = NULL;
}

void
loop_run(struct loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped) /* zloop gives up when a system call is interrupted */
        zloop_start(loop->zloop);
}

void
loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
