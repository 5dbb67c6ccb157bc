#ifndef KITH_CLI_JOIN_CALL_H
#define KITH_CLI_JOIN_CALL_H

#include "federation/joining.h"

/*
 * The call to the broker, as the guest of an invite: asks to join, fetches the federation's
 * documents, and writes FOLDER/federation unless that is there.  Returns the exit status, and has
 * said what was wrong: EXIT_REFUSED when the broker will not have this request,
 * EXIT_OUT_OF_REACH when it did not answer.
 */
int join_call(const struct invite *invite, struct bytes request, const char *folder);

#endif
