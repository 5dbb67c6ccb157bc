#include "agent/door_parts.h"

#include <inttypes.h>
#include <string.h>

#include "agent/alarms.h"

/*
 * GET /metrics, in the text format of OpenMetrics 1.0: a fixed set, so that what is watched
 * never depends on what was sent.  No agency is named, and nothing is said of a message.
 */

enum { KINDS_MAX = 64 };

struct alarm_counts {
    uint64_t of_kind[KINDS_MAX], other;
};

static bool
count_alarm(void *context, const struct alarm *alarm)
{
    struct alarm_counts *counts = context;
    const struct alarm_kind *kind;

    for (size_t i = 0; i < KINDS_MAX && (kind = alarm_kind_at(i)) != NULL; i++)
        if (strcmp(kind->name, alarm->name) == 0) {
            counts->of_kind[i] += alarm->count;
            return true;
        }
    counts->other += alarm->count;
    return true;
}

static void
write_family(struct buffer *out, const char *name, const char *help)
{
    buffer_print(out, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help);
}

static void
write_alarms(struct buffer *out, const struct alarm_counts *counts)
{
    const struct alarm_kind *kind;

    write_family(out, "kith_alarms", "Alarms that nobody has dealt with yet.");
    for (size_t i = 0; i < KINDS_MAX && (kind = alarm_kind_at(i)) != NULL; i++)
        buffer_print(out, "kith_alarms{kind=\"%s\"} %" PRIu64 "\n", kind->name,
                     counts->of_kind[i]);
    buffer_print(out, "kith_alarms{kind=\"other\"} %" PRIu64 "\n", counts->other);
}

static void
write_states(struct buffer *out, const struct agent_status *status)
{
    const struct {
        const char *name;
        uint64_t count;
    } states[] = {
        { "spooled", status->queued },    { "sealed", status->sealed },
        { "accepted", status->accepted }, { "refused", status->refused },
        { "held", status->held },         { "owed", status->owed },
        { "received", status->received }, { "quarantined", status->quarantined },
    };

    write_family(out, "kith_messages",
                 "Messages by state; of those accepted some are owed to somebody.");
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        buffer_print(out, "kith_messages{state=\"%s\"} %" PRIu64 "\n", states[i].name,
                     states[i].count);
}

static void
write_number(struct buffer *out, const char *name, const char *help, int64_t number)
{
    write_family(out, name, help);
    buffer_print(out, "%s %" PRId64 "\n", name, number);
}

static void
write_metrics(struct buffer *out, const struct agent *agent, const struct agent_status *status,
              const struct alarm_counts *counts)
{
    const struct in_force *in_force = agent_in_force(agent);

    write_alarms(out, counts);
    write_states(out, status);
    write_number(out, "kith_broker_connected", "1 when the broker is within reach.",
                 status->link == LINK_READY);
    write_number(out, "kith_keys_until_seconds",
                 "When the last key ends to which others seal to us, since 1970; 0: no key.",
                 status->keys_until_ms / 1000);
    write_number(out, "kith_registry_version", "The registry in force here.",
                 registry_version(federation_registry(in_force->federation)));
    write_number(out, "kith_agreement_version", "The agreement in force here.",
                 policy_version(agreements_current(in_force->agreements)->policy));
    buffer_add_text(out, "# EOF\n");
}

enum err
show_metrics(struct agent *agent, const struct door_request *request, const char *rest,
             struct moment now, struct door_answer *answer)
{
    struct alarm_counts counts = { .other = 0 };
    struct agent_status status;
    enum err err = agent_status(agent, &status);

    (void)request, (void)rest, (void)now;
    if (err == ERR_OK)
        err = alarm_each(agent_get_store(agent), count_alarm, &counts);
    if (err)
        return err;
    answer->status = 200;
    answer->content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    write_metrics(&answer->body, agent, &status, &counts);
    return ERR_OK;
}
