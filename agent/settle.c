#include "agent/parts.h"

#include "core/log.h"

static void
acknowledge(struct agent *agent)
{
    const struct frame ack = { .verb = VERB_ACK, .ack = agent->applied };
    const struct frame credit = {
        .verb = VERB_CREDIT,
        .credit = { .messages = agent->used_messages, .bytes = agent->used_bytes },
    };

    say(agent, &ack);
    say(agent, &credit);
    agent->used_messages = 0;
    agent->used_bytes = 0;
}

enum err
open_transaction(struct agent *agent)
{
    enum err err;

    if (agent->in_transaction)
        return ERR_OK;
    if ((err = agent_store_begin(agent->store)) == ERR_OK)
        agent->in_transaction = true;
    return err;
}

void
give_up_transaction(struct agent *agent)
{
    if (agent->in_transaction)
        agent_store_rollback(agent->store);
    agent->in_transaction = false;
    agent->arrived = agent->applied;
}

enum err
settle_heard(struct agent *agent)
{
    enum err err;

    if (agent->in_transaction) {
        if ((err = agent_store_set_number(agent->store, "applied", agent->arrived))
            || (err = agent_store_set_number(agent->store, "log size", agent->log_size))
            || (err = agent_store_commit(agent->store)))
            return err;
        agent->in_transaction = false;
        agent->applied = agent->arrived;
    }
    if (agent->used_messages > 0 && agent->link == LINK_READY)
        acknowledge(agent);
    return ERR_OK;
}

enum err
wait_for_room(struct agent *agent, struct moment now)
{
    give_up_transaction(agent);
    log_event(LOG_ALARM, "disk_full", "do", "make room; nothing is lost meanwhile", NULL);
    hang_up(agent, now);
    return ERR_OK;
}

static enum err
look_again(struct agent *agent, struct moment now)
{
    enum err err = ERR_OK;

    if (agent->look_again)
        err = look_at_quarantine_again(agent, now);
    if (err == ERR_OK)
        agent->look_again = false;
    return err;
}

static enum err
settle(struct agent *agent, struct moment now)
{
    enum err err;

    if ((err = look_again(agent, now)) || (err = stream_report_gaps(agent, now))
        || (err = settle_heard(agent)) || agent->link != LINK_READY)
        return err;
    if ((err = submit_unsent(agent, now)) || (err = seal_queued(agent, now))
        || (err = settle_heard(agent)))
        return err;
    return submit_unsent(agent, now);
}

enum err
agent_settle(struct agent *agent, struct moment now)
{
    enum err err = settle(agent, now);

    return err == ERR_FULL ? wait_for_room(agent, now) : err;
}
