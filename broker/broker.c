#include "broker/broker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/parts.h"
#include "core/log.h"
#include "core/mem.h"

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

/* An answer that cannot be sent is not kept: the agent asks again when it is back. */
void
tell(struct broker *broker, struct peer *peer, const struct frame *frame)
{
    post(broker, peer, frame);
}

static const char *
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

static void
refuse(struct broker *broker, struct peer *peer, const struct submission *submission,
       enum check check, struct moment now)
{
    const struct frame refused = {
        .verb = VERB_REFUSED,
        .refused = {
            .msg_id = bytes_of(submission->core.msg_id, MSG_ID),
            .check = check,
            .words = check_text(check),
            .recipient = submission->failed_for,
            .now_ms = (uint64_t)now.wall.ms,
        },
    };

    broker->counts.refused++;
    log_event(check == CHECK_REPLAY ? LOG_ALARM : LOG_NOTICE,
              check == CHECK_REPLAY ? "EQUIVOCATION" : "refused", "sender",
              name_of(broker, peer->agency), "check", check_name(check), NULL);
    tell(broker, peer, &refused);
}

static void
tell_accepted(struct broker *broker, struct peer *peer, const uint8_t msg_id[MSG_ID],
              const struct store_fate *fate)
{
    const struct frame accepted = {
        .verb = VERB_ACCEPTED,
        .accepted = {
            .msg_id = bytes_of(msg_id, MSG_ID),
            .h = bytes_of(fate->h, DIGEST),
            .log_index = fate->log_index,
            .accepted_ms = fate->accepted_ms,
        },
    };

    tell(broker, peer, &accepted);
}

/* --- What each verb does ------------------------------------------------------------------- */

static void
replace_other_session(struct broker *broker, const struct peer *peer)
{
    struct peer *other = peers_serving(broker->peers, peer->agency);

    if (other != NULL && other != peer)
        dismiss(broker, other, BYE_REPLACED, "the same agency has opened another session");
}

/* The lower of what the agent offers and what we would ever use. */
static void
add_credit(struct peer *peer, uint32_t messages, uint64_t bytes)
{
    peer->credit_messages = messages > DELIVER_MESSAGES - peer->credit_messages
                                ? DELIVER_MESSAGES
                                : peer->credit_messages + messages;
    peer->credit_bytes =
        bytes > DELIVER_BYTES - peer->credit_bytes ? DELIVER_BYTES : peer->credit_bytes + bytes;
}

static void
welcome(struct broker *broker, struct peer *peer, uint64_t acked, struct moment now)
{
    const struct federation *federation = broker->in_force->federation;
    const struct signed_document *agreement =
        federation_document(federation, DOCUMENT_AGREEMENT);
    const struct frame frame = {
        .verb = VERB_WELCOME,
        .welcome = {
            .protocol = PROTOCOL_VERSION,
            .registry_version = registry_version(federation_registry(federation)),
            .agreement = bytes_of(agreement->digest, DIGEST),
            .acked = acked,
            .log_size = broker->head.size,
            .credit_messages = SUBMIT_MESSAGES,
            .credit_bytes = SUBMIT_BYTES,
            .now_ms = (uint64_t)now.wall.ms,
        },
    };

    tell(broker, peer, &frame);
}

static enum err
on_hello(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    struct store_cursor cursor;
    enum err err;

    if (frame->hello.protocol != PROTOCOL_VERSION) {
        dismiss(broker, peer, BYE_VERSION, "this broker speaks protocol version 1");
        return ERR_OK;
    }
    if ((err = store_cursor(broker->store, peer->agency, &cursor)))
        return err;
    replace_other_session(broker, peer);
    /* What the agent has applied it need not be sent again, even if its ACK was lost. */
    if (frame->hello.applied > cursor.acked && frame->hello.applied <= cursor.last) {
        batch_acknowledge(broker, peer->agency, frame->hello.applied);
        cursor.acked = frame->hello.applied;
    }
    peer->sent = cursor.acked;
    peer->more = true;
    peer->allowed_messages = SUBMIT_MESSAGES;
    peer->allowed_bytes = SUBMIT_BYTES;
    add_credit(peer, frame->hello.credit_messages, frame->hello.credit_bytes);
    peers_serve(broker->peers, peer);
    peers_mark(broker->peers, peer);
    log_event(LOG_NOTICE, "session_begun", "agency", name_of(broker, peer->agency), NULL);
    welcome(broker, peer, cursor.acked, now);
    return ERR_OK;
}

/* A message that is known already gets its first answer again, unless it is another one
   under the same id. */
static enum err
answer_known(struct broker *broker, struct peer *peer, const struct submission *submission,
             struct moment now, bool *known)
{
    const struct core *core = &submission->core;
    struct staged *staged = batch_find(broker, core->sender, core->msg_id);
    struct store_fate fate;
    enum err err;

    *known = true;
    if (staged != NULL) {
        if (memcmp(staged->h, submission->h, DIGEST) != 0)
            refuse(broker, peer, submission, CHECK_REPLAY, now);
        else
            staged->session = peer->session; /* the commit answers it, here and not where
                                                it was first said */
        return ERR_OK;
    }
    err = store_lookup(broker->store, core->sender, core->msg_id, &fate);
    if (err == ERR_NOT_FOUND) {
        *known = false;
        return ERR_OK;
    }
    if (err)
        return err;
    if (memcmp(fate.h, submission->h, DIGEST) == 0)
        tell_accepted(broker, peer, core->msg_id, &fate);
    else
        refuse(broker, peer, submission, CHECK_REPLAY, now);
    return ERR_OK;
}

static enum err
take(struct broker *broker, struct peer *peer, struct submission *submission, struct moment now)
{
    enum check check;
    bool known;
    enum err err;

    if ((err = answer_known(broker, peer, submission, now, &known)) || known)
        return err;
    if ((check = accept_content(submission, broker->in_force, now.wall))) {
        refuse(broker, peer, submission, check, now);
        return ERR_OK;
    }
    if (batch_add(broker, peer, submission, now))
        refuse(broker, peer, submission, CHECK_FORM, now);
    return ERR_OK;
}

static enum err
on_submit(struct broker *broker, struct peer *peer, const struct frame *frame,
          struct moment now)
{
    struct submission submission;
    enum check check = accept_sender(&submission, &frame->submit, peer->agency,
                                     broker->in_force, broker->roots, now.wall);

    if (check) {
        refuse(broker, peer, &submission, check, now);
        return ERR_OK;
    }
    return take(broker, peer, &submission, now);
}

static enum err
on_ask(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    struct known known[ASK_MAX];
    struct store_fate fates[ASK_MAX];
    struct frame fate = { .verb = VERB_FATE,
                          .fate = { .known = known, .count = frame->ask.count } };

    (void)now;
    for (size_t i = 0; i < frame->ask.count; i++) {
        enum err err =
            store_lookup(broker->store, peer->agency, frame->ask.msg_ids[i].data, &fates[i]);

        if (err && err != ERR_NOT_FOUND)
            return err;
        known[i] = (struct known){ .msg_id = frame->ask.msg_ids[i], .accepted = err == ERR_OK };
        if (err == ERR_OK) {
            known[i].h = bytes_of(fates[i].h, DIGEST);
            known[i].log_index = fates[i].log_index;
            known[i].accepted_ms = fates[i].accepted_ms;
        }
    }
    tell(broker, peer, &fate);
    return ERR_OK;
}

static enum err
on_ack(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    (void)now;
    if (frame->ack > peer->sent) {
        dismiss(broker, peer, BYE_PROTOCOL, "acknowledged what was never sent");
        return ERR_OK;
    }
    batch_acknowledge(broker, peer->agency, frame->ack);
    broker->counts.acknowledged++;
    return ERR_OK;
}

static enum err
on_credit(struct broker *broker, struct peer *peer, const struct frame *frame,
          struct moment now)
{
    (void)now;
    add_credit(peer, frame->credit.messages, frame->credit.bytes);
    peers_mark(broker->peers, peer);
    return ERR_OK;
}

static enum err
on_fetch(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    const struct signed_document *document = federation_document(
        broker->in_force->federation,
        frame->fetch == WANT_REGISTRY ? DOCUMENT_REGISTRY : DOCUMENT_AGREEMENT);
    const struct frame answer = {
        .verb = VERB_DOCUMENT,
        .document = {
            .what = frame->fetch,
            .version = document->line.version,
            .content = document->text,
            .minisigs = document->minisigs,
            .minisig_count = document->minisig_count,
        },
    };

    (void)now;
    tell(broker, peer, &answer);
    return ERR_OK;
}

static enum err
on_ping(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    const struct frame pong = { .verb = VERB_PONG, .pong = frame->ping };

    (void)now;
    tell(broker, peer, &pong);
    return ERR_OK;
}

static enum err
on_pong(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    (void)broker, (void)peer, (void)frame, (void)now;
    return ERR_OK; /* having been heard is all there is to it */
}

static enum err
on_bye(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    (void)frame, (void)now;
    log_event(LOG_NOTICE, "session_ended", "agency", name_of(broker, peer->agency), "because",
              "it said goodbye", NULL);
    peers_remove(broker->peers, peer->session);
    return ERR_OK;
}

static enum err
on_what_is_not_for_us(struct broker *broker, struct peer *peer, const struct frame *frame,
                      struct moment now)
{
    char words[80];

    (void)now;
    snprintf(words, sizeof(words), "%s is not said here", verb_name(frame->verb));
    dismiss(broker, peer, BYE_PROTOCOL, words);
    return ERR_OK;
}

/* --- Who may say what, when ------------------------------------------------------------------ */

typedef enum err handler(struct broker *, struct peer *, const struct frame *, struct moment);

// clang-format off
static handler *const handlers[VERB_COUNT][PEER_STATES] = {
    /*                  PEER_NEW                PEER_READY            */
    [VERB_HELLO]    = { on_hello,               on_what_is_not_for_us },
    [VERB_WELCOME]  = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_SUBMIT]   = { on_what_is_not_for_us,  on_submit             },
    [VERB_ACCEPTED] = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_REFUSED]  = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_ASK]      = { on_what_is_not_for_us,  on_ask                },
    [VERB_FATE]     = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_DELIVER]  = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_ACK]      = { on_what_is_not_for_us,  on_ack                },
    [VERB_CREDIT]   = { on_what_is_not_for_us,  on_credit             },
    [VERB_FETCH]    = { on_what_is_not_for_us,  on_fetch              },
    [VERB_DOCUMENT] = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_PING]     = { on_what_is_not_for_us,  on_ping               },
    [VERB_PONG]     = { on_what_is_not_for_us,  on_pong               },
    [VERB_BYE]      = { on_bye,                 on_bye                },
};
// clang-format on

static struct peer *
visitor_is_known(struct broker *broker, const struct visitor *visitor, struct moment now)
{
    const struct registry *registry = federation_registry(broker->in_force->federation);
    const struct agency *agency;
    struct peer *peer = peers_find(broker->peers, visitor->session);

    if (peer != NULL && memcmp(peer->transport, visitor->transport, 32) != 0)
        return NULL;
    if (peer == NULL) {
        agency = registry_agency_by_transport(registry, visitor->transport);
        if (agency == NULL)
            return NULL;
        peer = peers_add(broker->peers, visitor->session, visitor->transport, agency->number);
    }
    peer->heard_ms = peer->pinged_ms = now.steady_ms;
    return peer;
}

static bool
uses_much_credit(const struct peer *peer)
{
    return peer->used_messages >= peer->allowed_messages / 2
           || peer->used_bytes >= peer->allowed_bytes / 2;
}

/* Every frame is paid for out of the credit that the agent was given. */
static bool
is_within_credit(struct broker *broker, struct peer *peer, size_t len)
{
    if (peer->state == PEER_NEW)
        return len <= HELLO_MAX;
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
    err = handlers[frame.verb][peer->state](broker, peer, &frame, now);
    frame_clear(&frame);
    return err;
}

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

    if (now.steady_ms - broker->expired_ms < every_ms)
        return ERR_OK;
    broker->expired_ms = now.steady_ms;
    return store_expire(broker->store, &broker->head, (uint64_t)now.wall.ms, note_expired,
                        broker);
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

static void
end_if_unlisted(void *context, struct peer *peer)
{
    struct broker *broker = context;
    const struct agency *agency = registry_agency_by_transport(
        federation_registry(broker->in_force->federation), peer->transport);

    if (agency == NULL || agency->number != peer->agency)
        dismiss(broker, peer, BYE_NOT_LISTED, "not in the registry any more");
}

void
broker_adopt(struct broker *broker, struct in_force *in_force, struct moment now)
{
    (void)now;
    broker->in_force = in_force;
    peers_each(broker->peers, end_if_unlisted, broker);
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
