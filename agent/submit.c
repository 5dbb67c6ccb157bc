#include "agent/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/numbers.h"
#include "core/log.h"

void
unsent_add(struct agent *agent, const uint8_t msg_id[MSG_ID])
{
    if (agent->unsent_count < IN_FLIGHT_MAX)
        memcpy(agent->unsent[agent->unsent_count++], msg_id, MSG_ID);
}

static void
unsent_drop_first(struct agent *agent, size_t count)
{
    agent->unsent_count -= count;
    memmove(agent->unsent[0], agent->unsent[count], agent->unsent_count * MSG_ID);
}

/* --- Out ------------------------------------------------------------------------------------- */

/* SUBMIT is the stored envelope behind the verb: no need to take it apart. */
static enum sent
post_sealed(struct agent *agent, const struct spooled *entry, struct moment now)
{
    enum sent posted;

    buffer_reset(&agent->frame);
    buffer_add_byte(&agent->frame, VERB_SUBMIT);
    buffer_add_bytes(&agent->frame, entry->sealed);
    posted = post_frame(agent);
    if (posted == SENT_OK && agent->in_flight++ == 0)
        agent->answered_ms = now.steady_ms;
    return posted;
}

enum err
submit_unsent(struct agent *agent, struct moment now)
{
    size_t sent = 0;
    enum err err = ERR_OK;

    while (sent < agent->unsent_count && agent->credit_messages > 0
           && agent->credit_bytes > 0) {
        struct spooled entry;

        err = spool_find_msg(agent->store, agent->unsent[sent], &entry);
        if (err == ERR_NOT_FOUND || (err == ERR_OK && entry.state != SPOOL_SEALED)) {
            sent++; /* its fate has been settled in the meantime */
            err = ERR_OK;
            continue;
        }
        if (err || post_sealed(agent, &entry, now) != SENT_OK)
            break;
        sent++;
    }
    unsent_drop_first(agent, sent);
    return err;
}

/* --- What became of it ---------------------------------------------------------------------------- */

/* One change among those that the next settling commits. */
static enum err
change(struct agent *agent,
       enum err (*how)(struct agent *, const struct spooled *, const void *),
       const struct spooled *entry, const void *what)
{
    enum err err = open_transaction(agent);

    return err ? err : how(agent, entry, what);
}

struct acceptance {
    uint64_t log_index, accepted_ms;
};

static enum err
set_accepted(struct agent *agent, const struct spooled *entry, const void *what)
{
    const struct acceptance *acceptance = what;

    return spool_set_accepted(agent->store, entry->notice_id, acceptance->log_index,
                              acceptance->accepted_ms);
}

/* The message stays as it is: nobody is known to have it. */
static enum err
report_equivocation(struct agent *agent, struct moment now)
{
    enum err err = open_transaction(agent);

    if (err == ERR_OK)
        raise_alarm(agent, "EQUIVOCATION", "the broker has another message under an id of ours",
                    1, now);
    return err;
}

static enum err
settle_accepted(struct agent *agent, struct bytes msg_id, struct bytes h, uint64_t log_index,
                uint64_t accepted_ms, struct moment now)
{
    const struct acceptance acceptance = { log_index, accepted_ms };
    struct spooled entry;
    char index[24];
    enum err err = spool_find_msg(agent->store, msg_id.data, &entry);

    if (err == ERR_NOT_FOUND || (err == ERR_OK && entry.state != SPOOL_SEALED))
        return ERR_OK; /* an answer that was given before */
    if (err)
        return err;
    if (memcmp(entry.h, h.data, DIGEST) != 0)
        return report_equivocation(agent, now);
    snprintf(index, sizeof(index), "%" PRIu64, log_index);
    log_event(LOG_NOTICE, "accepted", "kind", kind_name((enum kind)entry.kind), "log_index",
              index, NULL);
    return change(agent, set_accepted, &entry, &acceptance);
}

static void
one_answered(struct agent *agent, struct moment now)
{
    agent->answered_ms = now.steady_ms;
    if (agent->in_flight > 0)
        agent->in_flight--;
}

enum err
on_accepted(struct agent *agent, const struct frame *frame, struct moment now)
{
    const struct accepted *accepted = &frame->accepted;

    one_answered(agent, now);
    if (accepted->log_index >= agent->log_size)
        agent->log_size = accepted->log_index + 1;
    return settle_accepted(agent, accepted->msg_id, accepted->h, accepted->log_index,
                           accepted->accepted_ms, now);
}

static enum err
queue_again(struct agent *agent, const struct spooled *entry, const void *what)
{
    (void)what;
    return spool_set_state(agent->store, entry->notice_id, SPOOL_QUEUED, "");
}

struct refusal {
    const struct refused *refused;
    struct moment now;
};

static enum err
give_up(struct agent *agent, const struct spooled *entry, const void *what)
{
    const struct refusal *refusal = what;
    char reason[256];
    enum err err;

    /* A VOID is its number: it waits for another registry, agreement or grant. */
    if (entry->kind == KIND_CONTROL)
        return spool_set_state(agent->store, entry->notice_id, SPOOL_HELD,
                               check_text(refusal->refused->check));
    if ((err = numbers_give_up(agent, entry->notice_id, refusal->now)))
        return err;
    snprintf(reason, sizeof(reason), "the broker refused it: %s",
             check_text(refusal->refused->check));
    return spool_set_state(agent->store, entry->notice_id, SPOOL_REFUSED, reason);
}

/* A message that is sealed again is sealed under what is in force by then, without the
   recipient that may not have it, with the time of then. */
enum mending { NOTHING_MENDS_IT, MENDED_AT_ONCE, MENDED_LATER };

static enum mending
mending_of(struct agent *agent, const struct spooled *entry, const struct refused *refused,
           struct moment now)
{
    switch ((int)refused->check) {
    case CHECK_WINDOW:
    case CHECK_SENDER_KEY:
    case CHECK_SUSPENDED: return MENDED_LATER;
    case CHECK_POLICY:
        agent->agreement_differs = true;
        stale_heard_policy(agent, now);
        return MENDED_LATER;
    /* The broker's registry names somebody who must be told and whom ours does not. */
    case CHECK_CAPSULE_MISSING: agent->registry_differs = true; return MENDED_LATER;
    case CHECK_GRANT:
    case CHECK_RECIPIENT:
        if (refused->recipient == 0 || entry->kind == KIND_CONTROL)
            return NOTHING_MENDS_IT;
        /* Who must be told of everything is not left out, and will be refused again. */
        return refused_for_add(agent, entry->notice_id, refused->recipient) ? MENDED_AT_ONCE
                                                                            : MENDED_LATER;
    default: return NOTHING_MENDS_IT;
    }
}

static void
note_clock(struct agent *agent, uint64_t broker_ms, struct moment now)
{
    agent->clock_skew_ms = (int64_t)broker_ms - now.wall.ms;
    if (agent->clock_skew_ms > WINDOW_AHEAD_MS || agent->clock_skew_ms < -WINDOW_AHEAD_MS) {
        char skew[32];

        snprintf(skew, sizeof(skew), "%+" PRId64 "s", agent->clock_skew_ms / 1000);
        log_event(LOG_ALARM, "clock", "broker_minus_ours", skew, "do", "set the clock", NULL);
    }
}

enum err
on_refused(struct agent *agent, const struct frame *frame, struct moment now)
{
    const struct refusal refusal = { &frame->refused, now };
    enum mending mending;
    struct spooled entry;
    enum err err;

    one_answered(agent, now);
    note_clock(agent, frame->refused.now_ms, now);
    log_event(LOG_ALARM, "refused", "check", check_name(frame->refused.check), NULL);
    if (frame->refused.msg_id.len == 0)
        return ERR_OK;
    err = spool_find_msg(agent->store, frame->refused.msg_id.data, &entry);
    if (err == ERR_NOT_FOUND || (err == ERR_OK && entry.state != SPOOL_SEALED))
        return ERR_OK;
    if (err)
        return err;
    mending = mending_of(agent, &entry, &frame->refused, now);
    if (mending == NOTHING_MENDS_IT)
        return change(agent, give_up, &entry, &refusal);
    if (mending == MENDED_LATER)
        agent->retry_ms = now.steady_ms + RETRY_MS;
    return change(agent, queue_again, &entry, NULL);
}

/* --- After a lost connection ------------------------------------------------------------------------- */

struct asking {
    uint8_t ids[ASK_MAX][MSG_ID];
    struct bytes list[ASK_MAX];
    size_t count;
};

static bool
ask_after(void *context, const struct spooled *entry)
{
    struct asking *asking = context;

    memcpy(asking->ids[asking->count], entry->msg_id, MSG_ID);
    asking->list[asking->count] = bytes_of(asking->ids[asking->count], MSG_ID);
    return ++asking->count < ASK_MAX;
}

enum err
ask_after_sealed(struct agent *agent)
{
    struct asking asking = { .count = 0 };
    struct frame ask = { .verb = VERB_ASK };
    enum err err = spool_each(agent->store, SPOOL_SEALED, 0, ASK_MAX, ask_after, &asking);

    if (err || asking.count == 0)
        return err;
    ask.ask.msg_ids = asking.list;
    ask.ask.count = asking.count;
    say(agent, &ask);
    agent->asking = true;
    return ERR_OK;
}

/* Unknown to the broker: the same bytes once more, or sealed again when they are too old. */
static enum err
send_once_more(struct agent *agent, struct bytes msg_id, struct moment now)
{
    struct spooled entry;
    struct envelope envelope;
    struct core core;
    void *memory;
    bool fresh;
    enum err err = spool_find_msg(agent->store, msg_id.data, &entry);

    if (err == ERR_NOT_FOUND || (err == ERR_OK && entry.state != SPOOL_SEALED))
        return ERR_OK;
    if (err || (err = envelope_unpack(&envelope, &memory, entry.sealed)))
        return err;
    fresh = core_read(&core, envelope.core) == CHECK_OK
            && now.wall.ms - (int64_t)core.created_ms < WINDOW_BEHIND_MS - 60 * 1000;
    envelope_release(&memory);
    if (!fresh)
        return change(agent, queue_again, &entry, NULL);
    unsent_add(agent, msg_id.data);
    return ERR_OK;
}

enum err
on_fate(struct agent *agent, const struct frame *frame, struct moment now)
{
    enum err err = ERR_OK;

    agent->asking = false;
    for (size_t i = 0; i < frame->fate.count && err == ERR_OK; i++) {
        const struct known *known = &frame->fate.known[i];

        err = known->accepted ? settle_accepted(agent, known->msg_id, known->h,
                                                known->log_index, known->accepted_ms, now)
                              : send_once_more(agent, known->msg_id, now);
    }
    return err;
}
