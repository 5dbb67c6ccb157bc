#include "agent/parts.h"

#include "core/log.h"
#include "federation/intake.h"

/* Others seal to a key of ours for a week.  Well before it ends we make the next one, and
   offer it to the broker for everybody. */

enum { RENEW_AFTER_MS = 5 * 24 * 60 * 60 * 1000, OFFER_AGAIN_MS = 10 * 60 * 1000 };

static bool
is_due(const struct agent *agent, struct moment now)
{
    bool fresh;
    const struct intake_key *newest =
        federation_intake(agent->in_force->federation, agent->me->number, now.wall, &fresh);

    return newest == NULL || !fresh
           || now.wall.ms - (int64_t)newest->not_before_ms >= RENEW_AFTER_MS;
}

/* What it signs nobody would take; others seal to the last one. */
static bool
is_lapsed(const struct agent *agent, struct moment now)
{
    return registry_lapsed_key(federation_registry(agent->in_force->federation),
                               agent->me->number, instant_day(now.wall))
           != NULL;
}

static void
offer(struct agent *agent, struct bytes intake)
{
    const struct frame frame = { .verb = VERB_OFFER, .offer = intake };

    say(agent, &frame);
    log_event(LOG_NOTICE, "offered", "what", "a fresh intake key", NULL);
}

void
keys_tick(struct agent *agent, struct moment now)
{
    struct buffer text;
    struct why why = { "" };

    if (agent->outbox.renew == NULL || agent->link != LINK_READY || !is_due(agent, now)
        || is_lapsed(agent, now)
        || (agent->offered_ms != 0 && now.steady_ms - agent->offered_ms < OFFER_AGAIN_MS))
        return;
    agent->offered_ms = now.steady_ms;
    buffer_init(&text, INTAKE_FILE_MAX);
    if (agent->outbox.renew(agent->outbox.self, agent->signer, &text, &why))
        log_event(LOG_ALARM, "no_fresh_key", "because", why.text, "do",
                  "mend it, or this agency will not be told", NULL);
    else
        offer(agent, buffer_bytes(&text));
    buffer_clear(&text);
}
