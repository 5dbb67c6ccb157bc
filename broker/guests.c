#include "broker/parts.h"

#include "core/log.h"
#include "federation/directory.h"

/*
 * Guests: who proved to hold the one-time secret of an invite.  A guest may ask once to be
 * admitted, and fetch what it needs for that.  It is no agency: it lets nobody in, and sees
 * nothing that is not public.
 */

struct open_invite *
guest_invite(const struct broker *broker, const uint8_t transport[32])
{
    return broker->invites == NULL ? NULL : invites_by_key(broker->invites, transport);
}

void
guest_enter(struct peer *peer)
{
    peer->state = PEER_GUEST;
    peer->allowed_messages = GUEST_FRAMES;
    peer->allowed_bytes = GUEST_BYTES;
    peer->credit_messages = GUEST_FRAMES;
    peer->credit_bytes = GUEST_BYTES;
}

static void
say_joined(struct broker *broker, struct peer *peer)
{
    struct frame joined = { .verb = VERB_JOINED };
    struct buffer trust;

    buffer_init(&trust, FRAME_MAX);
    trust_write(&trust, federation_trust(broker->in_force->federation));
    joined.joined = buffer_bytes(&trust);
    tell(broker, peer, &joined);
    buffer_clear(&trust);
}

static bool
is_expired(const struct open_invite *invite, struct moment now)
{
    return !instant_is_before(now.wall, invite->expires);
}

/* A connection that is cut at once may lose the words, and a person waits for them.  So the guest
   is left to hang up; it is not listened to any more, and cut when it does not. */
static void
turn_away(struct broker *broker, struct peer *peer, const char *words)
{
    const struct frame bye = { .verb = VERB_BYE,
                               .bye = { .reason = BYE_INVITE, .words = words } };

    peer->turned_away = true;
    tell(broker, peer, &bye);
}

static void
refuse(struct broker *broker, struct peer *peer, const struct open_invite *invite,
       const char *words)
{
    log_event(LOG_ALARM, "join_refused", "agency", invite->agency, "because", words, NULL);
    turn_away(broker, peer, words);
}

/* Written down first, for it works once. */
static void
take_request(struct broker *broker, struct peer *peer, struct open_invite *invite,
             struct bytes request)
{
    if (broker->outbox.asked_to_join == NULL
        || broker->outbox.asked_to_join(broker->outbox.self, invite, request)) {
        refuse(broker, peer, invite, "the broker cannot write the request down; try again");
        return;
    }
    log_event(LOG_NOTICE, "asked_to_join", "agency", invite->agency, "do",
              "kith agency admit, when the six words are the same", NULL);
    say_joined(broker, peer);
}

enum err
on_join(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    struct open_invite *invite = guest_invite(broker, peer->transport);
    struct why why = { "" };

    if (peer->turned_away)
        dismiss(broker, peer, BYE_PROTOCOL, "JOIN is not said here");
    else if (invite == NULL)
        turn_away(broker, peer, "the invite was taken back");
    else if (invite->request.len > 0
             && bytes_equal(buffer_bytes(&invite->request), frame->join))
        say_joined(broker, peer); /* it did not hear us the first time */
    else if (invite->request.len > 0)
        refuse(broker, peer, invite,
               "this invite has been used already; if it was not you, tell the administrator, "
               "and ask for another");
    else if (is_expired(invite, now))
        refuse(broker, peer, invite, "this invite has run out; ask for another");
    else if (invite_check_request(invite, frame->join, now.wall, &why))
        refuse(broker, peer, invite, why.text);
    else
        take_request(broker, peer, invite, frame->join);
    return ERR_OK;
}

enum err
on_guests_fetch(struct broker *broker, struct peer *peer, const struct frame *frame,
                struct moment now)
{
    const struct open_invite *invite = guest_invite(broker, peer->transport);

    if (peer->turned_away
        || (frame->fetch.what != WANT_REGISTRY && frame->fetch.what != WANT_AGREEMENT))
        dismiss(broker, peer, BYE_PROTOCOL, "FETCH of that is not said here");
    else if (invite == NULL || (invite->request.len == 0 && is_expired(invite, now)))
        turn_away(broker, peer, "this invite has run out; ask for another");
    else
        return on_fetch(broker, peer, frame, now);
    return ERR_OK;
}
