#include "broker/parts.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "envelope/check.h"

struct staged *
batch_find(struct broker *broker, uint32_t sender, const uint8_t msg_id[MSG_ID])
{
    for (size_t i = 0; i < broker->staged_count; i++)
        if (broker->staged[i]->sender == sender
            && memcmp(broker->staged[i]->msg_id, msg_id, MSG_ID) == 0)
            return broker->staged[i];
    return NULL;
}

static void
staged_free(struct staged *staged)
{
    buffer_clear(&staged->envelope);
    buffer_clear(&staged->stub);
    free(staged);
}

/* What keeps the place of an envelope in a stream when its content may not go out. */
static void
pack_stub(struct buffer *out, const struct envelope *envelope)
{
    const struct bits nothing = { { 0 } };
    struct envelope stub;

    strip_envelope(&stub, NULL, envelope, 0, &nothing, false, true);
    envelope_pack(out, &stub);
}

/* What a suspended agency could open is not kept: its place holds a stub. */
static void
pack_for_log(struct buffer *out, const struct envelope *envelope,
             const struct in_force *in_force)
{
    struct capsule kept[RECIPIENTS_MAX];
    struct envelope copy = *envelope;

    copy.capsules = kept;
    copy.capsule_count = 0;
    for (size_t i = 0; i < envelope->capsule_count; i++)
        if (!in_force_is_suspended(in_force, envelope->capsules[i].recipient))
            kept[copy.capsule_count++] = envelope->capsules[i];
    envelope_pack(out, &copy);
}

enum err
batch_add(struct broker *broker, const struct peer *peer, const struct submission *submission,
          struct moment now)
{
    struct staged *staged = mem_new(sizeof(*staged));

    staged->session = peer->session;
    memcpy(staged->msg_id, submission->core.msg_id, MSG_ID);
    memcpy(staged->h, submission->h, DIGEST);
    staged->sender = submission->core.sender;
    staged->kind = submission->core.kind;
    staged->accepted_ms = (uint64_t)now.wall.ms;
    staged->expires_ms = (uint64_t)now.wall.ms + core_lifetime_ms(&submission->core);
    staged->delivery_count = submission->delivery_count;
    memcpy(staged->deliveries, submission->deliveries,
           submission->delivery_count * sizeof(submission->deliveries[0]));
    buffer_init(&staged->envelope, ENVELOPE_MAX);
    buffer_init(&staged->stub, ENVELOPE_MAX);
    pack_for_log(&staged->envelope, submission->envelope, broker->in_force);
    pack_stub(&staged->stub, submission->envelope);
    if (!buffer_is_whole(&staged->envelope)) {
        staged_free(staged);
        return ERR_TOO_BIG;
    }
    broker->staged_bytes += staged->envelope.len;
    broker->staged[broker->staged_count++] = staged;
    return ERR_OK;
}

void
batch_acknowledge(struct broker *broker, uint32_t agency, uint64_t position)
{
    struct store_ack *ack = map_get(&broker->acks, agency);

    if (ack == NULL) {
        ack = mem_new(sizeof(*ack));
        ack->agency = agency;
        map_put(&broker->acks, agency, ack);
    }
    if (position > ack->position)
        ack->position = position;
}

static void
describe(struct store_record *record, const struct staged *staged)
{
    *record = (struct store_record){
        .sender = staged->sender,
        .kind = staged->kind,
        .accepted_ms = staged->accepted_ms,
        .expires_ms = staged->expires_ms,
        .envelope = buffer_bytes(&staged->envelope),
        .stub = buffer_bytes(&staged->stub),
        .deliveries = staged->deliveries,
        .delivery_count = staged->delivery_count,
    };
    memcpy(record->msg_id, staged->msg_id, MSG_ID);
    memcpy(record->h, staged->h, DIGEST);
}

static size_t
gather_acks(struct store_ack *acks, const struct map *waiting)
{
    const struct store_ack *ack;
    size_t count = 0, at = 0;

    while ((ack = map_next(waiting, &at)) != NULL)
        acks[count++] = *ack;
    return count;
}

enum err
batch_commit(struct broker *broker)
{
    struct store_record records[BATCH_MESSAGES];
    struct store_ack *acks = mem_array(broker->acks.count, sizeof(*acks));
    struct store_batch batch = {
        .records = records,
        .record_count = broker->staged_count,
        .acks = acks,
        .ack_count = gather_acks(acks, &broker->acks),
    };
    enum err err;

    for (size_t i = 0; i < broker->staged_count; i++)
        describe(&records[i], broker->staged[i]);
    err = store_append(broker->store, &broker->head, &batch, NULL);
    free(acks);
    return err;
}

static void
forget_acks(struct map *acks)
{
    void *ack;
    size_t at = 0;

    while ((ack = map_next(acks, &at)) != NULL)
        free(ack);
    map_clear(acks);
}

void
batch_forget_messages(struct broker *broker)
{
    for (size_t i = 0; i < broker->staged_count; i++)
        staged_free(broker->staged[i]);
    broker->staged_count = 0;
    broker->staged_bytes = 0;
}

void
batch_forget_suspended(struct broker *broker)
{
    size_t kept = 0;

    for (size_t i = 0; i < broker->staged_count; i++) {
        struct staged *staged = broker->staged[i];

        if (in_force_is_suspended(broker->in_force, staged->sender)) {
            broker->staged_bytes -= staged->envelope.len;
            staged_free(staged);
        } else {
            broker->staged[kept++] = staged;
        }
    }
    broker->staged_count = kept;
}

void
batch_clear(struct broker *broker)
{
    batch_forget_messages(broker);
    forget_acks(&broker->acks);
}
