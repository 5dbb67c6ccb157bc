#ifndef KITH_TESTS_AGENT_PARCEL_H
#define KITH_TESTS_AGENT_PARCEL_H

#include "desk.h"

#include "agent/placement.h"
#include "envelope/check.h"
#include "message/control.h"
#include "message/message.h"

/*
 * A message sealed by hand for one recipient, and its copy as a broker would hand it over:
 * for what an honest agent would never send and an honest broker never deliver.
 */
struct parcel {
    struct letter letter;
    struct header header;
    struct buffer fragments[COMPARTMENTS_MAX];
    unsigned count;
    struct sealed_compartment bodies[COMPARTMENTS_MAX];
    struct frame frame; /* DELIVER: change it at will */
};

/* Every compartment holds what belongs there. */
static inline void
parcel_fill(struct parcel *parcel, const char *json)
{
    const struct place_finder finder = { parcel->letter.agreement->policy, KIND_CONCERN };
    struct placement placement = placement_by(&finder);
    struct bits all = { { 0 } };
    struct message *message;
    struct problems problems;

    parcel->count = placement.count;
    for (unsigned c = 0; c < parcel->count; c++) {
        buffer_init(&parcel->fragments[c], SIZE_CLASS_MAX);
        bits_add(&all, c);
    }
    problems_init(&problems);
    assert_ok(message_read_json(&message, bytes_of_text(json), KIND_CONCERN, &problems));
    assert_ok(message_project(message, &placement, &all, instant_day(parcel->letter.now),
                              parcel->fragments, &problems));
    problems_clear(&problems);
    message_free(&message);
    assert_ok(header_pack(&parcel->header, &parcel->fragments[0]));
}

/* From an agency, sealed under that in_force; about its record of handle 1. */
static inline void
parcel_begin(struct parcel *parcel, const struct desk *desk, uint32_t sender, const char *json)
{
    memset(parcel, 0, sizeof(*parcel));
    letter_begin(&parcel->letter, desk->federate, desk->in_force, sender);
    parcel->header = (struct header){
        .schema = 1, .type = KIND_CONCERN, .purpose_count = 1, .purposes = { "safeguarding" }
    };
    random_fill(parcel->header.notice_id, NOTICE_ID);
    parcel_fill(parcel, json);
}

static inline void
parcel_seal(struct parcel *parcel)
{
    for (unsigned c = 0; c < parcel->count; c++)
        parcel->letter.compartments[c].fragment = buffer_bytes(&parcel->fragments[c]);
    letter_seal(&parcel->letter);
}

/* The copy for that desk, with everything its ceiling lets through. */
static inline void
parcel_strip(struct parcel *parcel, const struct desk *desk, uint64_t position)
{
    const struct letter *letter = &parcel->letter;
    struct bits ceiling =
        in_force_ceiling(desk->in_force, letter->agreement, agent_me(desk->agent),
                         (enum kind)letter->order.core.kind, (uint64_t)letter->now.ms);

    parcel->frame = (struct frame){
        .verb = VERB_DELIVER,
        .delivery = { .log_index = position - 1,
                      .accepted_ms = (uint64_t)letter->now.ms,
                      .position = position },
    };
    strip_envelope(&parcel->frame.delivery.envelope, parcel->bodies, &letter->envelope,
                   desk->agency, &ceiling, desk->agency > POLICE, false);
}

/* With that grant, as the broker has it. */
static inline void
parcel_under(struct parcel *parcel, const struct desk *desk, const struct grant *grant)
{
    const struct held_grant *held =
        grant_table_by_id(federation_grants(desk->in_force->federation), grant->id);

    assert_non_null(held);
    parcel->frame.delivery.has_grant = true;
    parcel->frame.delivery.grant_body = held->as_signed.body;
    parcel->frame.delivery.grant_batch = held->as_signed.batch;
}

/* In place of what it held. */
static inline void
parcel_as_control(struct parcel *parcel, const struct control *control)
{
    parcel->letter.order.core.kind = KIND_CONTROL;
    parcel->header.type = KIND_CONTROL;
    for (unsigned c = 0; c < parcel->count; c++)
        buffer_clear(&parcel->fragments[c]);
    parcel->count = 2;
    assert_ok(header_pack(&parcel->header, &parcel->fragments[0]));
    control_pack(&parcel->fragments[1], control);
}

static inline void
parcel_end(struct parcel *parcel)
{
    for (unsigned c = 0; c < parcel->count; c++)
        buffer_clear(&parcel->fragments[c]);
    letter_end(&parcel->letter);
}

/* Sealed for that desk alone, with that number, in that place. */
static inline void
parcel_for(struct parcel *parcel, struct desk *desk, uint64_t seq, uint64_t position)
{
    letter_to(&parcel->letter, desk->agency, seq);
    parcel_seal(parcel);
    parcel_strip(parcel, desk, position);
}

#endif
