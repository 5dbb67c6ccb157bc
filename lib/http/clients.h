#ifndef KITH_HTTP_CLIENTS_H
#define KITH_HTTP_CLIENTS_H

#include <microhttpd.h>
#include <stdint.h>

/* The connections of a server, and the time that each has for each stage.  Not
   libmicrohttpd's time-out, which starts again with each byte. */
enum stage {
    STAGE_IDLE,    /* no request line yet */
    STAGE_READING, /* the request is not complete */
    STAGE_ANSWERING
};

struct client;

struct clients {
    int64_t timeout_ms;
    struct client *first;
    unsigned ended; /* so far */
};

/* For MHD_OPTION_NOTIFY_CONNECTION; self: the struct clients. */
void clients_on_connection(void *self, struct MHD_Connection *mhd, void **context,
                           enum MHD_ConnectionNotificationCode code);
void clients_enter(struct MHD_Connection *mhd, enum stage stage);
/* Ends those whose time is up: with a 408 when a request was begun. */
void clients_time_out(struct clients *clients);
/* Milliseconds until the first one's time is up; -1: there is none. */
int64_t clients_until_time_out(const struct clients *clients);

#endif
