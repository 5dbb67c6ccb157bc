#include "cli/demo_letter.h"

#include <string.h>

#include "agent/placement.h"
#include "crypto/key.h"

/* --- What is in it ------------------------------------------------------------------------- */

static void
fill_core(struct letter *letter)
{
    const struct writer *writer = letter->writer;
    struct core *core = &letter->order.core;

    *core = (struct core){
        .suite = SUITE,
        .sender = writer->me->number,
        .sender_key = writer->keys->signing[0].number,
        .created_ms = (uint64_t)writer->now.ms,
        .ttl_s = LIFETIME_MAX_S,
        .kind = KIND_CONCERN,
        .registry_version = registry_version(federation_registry(writer->in_force->federation)),
        .compartment_count = (uint16_t)letter->count,
    };
    random_fill(core->msg_id, MSG_ID);
    memcpy(core->policy_hash, writer->agreement->digest, DIGEST);
}

static enum err
write_header(struct letter *letter)
{
    letter->header = (struct header){ .schema = kith_schema.version,
                                      .type = KIND_CONCERN,
                                      .purpose_count = 1,
                                      .purposes = { "safeguarding" } };
    random_fill(letter->header.notice_id, NOTICE_ID);
    return header_pack(&letter->header, &letter->fragments[0]);
}

/* Every compartment holds what belongs there. */
static enum err
write_fragments(struct letter *letter, const struct message *message, struct problems *problems)
{
    const struct writer *writer = letter->writer;
    const struct place_finder finder = { writer->agreement->policy, KIND_CONCERN };
    struct placement placement = placement_by(&finder);
    struct bits all = { { 0 } };

    for (unsigned c = 0; c < letter->count; c++)
        bits_add(&all, c);
    return message_project(message, &placement, &all, instant_day(writer->now),
                           letter->fragments, problems);
}

static enum err
write_message(struct letter *letter, const char *json, struct why *why)
{
    struct message *message = NULL;
    struct problems problems;
    enum err err;

    problems_init(&problems);
    if ((err = message_read_json(&message, bytes_of_text(json), KIND_CONCERN, &problems))
            == ERR_OK
        && (err = write_fragments(letter, message, &problems)) == ERR_OK)
        err = write_header(letter);
    if (err)
        because(why, err, "the message %s",
                problems.count > 0 ? problems.list[0].reason : "cannot be sealed");
    problems_clear(&problems);
    message_free(&message);
    return err;
}

enum err
letter_begin(struct letter *letter, const struct writer *writer, const char *json,
             struct why *why)
{
    const struct compartment_sizes *sizes = &writer->agreement->sizes[KIND_CONCERN];

    memset(letter, 0, sizeof(*letter));
    letter->writer = writer;
    letter->count = sizes->count;
    for (unsigned c = 0; c < letter->count; c++) {
        buffer_init(&letter->fragments[c], SIZE_CLASS_MAX);
        letter->compartments[c].size = sizes->sizes[c];
    }
    random_fill(letter->handle, HANDLE);
    random_fill(&letter->ephemeral, sizeof(letter->ephemeral));
    fill_core(letter);
    return write_message(letter, json, why);
}

/* --- To whom ------------------------------------------------------------------------------- */

enum err
letter_to(struct letter *letter, uint32_t agency, uint64_t stream_seq, struct why *why)
{
    const struct writer *writer = letter->writer;
    const struct federation *federation = writer->in_force->federation;
    const struct agency *listed = registry_agency(federation_registry(federation), agency);
    bool fresh;
    const struct intake_key *intake =
        federation_intake(federation, agency, writer->now, &fresh);

    if (listed == NULL || intake == NULL || letter->order.recipient_count == LETTER_RECIPIENTS)
        return because(why, ERR_NOT_FOUND, "agency %u cannot be written to", (unsigned)agency);
    letter->recipients[letter->order.recipient_count++] = (struct seal_recipient){
        .agency = agency,
        .intake = intake->key,
        .stream_seq = stream_seq,
        .compartments = in_force_ceiling(writer->in_force, writer->agreement, listed,
                                         KIND_CONCERN, (uint64_t)writer->now.ms),
    };
    return ERR_OK;
}

/* --- Sealing and signing ------------------------------------------------------------------- */

void
letter_sign(struct letter *letter, const struct sign_secret *secret)
{
    struct envelope *envelope = &letter->sealed.view;
    const struct core *core = &letter->order.core;
    uint8_t leaf[1][DIGEST];

    header_hash(letter->sealed.h, envelope->core, envelope->capsule_digests);
    leaf_hash(leaf[0], bytes_of(letter->sealed.h, DIGEST));
    batch_free(&letter->batch);
    letter->batch = batch_sign(LABEL_BATCH, core->sender, core->sender_key,
                               (const uint8_t(*)[DIGEST])leaf, 1, secret);
    envelope->batch = batch_signature(letter->batch, 0);
}

enum err
letter_seal(struct letter *letter, struct why *why)
{
    struct ephemeral *ephemeral = ephemeral_from(&letter->ephemeral, letter->writer->now);
    enum err err;

    for (unsigned c = 0; c < letter->count; c++)
        letter->compartments[c].fragment = buffer_bytes(&letter->fragments[c]);
    letter->order.handle = letter->handle;
    letter->order.compartments = letter->compartments;
    letter->order.recipients = letter->recipients;
    err = seal_envelope(&letter->sealed, &letter->order, ephemeral, NULL);
    ephemeral_free(&ephemeral);
    if (err)
        return because(why, err, "the envelope cannot be sealed: %s", err_text(err));
    letter_sign(letter, &letter->writer->keys->signing[0].secret);
    return ERR_OK;
}

void
letter_end(struct letter *letter)
{
    for (unsigned c = 0; c < letter->count; c++)
        buffer_clear(&letter->fragments[c]);
    sealed_free(&letter->sealed);
    batch_free(&letter->batch);
    wipe(&letter->ephemeral, sizeof(letter->ephemeral));
}
