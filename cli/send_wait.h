#ifndef KITH_CLI_SEND_WAIT_H
#define KITH_CLI_SEND_WAIT_H

#include "cli/outgoing.h"

/* Until the broker has what was sent, or MASH has opened it; else a person has to telephone. */
enum awaited { AWAIT_NOTHING, AWAIT_ACCEPTED, AWAIT_DELIVERED };

struct waiting {
    const char *socket; /* the agent's */
    enum awaited awaited;
    long timeout_s;     /* 0: what is usual */
    char telephone[64]; /* MASH's, "" when the agent does not know it */
    int status;         /* the first that was not EXIT_OK */
};

/* For all of them together; enum exit_status.  Says on stderr what did not come about. */
int wait_for_all(struct waiting *waiting, struct post *post);

#endif
