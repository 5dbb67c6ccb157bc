#ifndef KITH_TESTS_AGENT_INBOX_H
#define KITH_TESTS_AGENT_INBOX_H

#include "message/control.h"
#include "parcel.h"

/* An agent that concerns of the police come to. */

struct inbox {
    struct federate federate;
    struct desk desk;
};

static inline void
begin(struct inbox *inbox, uint32_t agency)
{
    federate_begin(&inbox->federate);
    desk_open(&inbox->desk, &inbox->federate, agency);
    connect_desk(&inbox->desk);
}

static inline void
end(struct inbox *inbox)
{
    desk_close(&inbox->desk);
    federate_end(&inbox->federate);
}

static inline void
deliver(struct inbox *inbox, const struct parcel *parcel)
{
    broker_says(&inbox->desk, &parcel->frame);
    settle(&inbox->desk);
}

static inline void
acknowledged(struct inbox *inbox, uint64_t position)
{
    assert_int_equal(agent_said(&inbox->desk, VERB_ACK)->ack, position);
    agent_said(&inbox->desk, VERB_CREDIT);
    agent_is_silent(&inbox->desk);
}

/* The messages of the inbox; the caller's, done_with. */
static inline const json_t *
read_inbox(struct inbox *inbox, struct answered *answered)
{
    get(&inbox->desk, "/v1/inbox", answered);
    assert_int_equal(answered->status, 200);
    return json_object_get(answered->json, "messages");
}

static inline void
holds(struct inbox *inbox, uint64_t received, uint64_t quarantined)
{
    struct agent_status status;

    assert_ok(agent_status(inbox->desk.agent, &status));
    assert_int_equal(status.received, received);
    assert_int_equal(status.quarantined, quarantined);
}

/* An ordinary concern of the police with that number, delivered at that position. */
static inline void
police_write(struct inbox *inbox, struct parcel *parcel, uint64_t seq, uint64_t position)
{
    parcel_begin(parcel, &inbox->desk, POLICE, ABOUT_LEAH);
    parcel_for(parcel, &inbox->desk, seq, position);
}

static inline void
police_write_and_it_comes(struct inbox *inbox, uint64_t seq, uint64_t position)
{
    struct parcel parcel;

    police_write(inbox, &parcel, seq, position);
    deliver(inbox, &parcel);
    acknowledged(inbox, position);
    parcel_end(&parcel);
}

/* The parcel is kept, unread, and reported. */
static inline void
is_quarantined(struct inbox *inbox, struct parcel *parcel, const char *alarm)
{
    uint64_t position = parcel->frame.delivery.position;
    struct answered answered;
    const json_t *message;

    deliver(inbox, parcel);
    acknowledged(inbox, position);
    holds(inbox, 1, 1);
    assert_int_equal(alarms_of(&inbox->desk, alarm), 1);
    message = json_array_get(read_inbox(inbox, &answered), 0);
    assert_non_null(json_object_get(message, "quarantined"));
    assert_null(json_object_get(message, "concern"));
    assert_null(strstr(answered.text, "bruise"));
    done_with(&answered);
    parcel_end(parcel);
}

#endif
