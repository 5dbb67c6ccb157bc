#ifndef KITH_BROKER_SERVER_H
#define KITH_BROKER_SERVER_H

#include "broker/config.h"
#include "core/err.h"

/* The broker's shell: sockets, signals, timers and files around the core of broker.h. */
struct server;

/* Everything up to serving: keys, federation, store, the listener and its self-test.
   config_path names the configuration file, for paths inside values. */
enum err server_open(struct server **server, const struct config *config,
                     const char *config_path, struct why *why) MUST_CHECK;
/* Until SIGTERM or SIGINT; SIGHUP reads the federation again.  Anything but ERR_OK: the
   store failed. */
enum err server_run(struct server *server, struct why *why) MUST_CHECK;
void server_close(struct server **server);

#endif
