#include "broker/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"

bool
uses_much_credit(const struct peer *peer)
{
    return peer->used_messages >= peer->allowed_messages / 2
           || peer->used_bytes >= peer->allowed_bytes / 2;
}

/* --- Commit, then tell ------------------------------------------------------------------------ */

/* After a commit: everybody gets back the credit that was used. */
static void
give_credit_back(struct broker *broker, struct peer *peer)
{
    const struct frame credit = {
        .verb = VERB_CREDIT,
        .credit = { .messages = peer->used_messages, .bytes = peer->used_bytes },
    };

    if (!uses_much_credit(peer))
        return;
    peer->used_messages = 0;
    peer->used_bytes = 0;
    tell(broker, peer, &credit);
}

static void
answer_committed(struct broker *broker, uint64_t first)
{
    for (size_t i = 0; i < broker->staged_count; i++) {
        const struct staged *staged = broker->staged[i];
        struct store_fate fate = { .log_index = first + i, .accepted_ms = staged->accepted_ms };
        struct peer *peer = peers_find(broker->peers, staged->session);
        char index[24];

        memcpy(fate.h, staged->h, DIGEST);
        snprintf(index, sizeof(index), "%" PRIu64, fate.log_index);
        log_event(LOG_NOTICE, "accepted", "sender", name_of(broker, staged->sender), "kind",
                  kind_name((enum kind)staged->kind), "log_index", index, NULL);
        if (peer != NULL)
            tell_accepted(broker, peer, staged->msg_id, &fate);
    }
    broker->counts.accepted += broker->staged_count;
}

static void
wake_recipients(struct broker *broker)
{
    for (size_t i = 0; i < broker->staged_count; i++)
        for (size_t j = 0; j < broker->staged[i]->delivery_count; j++) {
            struct peer *peer =
                peers_serving(broker->peers, broker->staged[i]->deliveries[j].agency);

            if (peer != NULL) {
                peer->more = true;
                peers_mark(broker->peers, peer);
            }
        }
}

/* No room: nothing was written, so nothing is lost; the agents keep it and try again. */
static void
refuse_for_want_of_room(struct broker *broker)
{
    for (size_t i = 0; i < broker->staged_count; i++) {
        struct peer *peer = peers_find(broker->peers, broker->staged[i]->session);

        if (peer != NULL)
            dismiss(broker, peer, BYE_SHUTDOWN, "the broker has no room left on its disk");
    }
    log_event(LOG_ALARM, "disk_full", "do", "make room; agents keep what they have to send",
              NULL);
}

struct serving {
    struct broker *broker;
    struct moment now;
    enum err err;
};

static bool
serve(void *context, struct peer *peer)
{
    struct serving *serving = context;

    if (peer->state != PEER_READY || serving->err)
        return serving->err != ERR_OK;
    give_credit_back(serving->broker, peer);
    return deliver(serving->broker, peer, serving->now, &serving->err);
}

/* The batch to disk; ERR_FULL leaves everything as it was. */
static enum err
write_down(struct broker *broker)
{
    uint64_t first = broker->head.size;
    enum err err = batch_commit(broker);

    if (err == ERR_OK) {
        answer_committed(broker, first);
        wake_recipients(broker);
        batch_clear(broker);
    } else if (err == ERR_FULL) {
        refuse_for_want_of_room(broker);
        batch_forget_messages(broker);
        err = ERR_OK;
    }
    return err;
}

enum err
broker_commit(struct broker *broker, struct moment now)
{
    struct serving serving = { .broker = broker, .now = now };
    enum err err;

    if (broker->staged_count > 0 && (err = write_down(broker)))
        return err;
    peers_each_marked(broker->peers, serve, &serving);
    return serving.err;
}

/* --- As time goes by ----------------------------------------------------------------------------- */

static void
look_after(void *context, struct peer *peer)
{
    const struct serving *caring = context;
    const struct frame ping = { .verb = VERB_PING, .ping = 1 };
    int64_t now_ms = caring->now.steady_ms;

    if (now_ms - peer->heard_ms >= DROP_AFTER_MS) {
        dismiss(caring->broker, peer, BYE_DONE, "not heard for 30 seconds");
    } else if (!is_still_listed(caring->broker, peer, caring->now)) {
        dismiss(caring->broker, peer, BYE_NOT_LISTED,
                "this transport key has had its last day");
    } else if (peer->state == PEER_READY && now_ms - peer->pinged_ms >= PING_AFTER_MS) {
        peer->pinged_ms = now_ms;
        tell(caring->broker, peer, &ping);
    }
}

static void
note_expired(void *context, const struct store_queued *queued)
{
    char index[24];

    snprintf(index, sizeof(index), "%" PRIu64, queued->log_index);
    log_event(LOG_ALARM, "expired", "recipient", name_of(context, queued->agency), "log_index",
              index, "do", "the publisher still owes it", NULL);
}

static enum err
expire(struct broker *broker, struct moment now)
{
    const int64_t every_ms = 60 * 1000;
    enum err err;

    if (now.steady_ms - broker->expired_ms < every_ms)
        return ERR_OK;
    broker->expired_ms = now.steady_ms;
    err =
        store_expire(broker->store, &broker->head, (uint64_t)now.wall.ms, note_expired, broker);
    /* Without room nothing was given up: it waits for the next time. */
    return err == ERR_FULL ? ERR_OK : err;
}

enum err
broker_tick(struct broker *broker, struct moment now)
{
    struct serving caring = { .broker = broker, .now = now };
    enum err err;

    /* Acknowledgements that no message took along: a lost one only repeats a delivery. */
    if (broker->acks.count > 0 && (err = write_down(broker)))
        return err;
    if ((err = expire(broker, now)))
        return err;
    peers_each(broker->peers, look_after, &caring);
    return broker_commit(broker, now);
}
