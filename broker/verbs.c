#include "broker/parts.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"

/* --- Answers ------------------------------------------------------------------------------ */

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

void
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

/* One that has not been heard lately has lost its connection; one that has is somebody else. */
static void
report_clone(struct broker *broker, const struct peer *other, struct moment now)
{
    if (now.steady_ms - other->heard_ms >= PING_AFTER_MS)
        return;
    broker->counts.cloned++;
    log_event(LOG_ALARM, "CLONED", "agency", name_of(broker, other->agency), "do",
              "if it repeats, find out who else has its key", NULL);
}

static void
replace_other_session(struct broker *broker, const struct peer *peer, struct moment now)
{
    struct peer *other = peers_serving(broker->peers, peer->agency);

    if (other == NULL || other == peer)
        return;
    report_clone(broker, other, now);
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
    const struct frame frame = {
        .verb = VERB_WELCOME,
        .welcome = {
            .protocol = PROTOCOL_VERSION,
            .standing = documents_standing(broker, peer),
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
    replace_other_session(broker, peer, now);
    /* What was sent and not acknowledged comes again: the agent knows it by its hash. */
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
    /*                  PEER_NEW                PEER_READY              PEER_GUEST            */
    [VERB_HELLO]      = { on_hello,               on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_WELCOME]    = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_SUBMIT]     = { on_what_is_not_for_us,  on_submit,              on_what_is_not_for_us },
    [VERB_ACCEPTED]   = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_REFUSED]    = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_ASK]        = { on_what_is_not_for_us,  on_ask,                 on_what_is_not_for_us },
    [VERB_FATE]       = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_DELIVER]    = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_ACK]        = { on_what_is_not_for_us,  on_ack,                 on_what_is_not_for_us },
    [VERB_CREDIT]     = { on_what_is_not_for_us,  on_credit,              on_what_is_not_for_us },
    [VERB_FETCH]      = { on_what_is_not_for_us,  on_fetch,               on_guests_fetch       },
    [VERB_DOCUMENT]   = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_PING]       = { on_what_is_not_for_us,  on_ping,                on_what_is_not_for_us },
    [VERB_PONG]       = { on_what_is_not_for_us,  on_pong,                on_what_is_not_for_us },
    [VERB_BYE]        = { on_bye,                 on_bye,                 on_bye                },
    [VERB_ANNOUNCE]   = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_OFFER]      = { on_what_is_not_for_us,  on_offer,               on_what_is_not_for_us },
    [VERB_JOIN]       = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_join               },
    [VERB_JOINED]     = { on_what_is_not_for_us,  on_what_is_not_for_us,  on_what_is_not_for_us },
};
// clang-format on

enum err
act_on(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    return handlers[frame->verb][peer->state](broker, peer, frame, now);
}
