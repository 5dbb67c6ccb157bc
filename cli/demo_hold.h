#ifndef KITH_CLI_DEMO_HOLD_H
#define KITH_CLI_DEMO_HOLD_H

#include "core/err.h"

/*
 * A reader who asks an agent for its inbox, again and again, and reads none of it.  When it
 * returns, the agent waits with an answer that it cannot get rid of, the whole inbox in
 * memory: a place where plaintext must be found.  To be closed within seconds, else the
 * agent closes it.  -1, and why, when that cannot be brought about.
 */
int inbox_hold(const char *socket_path, struct why *why);

#endif
