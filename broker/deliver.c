#include "broker/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "envelope/check.h"

/* One reading of an agency's queue, and how it went. */
struct reading {
    struct broker *broker;
    struct peer *peer;
    const struct agency *agency;
    struct moment now;
    bool full; /* the connection takes no more just now */
    bool gone;
};

/* That under which it was accepted; or the one that the index has put in its place. */
static const struct held_grant *
grant_of(const struct reading *reading, const struct store_queued *queued,
         const struct envelope *envelope)
{
    const struct grant_table *grants = federation_grants(reading->broker->in_force->federation);
    const struct held_grant *held = grant_table_by_id(grants, queued->grant);

    if (held != NULL && grant_table_revoked(grants, &held->grant))
        held = NULL;
    if (held != NULL || envelope->route.len != ROUTE)
        return held;
    return grant_table_live(grants, queued->sender, envelope->route.data + 4, queued->agency,
                            reading->now.wall);
}

static void
add_grant(struct delivery *delivery, const struct held_grant *held)
{
    delivery->has_grant = true;
    delivery->grant_body = held->as_signed.body;
    delivery->grant_batch = held->as_signed.batch;
}

static enum sent
post_delivery(struct reading *reading, const struct delivery *delivery)
{
    struct broker *broker = reading->broker;
    const struct frame frame = { .verb = VERB_DELIVER, .delivery = *delivery };

    buffer_reset(&broker->frame);
    frame_write(&broker->frame, &frame);
    return broker->outbox.post(broker->outbox.self, reading->peer->session,
                               buffer_bytes(&broker->frame));
}

/* The copy for this recipient: its capsule, the compartments it may have, and for a
   recipient under a grant the route. */
static enum sent
strip_and_post(struct reading *reading, const struct store_queued *queued,
               const struct envelope *envelope, const struct core *core,
               const struct agreement *agreement)
{
    static const uint8_t no_grant[GRANT_ID];
    struct sealed_compartment compartments[COMPARTMENTS_MAX];
    bool under_grant = memcmp(queued->grant, no_grant, GRANT_ID) != 0;
    const struct held_grant *held = under_grant ? grant_of(reading, queued, envelope) : NULL;
    bool stub =
        queued->stub || (under_grant && held == NULL)
        || in_force_withholds(reading->broker->in_force, queued->agency, queued->accepted_ms);
    struct delivery delivery = {
        .log_index = queued->log_index,
        .accepted_ms = queued->accepted_ms,
        .position = queued->position,
    };
    struct bits may_have =
        in_force_ceiling(reading->broker->in_force, agreement, reading->agency,
                         (enum kind)core->kind, queued->accepted_ms);

    strip_envelope(&delivery.envelope, compartments, envelope, queued->agency, &may_have,
                   under_grant, stub);
    if (held != NULL && delivery.envelope.capsule_count > 0)
        add_grant(&delivery, held);
    return post_delivery(reading, &delivery);
}

static bool
count_posted(struct reading *reading, const struct store_queued *queued, enum sent posted)
{
    struct peer *peer = reading->peer;
    size_t len = reading->broker->frame.len;

    if (posted == SENT_OK) {
        peer->sent = queued->position;
        peer->credit_messages--;
        peer->credit_bytes -= len < peer->credit_bytes ? len : peer->credit_bytes;
        reading->broker->counts.delivered++;
    }
    reading->full = posted == SENT_LATER;
    reading->gone = posted == SENT_GONE;
    return posted == SENT_OK && peer->credit_messages > 0 && peer->credit_bytes > 0;
}

/* An agreement that is not in our archive: what its compartments mean is not known, so
   nothing may go out under it.  The queue waits; nothing is lost. */
static bool
stop_for_unknown_agreement(struct reading *reading, const struct store_queued *queued)
{
    char index[24];

    snprintf(index, sizeof(index), "%" PRIu64, queued->log_index);
    log_event(LOG_ERROR, "delivery_stopped", "recipient", reading->agency->name, "log_index",
              index, "because", "the agreement it was sealed under is not in the archive",
              NULL);
    reading->peer->more = false;
    return false;
}

static bool
on_queued(void *context, const struct store_queued *queued)
{
    struct reading *reading = context;
    const struct agreement *agreement;
    struct envelope envelope;
    struct core core;
    void *memory;
    bool go_on;

    if (envelope_unpack(&envelope, &memory, queued->envelope))
        return false; /* the store checks what it gives out: cannot happen */
    if (core_read(&core, envelope.core) == CHECK_OK
        && (agreement =
                agreements_named(reading->broker->in_force->agreements, core.policy_hash))
               != NULL)
        go_on = count_posted(reading, queued,
                             strip_and_post(reading, queued, &envelope, &core, agreement));
    else
        go_on = stop_for_unknown_agreement(reading, queued);
    envelope_release(&memory);
    return go_on;
}

bool
deliver(struct broker *broker, struct peer *peer, struct moment now, enum err *err)
{
    struct reading reading = {
        .broker = broker,
        .peer = peer,
        .agency =
            registry_agency(federation_registry(broker->in_force->federation), peer->agency),
        .now = now,
    };
    uint64_t before = peer->sent;

    if (!peer->more || peer->credit_messages == 0 || peer->credit_bytes == 0
        || reading.agency == NULL)
        return false;
    *err = store_read_queue(broker->store, peer->agency, peer->sent, peer->credit_messages,
                            peer->credit_bytes, on_queued, &reading);
    if (peer->sent == before && !reading.full)
        peer->more = false;
    if (reading.gone) {
        log_event(LOG_NOTICE, "session_ended", "agency", reading.agency->name, "because",
                  "the connection is gone", NULL);
        peers_remove(broker->peers, peer->session);
        return false;
    }
    return reading.full || (peer->more && peer->credit_messages > 0 && peer->credit_bytes > 0);
}
