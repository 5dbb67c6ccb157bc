#ifndef KITH_AGENT_RECEIPTS_H
#define KITH_AGENT_RECEIPTS_H

#include "agent/arrival.h"

/*
 * MASH's word to the sender, for each concern and each statement of needs: opened, or came
 * and cannot be opened.  A message of its own, sealed and signed as all are, so that nobody
 * between can say it.
 */

/* At MASH, in the transaction in which the message is kept; nothing anywhere else. */
enum err receipt_give(struct agent *agent, const struct arrival *arrival, enum check check,
                      struct moment now) MUST_CHECK;
/* At the sender. */
enum err receipt_take(struct agent *agent, const struct arrival *arrival) MUST_CHECK;

#endif
