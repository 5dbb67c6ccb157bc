#include "agent/parts.h"

#include <stdio.h>

/* A message that its sender had to seal again, or had to give up, comes a little later than
   those behind it. */
enum { GAP_AFTER_MS = 60 * 1000 };

static enum err
skip_to(struct agent *agent, uint32_t sender, uint64_t seen, uint64_t seq, struct moment now)
{
    const struct missing missing = {
        .sender = sender, .first = seen + 1, .last = seq - 1, .since_ms = (uint64_t)now.wall.ms
    };
    enum err err = ERR_OK;

    if (missing.first <= missing.last)
        err = missing_add(agent->store, &missing);
    return err ? err : stream_set_seen(agent->store, sender, seq);
}

enum err
stream_step(struct agent *agent, uint32_t sender, uint64_t seq, struct moment now)
{
    uint64_t seen;
    enum err err = stream_seen(agent->store, sender, &seen);

    if (err)
        return err;
    if (seq == 0)
        return stream_set_seen(agent->store, sender, seen + 1);
    return seq > seen ? skip_to(agent, sender, seen, seq, now)
                      : missing_fill(agent->store, sender, seq);
}

static enum err
report(struct agent *agent, const struct missing *missing, struct moment now)
{
    char about[160];
    enum err err = open_transaction(agent);

    if (err == ERR_OK)
        err = missing_drop(agent->store, missing);
    if (err)
        return err;
    snprintf(about, sizeof(about), "from %s: messages did not come; ask what it sent",
             agency_name(agent, missing->sender));
    raise_alarm(agent, "GAP", about, missing->last - missing->first + 1, now);
    return ERR_OK;
}

enum err
stream_report_gaps(struct agent *agent, struct moment now)
{
    struct missing missing;
    enum err err;

    while ((err = missing_since(agent->store, (uint64_t)now.wall.ms - GAP_AFTER_MS, &missing))
           == ERR_OK)
        if ((err = report(agent, &missing, now)))
            return err;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}
