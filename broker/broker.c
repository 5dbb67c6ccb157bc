#include "broker/broker.h"

#include <stdlib.h>
#include <string.h>

#include "broker/parts.h"
#include "core/log.h"
#include "core/mem.h"
#include "federation/shared.h"

enum { ROOTS_REMEMBERED = 1024, HELLO_MAX = 4096 };

struct broker *
broker_new(struct store *store, struct store_head head, struct in_force *in_force,
           const struct broker_outbox *outbox)
{
    struct broker *broker = mem_new(sizeof(*broker));

    broker->store = store;
    broker->head = head;
    broker->in_force = in_force;
    broker->outbox = *outbox;
    broker->peers = peers_new();
    broker->roots = root_cache_new(ROOTS_REMEMBERED);
    buffer_init(&broker->frame, FRAME_MAX);
    buffer_init(&broker->intake, SHARED_MAX);
    buffer_init(&broker->suspensions, SHARED_MAX);
    documents_learn(broker);
    return broker;
}

void
broker_free(struct broker **broker)
{
    if (*broker == NULL)
        return;
    batch_clear(*broker);
    peers_free(&(*broker)->peers);
    root_cache_free(&(*broker)->roots);
    buffer_clear(&(*broker)->frame);
    buffer_clear(&(*broker)->intake);
    buffer_clear(&(*broker)->suspensions);
    free(*broker);
    *broker = NULL;
}

/* --- Saying ------------------------------------------------------------------------------ */

static enum sent
post(struct broker *broker, const struct peer *peer, const struct frame *frame)
{
    buffer_reset(&broker->frame);
    frame_write(&broker->frame, frame);
    return broker->outbox.post(broker->outbox.self, peer->session,
                               buffer_bytes(&broker->frame));
}

/* An answer that cannot be sent is not kept: without it the agent would wait for ever, so
   its connection ends, and it asks again when it is back. */
void
tell(struct broker *broker, struct peer *peer, const struct frame *frame)
{
    bool matters = frame->verb != VERB_PING && frame->verb != VERB_PONG;

    if (post(broker, peer, frame) == SENT_LATER && matters)
        broker->outbox.cut(broker->outbox.self, peer->session);
}

const char *
name_of(const struct broker *broker, uint32_t agency)
{
    const struct agency *listed =
        registry_agency(federation_registry(broker->in_force->federation), agency);

    return listed == NULL ? "unlisted" : listed->name;
}

void
dismiss(struct broker *broker, struct peer *peer, enum bye reason, const char *words)
{
    const struct frame bye = { .verb = VERB_BYE, .bye = { .reason = reason, .words = words } };
    uint64_t session = peer->session;

    log_event(LOG_NOTICE, "session_ended", "agency", name_of(broker, peer->agency), "because",
              words, NULL);
    tell(broker, peer, &bye);
    peers_remove(broker->peers, session);
    broker->outbox.cut(broker->outbox.self, session);
}

/* --- Hearing ------------------------------------------------------------------------------- */

static struct peer *
visitor_is_known(struct broker *broker, const struct visitor *visitor, struct moment now)
{
    const struct registry *registry = federation_registry(broker->in_force->federation);
    const struct agency *agency;
    struct peer *peer = peers_find(broker->peers, visitor->session);

    if (peer != NULL && memcmp(peer->transport, visitor->transport, 32) != 0)
        return NULL;
    if (peer == NULL) {
        agency =
            registry_agency_by_transport(registry, visitor->transport, instant_day(now.wall));
        if (agency == NULL && guest_invite(broker, visitor->transport) == NULL)
            return NULL;
        peer = peers_add(broker->peers, visitor->session, visitor->transport,
                         agency == NULL ? 0 : agency->number);
        if (agency == NULL)
            guest_enter(peer);
    }
    peer->heard_ms = peer->pinged_ms = now.steady_ms;
    return peer;
}

/* Every frame is paid for out of the credit that the agent was given. */
static bool
is_within_credit(struct broker *broker, struct peer *peer, size_t len)
{
    if (peer->state != PEER_READY && len > HELLO_MAX)
        return false;
    if (peer->state == PEER_NEW)
        return true;
    peer->used_messages++;
    peer->used_bytes += len;
    if (uses_much_credit(peer))
        peers_mark(broker->peers, peer);
    return peer->used_messages <= 2 * peer->allowed_messages
           && peer->used_bytes <= 2 * peer->allowed_bytes;
}

static enum err
hear(struct broker *broker, struct peer *peer, struct bytes bytes, struct moment now)
{
    struct frame frame;
    enum err err;

    if (frame_read(&frame, bytes)) {
        dismiss(broker, peer, BYE_PROTOCOL, "not a frame of this protocol");
        return ERR_OK;
    }
    err = act_on(broker, peer, &frame, now);
    frame_clear(&frame);
    return err;
}

static const char suspended_words[] = "this agency is suspended from the federation";

enum err
broker_hear(struct broker *broker, const struct visitor *visitor, struct bytes frame,
            struct moment now)
{
    struct peer *peer = visitor_is_known(broker, visitor, now);
    enum err err;

    if (peer == NULL) {
        broker->outbox.cut(broker->outbox.self, visitor->session);
        return ERR_OK;
    }
    if (in_force_is_suspended(broker->in_force, peer->agency)) {
        dismiss(broker, peer, BYE_SUSPENDED, suspended_words);
        return ERR_OK;
    }
    if (!is_within_credit(broker, peer, frame.len)) {
        dismiss(broker, peer, BYE_PROTOCOL, "more than the credit given");
        return ERR_OK;
    }
    if ((err = hear(broker, peer, frame, now)))
        return err;
    if (broker->staged_count == BATCH_MESSAGES || broker->staged_bytes >= BATCH_BYTES)
        return broker_commit(broker, now);
    return ERR_OK;
}

void
broker_left(struct broker *broker, uint64_t session)
{
    struct peer *peer = peers_find(broker->peers, session);

    if (peer == NULL)
        return;
    log_event(LOG_NOTICE, "session_ended", "agency", name_of(broker, peer->agency), "because",
              "the connection is gone", NULL);
    peers_remove(broker->peers, session);
}

bool
is_still_listed(const struct broker *broker, const struct peer *peer, struct moment now)
{
    const struct agency *agency =
        registry_agency_by_transport(federation_registry(broker->in_force->federation),
                                     peer->transport, instant_day(now.wall));

    return agency != NULL && agency->number == peer->agency;
}

struct seeing {
    struct broker *broker;
    struct moment now;
};

static void
put_out_if_suspended(void *context, struct peer *peer)
{
    struct broker *broker = context;

    if (in_force_is_suspended(broker->in_force, peer->agency))
        dismiss(broker, peer, BYE_SUSPENDED, suspended_words);
}

static void
put_out_suspended(struct broker *broker)
{
    batch_forget_suspended(broker);
    peers_each(broker->peers, put_out_if_suspended, broker);
}

static void
announce(void *context, struct peer *peer)
{
    if (peer->state == PEER_READY)
        documents_announce(context, peer);
}

void
broker_suspensions_changed(struct broker *broker)
{
    put_out_suspended(broker);
    documents_learn_suspensions(broker);
    peers_each(broker->peers, announce, broker);
}

static void
see_again(void *context, struct peer *peer)
{
    const struct seeing *seeing = context;
    struct broker *broker = seeing->broker;

    if (peer->state == PEER_GUEST)
        return; /* its invite is looked at when invites are */
    if (!is_still_listed(broker, peer, seeing->now)) {
        dismiss(broker, peer, BYE_NOT_LISTED, "not in the registry any more");
        return;
    }
    /* Its queue may have stopped before an agreement that is in the archive now. */
    peer->more = true;
    peers_mark(broker->peers, peer);
    if (peer->state == PEER_READY)
        documents_announce(broker, peer);
}

void
broker_adopt(struct broker *broker, struct in_force *in_force, struct moment now)
{
    struct seeing seeing = { broker, now };

    broker->in_force = in_force;
    documents_learn(broker);
    put_out_suspended(broker);
    peers_each(broker->peers, see_again, &seeing);
}

static void
see_invite_again(void *context, struct peer *peer)
{
    struct broker *broker = context;

    if (peer->state == PEER_GUEST && guest_invite(broker, peer->transport) == NULL)
        dismiss(broker, peer, BYE_INVITE, "the invite was taken back");
}

void
broker_invite(struct broker *broker, const struct invites *invites)
{
    broker->invites = invites;
    peers_each(broker->peers, see_invite_again, broker);
}

static void
say_goodbye(void *context, struct peer *peer)
{
    const struct frame bye = { .verb = VERB_BYE,
                               .bye = { .reason = BYE_SHUTDOWN, .words = "shutting down" } };

    tell(context, peer, &bye);
}

void
broker_say_goodbye(struct broker *broker)
{
    peers_each(broker->peers, say_goodbye, broker);
}

struct broker_counts
broker_counts(const struct broker *broker)
{
    struct broker_counts counts = broker->counts;

    counts.log_size = broker->head.size;
    counts.sessions = peers_count(broker->peers);
    return counts;
}
