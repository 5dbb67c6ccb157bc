#ifndef KITH_AGENT_NUMBERS_H
#define KITH_AGENT_NUMBERS_H

#include "agent/parts.h"
#include "message/control.h"

/*
 * The numbers that a sealing carries, one for each recipient's stream.  A number is given
 * out once and never skipped: whatever replaces a sealing that was not accepted carries its
 * numbers, and a number that nobody carries any more goes out in a VOID.
 */
struct numbers {
    struct {
        uint32_t agency;
        uint64_t seq;
    } list[RECIPIENTS_MAX];
    size_t count;
};

/* Those of the last sealing of that message. */
enum err numbers_read(struct numbers *numbers, struct agent *agent,
                      const uint8_t notice_id[NOTICE_ID]) MUST_CHECK;
/* The number for that recipient: the one it had, taken out of the list, or the next. */
enum err numbers_take(struct numbers *numbers, struct agent *agent, uint32_t recipient,
                      uint64_t *seq) MUST_CHECK;
/* Queues a message of KIND_CONTROL to that one recipient, under that number. */
enum err control_queue(struct agent *agent, const struct control *control, uint32_t recipient,
                       uint64_t seq, struct moment now) MUST_CHECK;
/* Queues a VOID for every number left. */
enum err numbers_void_rest(struct numbers *numbers, struct agent *agent,
                           struct moment now) MUST_CHECK;
/* The message is not going out: none of its numbers is carried by it. */
enum err numbers_give_up(struct agent *agent, const uint8_t notice_id[NOTICE_ID],
                         struct moment now) MUST_CHECK;

#endif
