#ifndef KITH_TESTS_BROKER_INVITED_H
#define KITH_TESTS_BROKER_INVITED_H

#include "office.h"

#include "federation/invites.h"

/* An office with one invite open, for the harbour surgery, and what it needs to ask to join. */
enum { HARBOUR = AGENCIES_END, GUEST = 77 /* its session */ };

struct invited {
    struct office office;
    struct invites invites;
    struct open_invite invite; /* the one of them; invites borrows it */
    struct sign_secret secret;
    struct join_request request;
    struct buffer text; /* of the request */
};

static unsigned kept;
static enum err keeps; /* what the shell answers */

static inline enum err
keep_request(void *self, struct open_invite *invite, struct bytes request)
{
    (void)self;
    if (keeps != ERR_OK)
        return keeps;
    kept++;
    buffer_reset(&invite->request);
    buffer_add_bytes(&invite->request, request);
    return ERR_OK;
}

/* The text again, after the request was changed. */
static inline void
write_request(struct invited *it)
{
    buffer_reset(&it->text);
    join_write(&it->text, &it->request, &it->secret);
}

static inline void
make_request(struct invited *it)
{
    struct exchange_secret secret;

    strcpy(it->request.federation, "island");
    strcpy(it->request.agency, "harbour-surgery");
    it->request.number = HARBOUR;
    it->request.invite = it->invite.key;
    exchange_make(&it->request.transport, &secret);
    sign_make(&it->request.signing, &it->secret);
    it->request.intake = (struct intake_key){
        .agency = HARBOUR,
        .signing_key = 1,
        .not_before_ms = (uint64_t)it->office.federate.now.wall.ms,
        .not_after_ms = (uint64_t)it->office.federate.now.wall.ms + INTAKE_SEAL_MS,
    };
    exchange_make(&it->request.intake.key, &secret);
    intake_sign(&it->request.intake, &it->secret);
    buffer_init(&it->text, JOIN_MAX);
    write_request(it);
}

static inline void
invite(struct invited *it)
{
    struct exchange_secret secret;

    memset(it, 0, sizeof(*it));
    kept = 0;
    keeps = ERR_OK;
    it->office.asked_to_join = keep_request;
    federate_begin(&it->office.federate);
    office_start(&it->office);
    strcpy(it->invite.federation, "island");
    strcpy(it->invite.agency, "harbour-surgery");
    it->invite.number = HARBOUR;
    it->invite.expires = instant_after(it->office.federate.now.wall, HOURS(1));
    exchange_make(&it->invite.key, &secret);
    buffer_init(&it->invite.request, JOIN_MAX);
    it->invites = (struct invites){ &it->invite, 1 };
    broker_invite(it->office.broker, &it->invites);
    make_request(it);
}

static inline void
invited_end(struct invited *it)
{
    buffer_clear(&it->text);
    buffer_clear(&it->invite.request);
    office_close(&it->office);
}

static inline void
guest_says_in(struct invited *it, uint64_t session, const struct frame *frame)
{
    struct visitor visitor = { session, it->invite.key.bytes };
    struct buffer bytes;

    buffer_init(&bytes, FRAME_MAX);
    frame_write(&bytes, frame);
    assert_ok(broker_hear(it->office.broker, &visitor, buffer_bytes(&bytes),
                          it->office.federate.now));
    buffer_clear(&bytes);
}

static inline void
guest_says(struct invited *it, const struct frame *frame)
{
    guest_says_in(it, GUEST, frame);
}

static inline void
asks_to_join(struct invited *it)
{
    const struct frame join = { .verb = VERB_JOIN, .join = buffer_bytes(&it->text) };

    guest_says(it, &join);
}

/* It is told why in those words, and left to hang up. */
static inline void
is_turned_away(struct invited *it, const char *words)
{
    const struct frame *bye = hears_in(&it->office, GUEST, VERB_BYE);

    assert_int_equal(bye->bye.reason, BYE_INVITE);
    assert_says(bye->bye.words, words);
    assert_int_equal(it->office.cut, 0);
    nothing_is_said(&it->office);
}

#endif
