#ifndef KITH_TESTS_AGENT_SENT_H
#define KITH_TESTS_AGENT_SENT_H

#include "parcel.h"

/* A school and what it has submitted: the broker's part is said here, by hand. */

struct school {
    struct federate federate;
    struct desk desk;
};

static inline void
begin(struct school *school)
{
    federate_begin(&school->federate);
    desk_open(&school->desk, &school->federate, SCHOOL);
}

static inline void
end(struct school *school)
{
    desk_close(&school->desk);
    federate_end(&school->federate);
}

/* --- A message on its way ------------------------------------------------------------------------------------------ */

struct sent_letter {
    uint8_t msg_id[MSG_ID];
    uint8_t h[DIGEST];
    uint32_t kind, psk_epoch;
    size_t capsules;
    uint32_t first, last; /* recipients */
    struct buffer bytes;  /* of the frame */
};

/* The next thing that the agent said is a SUBMIT. */
static inline struct sent_letter
is_submitted(struct desk *desk)
{
    const struct frame *frame = agent_said(desk, VERB_SUBMIT);
    const struct envelope *envelope = &frame->submit;
    struct sent_letter sent = { .capsules = envelope->capsule_count };
    struct core core;

    assert_int_equal(core_read(&core, envelope->core), CHECK_OK);
    memcpy(sent.msg_id, core.msg_id, MSG_ID);
    header_hash(sent.h, envelope->core, envelope->capsule_digests);
    sent.kind = core.kind;
    sent.psk_epoch = core.psk_epoch;
    sent.first = envelope->capsules[0].recipient;
    sent.last = envelope->capsules[envelope->capsule_count - 1].recipient;
    buffer_init(&sent.bytes, FRAME_MAX);
    buffer_add_bytes(&sent.bytes, buffer_bytes(&desk->said[desk->read - 1]));
    return sent;
}

static inline void
accept_it(struct desk *desk, const struct sent_letter *sent, uint64_t index)
{
    const struct frame frame = {
        .verb = VERB_ACCEPTED,
        .accepted = { bytes_of(sent->msg_id, MSG_ID), bytes_of(sent->h, DIGEST), index,
                      (uint64_t)desk->federate->now.wall.ms },
    };

    broker_says(desk, &frame);
}

static inline void
refuse_it(struct desk *desk, const struct sent_letter *sent, enum check check,
          uint32_t recipient)
{
    const struct frame frame = {
        .verb = VERB_REFUSED,
        .refused = { bytes_of(sent->msg_id, MSG_ID), check, check_text(check), recipient,
                     (uint64_t)desk->federate->now.wall.ms },
    };

    broker_says(desk, &frame);
}

static inline void
fate_is(struct desk *desk, const struct sent_letter *sent, bool accepted)
{
    const struct known known = {
        .msg_id = bytes_of(sent->msg_id, MSG_ID),
        .accepted = accepted,
        .h = bytes_of(sent->h, accepted ? DIGEST : 0),
        .log_index = accepted ? 4 : 0,
    };
    const struct frame frame = { .verb = VERB_FATE, .fate = { &known, 1 } };

    broker_says(desk, &frame);
}

static inline void
has_state(struct desk *desk, const struct message_id *id, const char *expected,
          const char *words)
{
    struct answered answered;

    get(desk, id->path, &answered);
    assert_string_equal(text_in(&answered, "state"), expected);
    assert_says(answered.text, words);
    done_with(&answered);
}

/* Published and submitted once, and not yet answered. */
static inline struct sent_letter
send_one(struct school *school, struct message_id *id)
{
    struct sent_letter sent;

    connect_desk(&school->desk);
    *id = publish(&school->desk, ABOUT_LEAH);
    settle(&school->desk);
    sent = is_submitted(&school->desk);
    agent_is_silent(&school->desk);
    return sent;
}

/* Connected again: it asks after that one first, and sends nothing before the answer. */
static inline void
come_back(struct school *school, const struct sent_letter *sent)
{
    const struct frame *ask;

    lose_connection(&school->desk);
    connect_desk(&school->desk);
    ask = agent_said(&school->desk, VERB_ASK);
    assert_int_equal(ask->ask.count, 1);
    assert_bytes(ask->ask.msg_ids[0], bytes_of(sent->msg_id, MSG_ID));
    settle(&school->desk);
    agent_is_silent(&school->desk);
}

#endif
