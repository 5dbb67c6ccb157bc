#ifndef KITH_CLI_DEMO_LINE_H
#define KITH_CLI_DEMO_LINE_H

#include <stdbool.h>

#include "core/err.h"
#include "crypto/key.h"
#include "wire/frame.h"

/*
 * A connection to the broker as one agency's agent would have it, without the agent: what is
 * said on it is whatever its owner likes.  Each call waits, ten seconds at most.
 *
 * Signals that would end the demonstration wait while a line is open, so that nothing is
 * left half done; one that came is raised when the line is closed.
 */
struct line;

struct line_options {
    const char *endpoint;
    const uint8_t *broker; /* its public key, 32 bytes */
    const struct exchange_secret *transport;
};

/* What the broker made of it.  ERR_REFUSED: it does not know the key, and hears nothing. */
enum err line_open(struct line **line, const struct line_options *options,
                   struct why *why) MUST_CHECK;
void line_close(struct line **line);

/* What came back: WELCOME, ACCEPTED, REFUSED or BYE; VERB_NONE when nothing came. */
struct answer {
    enum verb verb;
    enum check check;   /* REFUSED */
    uint64_t log_index; /* ACCEPTED */
    char words[200];    /* REFUSED, BYE */
};
struct answer line_say(struct line *line, const struct frame *frame);

/* How often the broker has said that it goes by other documents now; and until it has said so
   more often than that. */
unsigned line_announcements(const struct line *line);
bool line_await_announcement(struct line *line, unsigned more_than);

#endif
