#include "cli/demo_line.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "net/dialler.h"
#include "net/loop.h"

enum { WAIT_MS = 10 * 1000, LAST_WORD_MS = 200 };

struct line {
    struct loop *loop;
    struct dialler *dialler;
    sigset_t mask; /* as it was before the loop took the signals */
    int signal;    /* that came meanwhile, or 0 */
    bool is_up, is_refused, timed_out;
    unsigned announcements, wanted_announcements;
    struct answer answer;
};

/* --- What happens -------------------------------------------------------------------------- */

static void
on_signal(void *self, int signal)
{
    struct line *line = self;

    line->signal = signal;
}

static void
on_timeout(void *self)
{
    struct line *line = self;

    line->timed_out = true;
    loop_stop(line->loop);
}

static void
on_event(void *self, enum dial_event event)
{
    struct line *line = self;

    line->is_up = event == DIAL_UP;
    line->is_refused |= event == DIAL_REFUSED;
    loop_stop(line->loop);
}

/* What is delivered is left to lie: it is nobody's here. */
static void
take(struct line *line, const struct frame *frame)
{
    struct answer *answer = &line->answer;

    switch ((int)frame->verb) {
    case VERB_ANNOUNCE: line->announcements++; break;
    case VERB_WELCOME: answer->verb = frame->verb; break;
    case VERB_ACCEPTED:
        answer->verb = frame->verb;
        answer->log_index = frame->accepted.log_index;
        break;
    case VERB_REFUSED:
        answer->verb = frame->verb;
        answer->check = frame->refused.check;
        snprintf(answer->words, sizeof(answer->words), "%s", frame->refused.words);
        break;
    case VERB_BYE:
        answer->verb = frame->verb;
        snprintf(answer->words, sizeof(answer->words), "%s", frame->bye.words);
        break;
    }
}

static void
on_heard(void *self, struct bytes bytes)
{
    struct line *line = self;
    struct frame frame;

    if (frame_read(&frame, bytes) != ERR_OK)
        return;
    take(line, &frame);
    frame_clear(&frame);
    loop_stop(line->loop);
}

/* --- Waiting ---------------------------------------------------------------------------------- */

static bool
is_decided(const struct line *line)
{
    return line->is_up || line->is_refused;
}

static bool
is_answered(const struct line *line)
{
    return line->answer.verb != VERB_NONE || !line->is_up;
}

static bool
is_announced(const struct line *line)
{
    return line->announcements > line->wanted_announcements || !line->is_up;
}

static bool
is_answered_after_all(const struct line *line)
{
    return line->answer.verb != VERB_NONE;
}

static void
await(struct line *line, bool (*is_over)(const struct line *line), unsigned most_ms)
{
    int timer = loop_every(line->loop, most_ms, on_timeout, line);

    line->timed_out = false;
    while (!is_over(line) && !line->timed_out)
        loop_run(line->loop);
    loop_end_timer(line->loop, timer);
}

struct answer
line_say(struct line *line, const struct frame *frame)
{
    struct buffer bytes;

    line->answer = (struct answer){ .verb = VERB_NONE };
    buffer_init(&bytes, FRAME_MAX);
    frame_write(&bytes, frame);
    if (dialler_send(line->dialler, buffer_bytes(&bytes)) == SENT_OK)
        await(line, is_answered, WAIT_MS);
    /* That the connection has ended may be heard before the last word on it. */
    if (line->answer.verb == VERB_NONE && !line->is_up)
        await(line, is_answered_after_all, LAST_WORD_MS);
    buffer_clear(&bytes);
    return line->answer;
}

unsigned
line_announcements(const struct line *line)
{
    return line->announcements;
}

bool
line_await_announcement(struct line *line, unsigned more_than)
{
    line->wanted_announcements = more_than;
    await(line, is_announced, WAIT_MS);
    return line->announcements > more_than;
}

/* --- Life ---------------------------------------------------------------------------------------- */

static enum err
dial(struct line *line, const struct line_options *options, struct why *why)
{
    struct dialler_options dialler = { .endpoint = options->endpoint, .frame_max = FRAME_MAX };
    enum err err;

    memcpy(dialler.broker.bytes, options->broker, sizeof(dialler.broker.bytes));
    memcpy(dialler.secret.bytes, options->transport->bytes, sizeof(dialler.secret.bytes));
    err = dialler_open(&line->dialler, line->loop, &dialler, why);
    wipe(&dialler.secret, sizeof(dialler.secret));
    if (err)
        return err;
    dialler_on(line->dialler, on_event, on_heard, NULL, line);
    await(line, is_decided, WAIT_MS);
    if (line->is_refused)
        return because(why, ERR_REFUSED, "the broker does not know this key");
    return line->is_up ? ERR_OK : because(why, ERR_IO, "the broker does not answer");
}

enum err
line_open(struct line **line, const struct line_options *options, struct why *why)
{
    struct line *opened = mem_new(sizeof(*opened));
    enum err err;

    sigprocmask(SIG_SETMASK, NULL, &opened->mask);
    opened->loop = loop_new();
    loop_on_signal(opened->loop, on_signal, opened);
    if ((err = dial(opened, options, why)))
        line_close(&opened);
    else
        *line = opened;
    return err;
}

void
line_close(struct line **line)
{
    struct line *closed = *line;

    if (closed == NULL)
        return;
    dialler_close(&closed->dialler);
    loop_free(&closed->loop);
    sigprocmask(SIG_SETMASK, &closed->mask, NULL);
    if (closed->signal != 0)
        raise(closed->signal);
    free(closed);
    *line = NULL;
}
