#include "agent/parts.h"

#include <stdio.h>
#include <string.h>

/* What has gone stale narrows who is told, down to MASH and children's social care; it never
   silences. */

enum { POLICY_PATIENCE_MS = 60 * 1000 };

/* --- Before sealing --------------------------------------------------------------------------- */

static bool
clock_is_wrong(const struct agent *agent)
{
    return agent->clock_skew_ms > WINDOW_AHEAD_MS || agent->clock_skew_ms < -WINDOW_AHEAD_MS;
}

void
stale_heard_policy(struct agent *agent, struct moment now)
{
    if (agent->policy_refused_ms == 0)
        agent->policy_refused_ms = now.steady_ms;
}

static void
narrow(struct agent *agent, struct moment now)
{
    const struct registry *registry = federation_registry(agent->in_force->federation);
    struct day today = instant_day(now.wall);
    const struct signing_key *lapsed = registry_lapsed_key(registry, agent->me->number, today);
    char *words = agent->narrowed, day[DAY_TEXT];
    const size_t size = sizeof(agent->narrowed);

    words[0] = 0;
    if (lapsed != NULL) {
        bool ended = lapsed->last.number < today.number;

        day_write(day, ended ? lapsed->last : lapsed->first);
        snprintf(words, size, "this agency's signing key %s on %s", ended ? "ended" : "begins",
                 day);
    } else if (clock_is_wrong(agent)) {
        snprintf(words, size, "our clock and the broker's differ by more than 5 minutes");
    } else if (agent->policy_refused_ms != 0
               && now.steady_ms - agent->policy_refused_ms >= POLICY_PATIENCE_MS) {
        snprintf(words, size, "the broker goes by a newer agreement than we have");
    }
}

/* What lies in the future by one of two clocks may be of the past. */
struct moment
stale_latest(const struct agent *agent, struct moment now)
{
    if (clock_is_wrong(agent) && agent->clock_skew_ms > 0)
        now.wall.ms += agent->clock_skew_ms;
    return now;
}

/* Of two clocks that differ the broker's is the one that it takes messages by. */
struct moment
stale_look(struct agent *agent, struct moment now)
{
    const struct numbered_secret *signer;
    bool lapsed;

    if (clock_is_wrong(agent))
        now.wall.ms += agent->clock_skew_ms;
    signer = signer_choose(agent->keys, federation_registry(agent->in_force->federation),
                           agent->me, instant_day(now.wall), &lapsed);
    if (signer != NULL)
        agent->signer = signer;
    narrow(agent, now);
    return now;
}
