#ifndef KITH_TESTS_LETTER_H
#define KITH_TESTS_LETTER_H

#include "federate.h"

#include "envelope/seal.h"
#include "wire/frame.h"

/*
 * An envelope sealed by hand, so that everything about it can be made wrong: begin it,
 * change what you like, address it, seal it, change what you like.
 */
enum { LETTER_RECIPIENTS = 8 };

struct letter {
    const struct in_force *in_force;
    const struct agreement *agreement;
    struct instant now;
    struct node_keys *keys; /* the sender's */
    struct seal_order order;
    uint8_t handle[HANDLE];
    struct seal_compartment compartments[COMPARTMENTS_MAX];
    struct seal_recipient recipients[LETTER_RECIPIENTS];

    struct sealed sealed;
    struct batch *batch;
    struct envelope envelope; /* the view that is sent: change it at will */
    struct sealed_compartment bodies[COMPARTMENTS_MAX];
    struct capsule capsules[LETTER_RECIPIENTS];
};

/* A concern of that sender about the record of handle 1; nothing in it, nobody told. */
static inline void
letter_begin(struct letter *letter, const struct federate *federate,
             const struct in_force *in_force, uint32_t sender)
{
    const struct agreement *agreement = agreements_current(in_force->agreements);
    struct core *core = &letter->order.core;

    memset(letter, 0, sizeof(*letter));
    letter->in_force = in_force;
    letter->agreement = agreement;
    letter->now = federate->now.wall;
    letter->keys = keys_of(federate, sender);
    letter->handle[0] = 1;
    *core = (struct core){
        .suite = SUITE,
        .sender = sender,
        .sender_key = 1,
        .created_ms = (uint64_t)letter->now.ms,
        .ttl_s = 14 * 24 * 60 * 60,
        .kind = KIND_CONCERN,
        .registry_version = 1,
    };
    memcpy(core->policy_hash, agreement->digest, DIGEST);
    random_fill(core->msg_id, MSG_ID);
}

static inline void
letter_to(struct letter *letter, uint32_t agency, uint64_t seq)
{
    const struct registry *registry = federation_registry(letter->in_force->federation);
    const struct agency *listed = registry_agency(registry, agency);
    struct seal_recipient *recipient = &letter->recipients[letter->order.recipient_count++];
    bool fresh;

    *recipient = (struct seal_recipient){ .agency = agency, .stream_seq = seq };
    if (listed == NULL)
        random_fill(recipient->intake.bytes, sizeof(recipient->intake.bytes));
    else
        recipient->intake =
            federation_intake(letter->in_force->federation, agency, letter->now, &fresh)->key;
    if (listed != NULL)
        recipient->compartments =
            in_force_ceiling(letter->in_force, letter->agreement, listed,
                             (enum kind)letter->order.core.kind, (uint64_t)letter->now.ms);
}

static inline void
letter_to_always_told(struct letter *letter)
{
    letter_to(letter, MASH, 1);
    letter_to(letter, SOCIAL_CARE, 1);
}

static inline void
letter_sign(struct letter *letter, uint32_t key_number)
{
    uint8_t leaf[1][DIGEST];

    header_hash(letter->sealed.h, letter->envelope.core, letter->envelope.capsule_digests);
    leaf_hash(leaf[0], bytes_of(letter->sealed.h, DIGEST));
    batch_free(&letter->batch);
    letter->batch = batch_sign(LABEL_BATCH, letter->order.core.sender,
                               letter->order.core.sender_key, (const uint8_t(*)[DIGEST])leaf, 1,
                               &node_keys_signing(letter->keys, key_number)->secret);
    letter->envelope.batch = batch_signature(letter->batch, 0);
}

static inline void
letter_seal(struct letter *letter)
{
    const struct compartment_sizes *sizes = &letter->agreement->sizes[letter->order.core.kind];
    struct ephemeral *ephemeral = ephemeral_new(letter->now);

    letter->order.core.compartment_count = (uint16_t)sizes->count;
    letter->order.handle = letter->handle;
    letter->order.compartments = letter->compartments;
    letter->order.recipients = letter->recipients;
    for (unsigned c = 0; c < sizes->count; c++)
        letter->compartments[c].size = sizes->sizes[c];
    assert_ok(seal_envelope(&letter->sealed, &letter->order, ephemeral, NULL));
    ephemeral_free(&ephemeral);
    letter->envelope = letter->sealed.view;
    memcpy(letter->bodies, letter->envelope.compartments,
           letter->envelope.compartment_count * sizeof(letter->bodies[0]));
    memcpy(letter->capsules, letter->envelope.capsules,
           letter->envelope.capsule_count * sizeof(letter->capsules[0]));
    letter->envelope.compartments = letter->bodies;
    letter->envelope.capsules = letter->capsules;
    letter_sign(letter, 1);
}

static inline struct frame
letter_submit(const struct letter *letter)
{
    return (struct frame){ .verb = VERB_SUBMIT, .submit = letter->envelope };
}

static inline void
letter_end(struct letter *letter)
{
    sealed_free(&letter->sealed);
    batch_free(&letter->batch);
    node_keys_free(&letter->keys);
}

#endif
