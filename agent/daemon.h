#ifndef KITH_AGENT_DAEMON_H
#define KITH_AGENT_DAEMON_H

#include "agent/config.h"
#include "core/err.h"

/* The agent's shell: the broker's connection, the door, signals, timers and files around
   the core of agent.h. */
struct daemon;

/* Everything up to serving.  config_path names the configuration file. */
enum err daemon_open(struct daemon **daemon, const struct config *config,
                     const char *config_path, struct why *why) MUST_CHECK;
/* Until SIGTERM or SIGINT; SIGHUP reads the federation and our keys again.  Anything but ERR_OK: the
   store failed. */
enum err daemon_run(struct daemon *daemon, struct why *why) MUST_CHECK;
void daemon_close(struct daemon **daemon);

#endif
