#ifndef KITH_NET_LOOP_H
#define KITH_NET_LOOP_H

#include <stdint.h>

#include "core/instant.h"

/*
 * One thread, one loop: timers, descriptors, signals, and the sockets of this module.
 *
 * SIGHUP, SIGTERM and SIGINT are blocked when the first loop is made and read from a
 * signalfd from then on; SIGPIPE is ignored.  So make the loop before anything that
 * starts a thread.  Every callback runs in the thread of loop_run, never inside another.
 */
struct loop;

struct loop *loop_new(void);
/* What still watches it must be closed first. */
void loop_free(struct loop **loop);
/* Until loop_stop, or SIGINT or SIGTERM when no on_signal is set. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* signal: SIGHUP, SIGTERM or SIGINT. */
void loop_on_signal(struct loop *loop, void (*heard)(void *self, int signal), void *self);
/* Every ms milliseconds; ticks that were missed are not made up for.  Returns a number for
   loop_end_timer, which may be called from the tick itself. */
int loop_every(struct loop *loop, unsigned ms, void (*tick)(void *self), void *self);
void loop_end_timer(struct loop *loop, int timer);
/* Called while the descriptor is readable or broken.  Unwatch it before closing it; both
   may be called from any callback. */
void loop_watch(struct loop *loop, int fd, void (*ready)(void *self), void *self);
void loop_unwatch(struct loop *loop, int fd);
/* Monotonic milliseconds, for waiting; and the wall clock, for signed times. */
int64_t loop_monotonic_ms(void);
struct instant loop_wall_clock(void);

#endif
