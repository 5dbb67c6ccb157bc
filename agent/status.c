#include "agent/parts.h"

#include <stdlib.h>

#include "core/log.h"
#include "core/mem.h"

/* How the agent is, and what a person has dealt with. */

struct agent_store *
agent_get_store(struct agent *agent)
{
    return agent->store;
}

const struct in_force *
agent_in_force(const struct agent *agent)
{
    return agent->in_force;
}

const struct agency *
agent_me(const struct agent *agent)
{
    return agent->me;
}

enum err
agent_status(struct agent *agent, struct agent_status *status)
{
    const struct federation *federation = agent->in_force->federation;
    struct agent_store *store = agent->store;
    enum err err;

    *status = (struct agent_status){
        .link = agent->link,
        .link_since_ms = agent->link_since.ms,
        .applied = agent->applied,
        .log_size = agent->log_size,
        .clock_skew_ms = agent->clock_skew_ms,
        .agreement_differs = agent->agreement_differs,
        .registry_differs = agent->registry_differs,
        .suspended =
            agent->suspended || in_force_is_suspended(agent->in_force, agent->me->number),
        .in_agreement =
            agreement_member(agreements_current(agent->in_force->agreements), agent->me) >= 0,
        .keys_until_ms = federation_intake_until(federation, agent->me->number),
        .narrowed = agent->narrowed,
        .not_reloaded = agent->not_reloaded,
    };
    if ((err = spool_count(store, SPOOL_QUEUED, &status->queued))
        || (err = spool_count(store, SPOOL_SEALED, &status->sealed))
        || (err = spool_count(store, SPOOL_ACCEPTED, &status->accepted))
        || (err = spool_count(store, SPOOL_REFUSED, &status->refused))
        || (err = spool_count(store, SPOOL_HELD, &status->held))
        || (err = spool_count_owed(store, &status->owed))
        || (err = spool_waiting_since(store, &status->waiting_since_ms)))
        return err;
    return inbox_count(store, &status->received, &status->quarantined);
}

void
agent_report(const struct agent *agent, struct moment now)
{
    const int64_t soon_ms = 2 * DAY_MS;
    int64_t until_ms = federation_intake_until(agent->in_force->federation, agent->me->number);
    char until[INSTANT_TEXT];

    if (until_ms - now.wall.ms > soon_ms)
        return;
    instant_write(until, (struct instant){ until_ms });
    log_event(LOG_ALARM, "intake_key", "until", until_ms == 0 ? "there_is_none" : until, "do",
              "give this agency a fresh one (kith agency renew), or it will not be told", NULL);
}

void
agent_note_reload(struct agent *agent, const char *not_reloaded)
{
    free(agent->not_reloaded);
    agent->not_reloaded = not_reloaded == NULL ? NULL : mem_text(not_reloaded);
}

/* Together with whatever else is in the open transaction, durable at once. */
static enum err
finish(struct agent *agent, enum err err)
{
    return err ? err : settle_heard(agent);
}

enum err
agent_set_aside(struct agent *agent, const uint8_t notice_id[16])
{
    struct spooled entry;
    enum err err = spool_find(agent->store, notice_id, &entry);

    if (err)
        return err;
    if (entry.record == 0 || (entry.state != SPOOL_HELD && entry.state != SPOOL_REFUSED))
        return ERR_REFUSED;
    if ((err = open_transaction(agent)))
        return err;
    return finish(agent,
                  spool_set_state(agent->store, notice_id, SPOOL_SET_ASIDE, entry.reason));
}

enum err
agent_dismiss_alarm(struct agent *agent, uint64_t number)
{
    enum err err = open_transaction(agent);

    return err ? err : finish(agent, alarm_drop(agent->store, number));
}

void
agent_set_mash_telephone(struct agent *agent, const char *telephone)
{
    agent->mash_telephone = telephone;
}

const char *
agent_mash_telephone(const struct agent *agent)
{
    return agent->mash_telephone == NULL ? "" : agent->mash_telephone;
}
