#include "net/guard.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "net/listener.h"
#include "net/socket.h"
#include "net/tcp.h"

enum { LOOK_EVERY_MS = 10, LOOK_AT_ONCE = 256 };

/* What heartbeats take, which are received and never heard: at most one PING and one PONG
   in five seconds.  Forgiven when a whole message has been heard and no more than this is
   left: the parts of a message come after the end of the one before it, so what is left is
   not an unfinished message of any size. */
enum { HEARTBEATS_AT_ONCE = 1024, HEARTBEATS_PER_S = 64, HEARTBEATS_MAX = 64 * 1024 };

/* A connection, found by its descriptor. */
struct entry {
    uint64_t cookie; /* 0: none here */
    uint64_t received;
    uint64_t heard; /* with what was forgiven; may be ahead of `received` until we look */
    int64_t forgiven_ms;
    bool spoke; /* a whole message was heard since we looked */
};

struct guard {
    struct guard_limits limits;
    pthread_t thread;
    pthread_mutex_t lock; /* over all below */
    struct entry *entries;
    size_t entry_count;
    uint64_t undelivered; /* of all connections, as last seen */
    int arrivals;         /* epoll, edge-triggered: who has received something */
    int stop;
};

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct entry *
find(struct guard *guard, int fd)
{
    if (fd < 0 || (size_t)fd >= guard->entry_count || guard->entries[fd].cookie == 0)
        return NULL;
    return &guard->entries[fd];
}

static uint64_t
undelivered(const struct entry *entry)
{
    return entry->received > entry->heard ? entry->received - entry->heard : 0;
}

static void
update(struct guard *guard, struct entry *entry, uint64_t received, uint64_t heard)
{
    guard->undelivered -= undelivered(entry);
    entry->received = received;
    entry->heard = heard;
    guard->undelivered += undelivered(entry);
}

/* Nothing can be heard that was not received: what seems so was forgiven
   too much, and is taken back. */
static void
refresh(struct guard *guard, struct entry *entry, int fd)
{
    uint64_t received;

    if (tcp_received(fd, &received))
        update(guard, entry, received, entry->heard < received ? entry->heard : received);
}

/* The entry stays until libzmq says that the connection is gone, but counts no more. */
static void
shut_down(struct guard *guard, struct entry *entry, int fd)
{
    if (tcp_cookie(fd) == entry->cookie)
        shutdown(fd, SHUT_RDWR);
    update(guard, entry, 0, 0);
    entry->cookie = 0;
}

/* --- Looking -------------------------------------------------------------------------------- */

static void
cut_for(struct guard *guard, struct entry *entry, int fd, const char *reason)
{
    char bytes[24];

    snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)undelivered(entry));
    log_event(LOG_ALARM, "connection_cut", "reason", reason, "undelivered", bytes, NULL);
    shut_down(guard, entry, fd);
}

static void
forgive_heartbeats(struct guard *guard, struct entry *entry)
{
    int64_t now = now_ms();
    int64_t most = HEARTBEATS_AT_ONCE + (now - entry->forgiven_ms) / 1000 * HEARTBEATS_PER_S;

    if (!entry->spoke
        || undelivered(entry) > (uint64_t)(most < HEARTBEATS_MAX ? most : HEARTBEATS_MAX))
        return;
    update(guard, entry, entry->received, entry->received);
    entry->forgiven_ms = now;
    entry->spoke = false;
}

static void
look_at(struct guard *guard, int fd)
{
    struct entry *entry = find(guard, fd);

    if (entry == NULL || tcp_cookie(fd) != entry->cookie)
        return;
    refresh(guard, entry, fd);
    forgive_heartbeats(guard, entry);
    if (undelivered(entry) > guard->limits.connection)
        cut_for(guard, entry, fd, "unfinished_message");
}

static void
cut_the_largest(struct guard *guard)
{
    size_t largest = 0;

    for (size_t fd = 1; fd < guard->entry_count; fd++)
        if (undelivered(&guard->entries[fd]) > undelivered(&guard->entries[largest]))
            largest = fd;
    cut_for(guard, &guard->entries[largest], (int)largest, "all_connections_together");
}

/* False when it is time to stop. */
static bool
look(struct guard *guard, const struct epoll_event *events, int count)
{
    bool stop = false;

    pthread_mutex_lock(&guard->lock);
    for (int i = 0; i < count; i++)
        if (events[i].data.fd == guard->stop)
            stop = true;
        else
            look_at(guard, events[i].data.fd);
    while (guard->undelivered > guard->limits.total)
        cut_the_largest(guard);
    pthread_mutex_unlock(&guard->lock);
    return !stop;
}

static void *
watch_arrivals(void *arg)
{
    const struct timespec pause = { 0, LOOK_EVERY_MS * 1000000L };
    struct guard *guard = arg;
    struct epoll_event events[LOOK_AT_ONCE];
    int count;

    do {
        count = epoll_wait(guard->arrivals, events, LOOK_AT_ONCE, -1);
        if (count < LOOK_AT_ONCE)
            nanosleep(&pause, NULL);
    } while (look(guard, events, count));
    return NULL;
}

/* --- What the loop says ------------------------------------------------------------------------ */

static void
make_room(struct guard *guard, size_t fd)
{
    size_t count = guard->entry_count;

    if (fd < count)
        return;
    guard->entry_count = 2 * (fd + 1);
    guard->entries = mem_resize(guard->entries, guard->entry_count, sizeof(*guard->entries));
    memset(guard->entries + count, 0, (guard->entry_count - count) * sizeof(*guard->entries));
}

static void
forget(struct guard *guard, int fd)
{
    struct entry *entry = find(guard, fd);

    if (entry == NULL)
        return;
    update(guard, entry, 0, 0);
    entry->cookie = 0;
}

void
guard_add(struct guard *guard, int fd)
{
    /* OUT too: the kernel passes over a descriptor whose bytes libzmq has read before we
       woke, unless there is something else to say of it; and one can nearly always write. */
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd };

    pthread_mutex_lock(&guard->lock);
    make_room(guard, (size_t)fd);
    forget(guard, fd);
    guard->entries[fd] = (struct entry){ tcp_cookie(fd), 0, 0, now_ms(), false };
    /* It leaves the set by itself when libzmq closes it.  It is there already when libzmq
       closed another of its number, and got this one, before we heard of either. */
    epoll_ctl(guard->arrivals, EPOLL_CTL_ADD, fd, &event);
    pthread_mutex_unlock(&guard->lock);
}

void
guard_remove(struct guard *guard, int fd)
{
    pthread_mutex_lock(&guard->lock);
    forget(guard, fd);
    pthread_mutex_unlock(&guard->lock);
}

void
guard_heard(struct guard *guard, int fd, size_t wire_size)
{
    struct entry *entry;

    pthread_mutex_lock(&guard->lock);
    if ((entry = find(guard, fd)) != NULL) {
        update(guard, entry, entry->received, entry->heard + wire_size);
        entry->spoke = true;
    }
    pthread_mutex_unlock(&guard->lock);
}

void
guard_cut(struct guard *guard, int fd)
{
    struct entry *entry;

    pthread_mutex_lock(&guard->lock);
    if ((entry = find(guard, fd)) != NULL)
        shut_down(guard, entry, fd);
    pthread_mutex_unlock(&guard->lock);
}

/* --- Life ----------------------------------------------------------------------------------------- */

struct guard_limits
guard_limits_for(size_t connection, size_t frame_max)
{
    /* Whole frames may wait to be heard, one more may be on its way, and the kernel holds
       what libzmq has not read. */
    size_t honest =
        (RECEIVE_HWM + 1) * (frame_max + CURVE_OVERHEAD + 9) + (size_t)2 * KERNEL_BUFFER;

    return (struct guard_limits){ connection > honest ? connection : honest,
                                  LISTENER_UNDELIVERED_MAX };
}

struct guard *
guard_start(struct guard_limits limits)
{
    struct guard *guard = mem_new(sizeof(*guard));
    struct epoll_event event = { .events = EPOLLIN };
    bool started;

    guard->limits = limits;
    guard->arrivals = epoll_create1(EPOLL_CLOEXEC);
    guard->stop = event.data.fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&guard->lock, NULL);
    started = guard->arrivals >= 0 && guard->stop >= 0
              && epoll_ctl(guard->arrivals, EPOLL_CTL_ADD, guard->stop, &event) == 0
              && pthread_create(&guard->thread, NULL, watch_arrivals, guard) == 0;
    if (!started) {
        if (guard->arrivals >= 0)
            close(guard->arrivals);
        if (guard->stop >= 0)
            close(guard->stop);
        free(guard);
        return NULL;
    }
    return guard;
}

void
guard_stop(struct guard **pointer)
{
    struct guard *guard = *pointer;

    if (guard == NULL)
        return;
    eventfd_write(guard->stop, 1);
    pthread_join(guard->thread, NULL);
    pthread_mutex_destroy(&guard->lock);
    close(guard->arrivals);
    close(guard->stop);
    free(guard->entries);
    free(guard);
    *pointer = NULL;
}
