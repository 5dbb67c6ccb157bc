#ifndef KITH_TESTS_WIRE_FRAMES_H
#define KITH_TESTS_WIRE_FRAMES_H

#include "../check.h"

#include "wire/frame.h"

/* One frame of each verb, with every member set. */

static const uint8_t some[96] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static inline struct envelope
an_envelope(void)
{
    static struct sealed_compartment compartments[2];
    static struct capsule capsules[2];

    for (uint32_t i = 0; i < 2; i++) {
        compartments[i] =
            (struct sealed_compartment){ i, bytes_of(some, DIGEST), bytes_of(some, 40 + i) };
        capsules[i] = (struct capsule){ 100 + i, bytes_of(some, KID), bytes_of(some + 1, 30) };
    }
    return (struct envelope){
        .core = bytes_of(some, 90),
        .capsule_digests = bytes_of(some, 64),
        .batch = { bytes_of(some + 5, 64), 2, 1, bytes_of(some, DIGEST) },
        .route = bytes_of(some, ROUTE),
        .compartments = compartments,
        .compartment_count = 2,
        .capsules = capsules,
        .capsule_count = 2,
    };
}

static inline struct frame
a_frame_of_ids(enum verb verb)
{
    static struct bytes ids[2];
    static struct known known[2];

    ids[0] = bytes_of(some, MSG_ID);
    ids[1] = bytes_of(some + 1, MSG_ID);
    known[0] = (struct known){ ids[0], bytes_of(some, DIGEST), true, 7, 8 };
    known[1] = (struct known){ .msg_id = ids[1] };
    if (verb == VERB_ASK)
        return (struct frame){ .verb = verb, .ask = { ids, 2 } };
    return (struct frame){ .verb = verb, .fate = { known, 2 } };
}

static inline struct frame
a_document(void)
{
    static struct bytes minisigs[2];

    minisigs[0] = bytes_of(some, 20);
    minisigs[1] = bytes_of(some, 21);
    return (struct frame){
        .verb = VERB_DOCUMENT,
        .document = { WANT_AGREEMENT, bytes_of(some, DIGEST), 7, 60, bytes_of(some, 50),
                      minisigs, 2 },
    };
}

static inline struct frame
a_delivery(void)
{
    return (struct frame){
        .verb = VERB_DELIVER,
        .delivery = { .envelope = an_envelope(),
                      .log_index = 4,
                      .accepted_ms = 5,
                      .position = 6,
                      .has_grant = true,
                      .grant_body = bytes_of(some, 76),
                      .grant_batch = { bytes_of(some, 64), 1, 0, { 0 } } },
    };
}

static inline struct standing
a_standing(void)
{
    struct standing standing = { .registry_version = 2, .agreement_version = 3 };

    for (int what = WANT_REGISTRY; what < WANT_COUNT; what++)
        standing.digests[what] = bytes_of(some + what, DIGEST);
    return standing;
}

// clang-format off
static inline struct frame
a_frame(enum verb verb)
{
    struct bytes id = bytes_of(some, MSG_ID), digest = bytes_of(some, DIGEST);
    struct frame frame = { .verb = verb };

    switch ((int)verb) {
    case VERB_HELLO:    frame.hello = (struct hello){ 1, 2, digest, 3, 4, 5 }; break;
    case VERB_WELCOME:  frame.welcome = (struct welcome){ 1, a_standing(), 3, 4, 5, 6, 7 }; break;
    case VERB_ANNOUNCE: frame.announce = a_standing(); break;
    case VERB_OFFER:    frame.offer = digest; break;
    case VERB_JOIN:     frame.join = digest; break;
    case VERB_JOINED:   frame.joined = digest; break;
    case VERB_SUBMIT:   frame.submit = an_envelope(); break;
    case VERB_ACCEPTED: frame.accepted = (struct accepted){ id, digest, 3, 4 }; break;
    case VERB_REFUSED:  frame.refused = (struct refused){ id, CHECK_GRANT, "no grant", 9, 8 }; break;
    case VERB_ASK:
    case VERB_FATE:     return a_frame_of_ids(verb);
    case VERB_DELIVER:  return a_delivery();
    case VERB_ACK:      frame.ack = 300; break;
    case VERB_CREDIT:   frame.credit.messages = 1; frame.credit.bytes = 2; break;
    case VERB_FETCH:    frame.fetch = (struct fetch){ WANT_REGISTRY, 0 }; break;
    case VERB_DOCUMENT: return a_document();
    case VERB_PING:     frame.ping = 1; break;
    case VERB_PONG:     frame.pong = 2; break;
    case VERB_BYE:      frame.bye.reason = BYE_DONE; frame.bye.words = "done"; break;
    }
    return frame;
}
// clang-format on

/* The buffer is the caller's. */
static inline struct bytes
write_frame(struct buffer *out, const struct frame *frame)
{
    buffer_init(out, 2 * FRAME_MAX);
    frame_write(out, frame);
    assert_true(buffer_is_whole(out));
    return buffer_bytes(out);
}

#endif
