#ifndef KITH_CLI_COMMAND_H
#define KITH_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "http/http.h"

/* What the subcommands of kith share: exit statuses, and calls to an agent's door. */
enum exit_status {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_WOULD_WIDEN = 3,
    EXIT_REFUSED = 4, /* by the agent, the broker or the agreement */
    EXIT_OUT_OF_REACH = 5
};

/* Now, to the millisecond: what is signed says when, and a second is long. */
struct instant wall_clock(void);

/* "kith: ..." on stderr; returns the status, for `return complain(...)`. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of somebody else's text (cli/plain.h), so far from the left edge. */
void print_plain(FILE *out, unsigned indent, const char *text);

/* The socket that was asked for, or $KITH_AGENT, or /run/kith/agent.sock. */
const char *agent_socket(const char *asked);

/* One call to an agent; when it fails, `why` says so in a sentence. */
enum err agent_try(const char *socket, const char *method, const char *path, struct bytes body,
                   const char *idempotency_key, struct http_response *response,
                   struct why *why) MUST_CHECK;
/* One call to an agent.  EXIT_OK when it answered, whatever the answer: response is then
   the caller's (buffer_clear its body).  Else the reason has been said on stderr. */
int agent_call(const char *socket, const char *method, const char *path, struct bytes body,
               const char *idempotency_key, struct http_response *response);

/* Says on stderr what a problem+json answer says; EXIT_REFUSED when the agent does not take
   what it was given, else EXIT_FAILED. */
int complain_of_answer(const char *about, const struct http_response *response);

#endif
