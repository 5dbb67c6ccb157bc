#include "agent/parts.h"

#include <stdlib.h>
#include <string.h>

#include "agent/numbers.h"
#include "agent/placement.h"
#include "core/log.h"
#include "core/mem.h"
#include "crypto/key.h"
#include "message/control.h"

enum { TTL_S = 14 * 24 * 60 * 60 };

/* One entry of the spool on its way to being sealed. */
struct sealing {
    struct spooled entry; /* `message` is a copy of ours */
    const struct agreement *agreement;
    uint8_t handle[HANDLE];
    struct recipients recipients;
    struct buffer *fragments; /* one for each compartment */
    unsigned count;           /* of compartments */
    uint8_t msg_id[MSG_ID];
    struct sealed sealed;
    bool is_sealed;
};

struct sealings {
    struct agent *agent;
    struct sealing *list[BATCH_MAX];
    size_t count;
};

/* --- Out of the spool ---------------------------------------------------------------------- */

static bool
copy_entry(void *context, const struct spooled *entry)
{
    struct sealings *sealings = context;
    struct sealing *sealing = mem_new(sizeof(*sealing));

    sealing->entry = *entry;
    sealing->entry.reason = "";
    sealing->entry.sealed = (struct bytes){ 0 };
    sealing->entry.message.data = mem_copy(entry->message.data, entry->message.len);
    sealing->agreement = agreements_current(sealings->agent->in_force->agreements);
    sealing->count = policy_compartments(sealing->agreement->policy, (enum kind)entry->kind);
    sealing->fragments = mem_array(sealing->count, sizeof(*sealing->fragments));
    for (unsigned c = 0; c < sealing->count; c++)
        buffer_init(&sealing->fragments[c], SIZE_CLASS_MAX);
    sealings->list[sealings->count++] = sealing;
    return sealings->count < BATCH_MAX;
}

static void
wipe_buffer(struct buffer *buffer)
{
    if (buffer->data != NULL)
        wipe(buffer->data, buffer->capacity);
    buffer_clear(buffer);
}

static void
sealing_free(struct sealing *sealing)
{
    uint8_t *message = (uint8_t *)(uintptr_t)sealing->entry.message.data;

    for (unsigned c = 0; c < sealing->count; c++)
        wipe_buffer(&sealing->fragments[c]);
    free(sealing->fragments);
    wipe(message, sealing->entry.message.len);
    free(message);
    if (sealing->is_sealed)
        sealed_free(&sealing->sealed);
    free(sealing);
}

/* --- From a message to fragments and recipients ------------------------------------------------ */

struct refusals {
    const struct agent *agent;
    const uint8_t *notice_id;
};

/* A refusal is remembered for one message and one recipient. */
static uint64_t
refusal_key(const uint8_t notice_id[NOTICE_ID], uint32_t agency)
{
    return get_le64(notice_id) ^ (uint64_t)agency << 32;
}

void
refused_for_add(struct agent *agent, const uint8_t notice_id[NOTICE_ID], uint32_t agency)
{
    map_put(&agent->refused_for, refusal_key(notice_id, agency), agent);
}

static bool
was_refused_for(const void *context, uint32_t agency)
{
    const struct refusals *refusals = context;

    return map_get(&refusals->agent->refused_for, refusal_key(refusals->notice_id, agency))
           != NULL;
}

static enum err
write_header(struct sealing *sealing, const struct message *message)
{
    struct header header = { .revision = sealing->entry.revision,
                             .schema = kith_schema.version,
                             .type = (enum kind)sealing->entry.kind };
    const char *purpose;

    memcpy(header.notice_id, sealing->entry.notice_id, NOTICE_ID);
    for (size_t i = 0; message != NULL && (purpose = message_purpose(message, i)) != NULL
                       && i < MESSAGE_PURPOSES_MAX;
         i++) {
        size_t len = strlen(purpose);

        if (len >= sizeof(header.purposes[i]))
            return ERR_TOO_BIG;
        memcpy(header.purposes[i], purpose, len + 1);
        header.purpose_count++;
    }
    return header_pack(&header, &sealing->fragments[0]);
}

static struct bits
wanted_of(const struct recipients *recipients)
{
    struct bits wanted = { { 0 } };

    for (size_t i = 0; i < recipients->count; i++)
        if (recipients->list[i].state == TOLD_SEALED)
            wanted = bits_or(&wanted, &recipients->list[i].compartments);
    return wanted;
}

static enum err
write_fragments(struct sealing *sealing, const struct message *message, struct instant now,
                struct why *why)
{
    const struct place_finder finder = { sealing->agreement->policy,
                                         (enum kind)sealing->entry.kind };
    struct placement placement = placement_by(&finder);
    struct bits wanted = wanted_of(&sealing->recipients);
    struct problems problems;
    enum err err;

    problems_init(&problems);
    err = message_project(message, &placement, &wanted, instant_day(now), sealing->fragments,
                          &problems);
    if (err)
        because(why, err, "%s %s",
                problems.count > 0 ? problems.list[0].pointer : "the message",
                problems.count > 0 ? problems.list[0].reason : "cannot be sealed");
    problems_clear(&problems);
    return err;
}

static enum err
choose(struct agent *agent, struct sealing *sealing, const struct message *message,
       struct moment now, struct why *why)
{
    const struct refusals refusals = { agent, sealing->entry.notice_id };
    struct about about = { .sender = agent->me->number,
                           .handle = sealing->handle,
                           .kind = (enum kind)sealing->entry.kind,
                           .immediate_danger = message_immediate_danger(message) };
    const struct policy *policy = sealing->agreement->policy;
    int danger = policy_fact(policy, "immediate-danger");

    if (!situation_of(&about.situation, message, policy, now.wall, NULL))
        return because(
            why, ERR_REFUSED,
            "names a purpose or a fact that the agreement now in force does not have");
    about.immediate_danger |= danger >= 0 && (about.situation.facts_true & 1u << danger);
    return recipients_choose(&sealing->recipients, agent->in_force, &about, now.wall,
                             was_refused_for, &refusals, why);
}

static enum err
prepare_message(struct agent *agent, struct sealing *sealing, const struct message *message,
                struct moment now, struct why *why)
{
    struct own_record record;
    enum err err;

    err =
        record_take(agent->store, message_system(message), message_local_id(message), &record);
    if (err)
        return err;
    memcpy(sealing->handle, record.handle, HANDLE);
    if ((err = choose(agent, sealing, message, now, why)))
        return err;
    if ((err = write_header(sealing, message)))
        return err;
    return write_fragments(sealing, message, now.wall, why);
}

/* A VOID goes to the one recipient whose number it carries. */
static enum err
prepare_control(struct agent *agent, struct sealing *sealing, struct moment now,
                struct why *why)
{
    const struct registry *registry = federation_registry(agent->in_force->federation);
    struct recipient *recipient = &sealing->recipients.list[0];
    struct numbers numbers;
    bool in_date;
    enum err err;

    if ((err = numbers_read(&numbers, agent, sealing->entry.notice_id)))
        return err;
    recipient->agency =
        numbers.count == 1 ? registry_agency(registry, numbers.list[0].agency) : NULL;
    recipient->intake = recipient->agency == NULL
                            ? NULL
                            : federation_intake(agent->in_force->federation,
                                                recipient->agency->number, now.wall, &in_date);
    if (recipient->intake == NULL)
        return because(why, ERR_NOT_FOUND, "the recipient is not in the federation any more");
    recipient->state = TOLD_SEALED;
    recipient->why = "";
    bits_add(&recipient->compartments, 1);
    sealing->recipients.count = 1;
    control_pack(&sealing->fragments[1], CONTROL_VOID);
    return write_header(sealing, NULL);
}

static enum err
prepare(struct agent *agent, struct sealing *sealing, struct moment now, struct why *why)
{
    struct message *message;
    struct problems problems;
    enum err err;

    if (sealing->entry.kind == KIND_CONTROL)
        return prepare_control(agent, sealing, now, why);
    problems_init(&problems);
    err = message_read_json(&message, sealing->entry.message, (enum kind)sealing->entry.kind,
                            &problems);
    problems_clear(&problems);
    if (err)
        return because(why, err, "is not readable by this version of Kith");
    err = prepare_message(agent, sealing, message, now, why);
    message_free(&message);
    return err;
}

/* --- From fragments to an envelope ------------------------------------------------------------------ */

static void
fill_core(struct core *core, const struct agent *agent, struct sealing *sealing,
          struct moment now)
{
    *core = (struct core){
        .suite = SUITE,
        .sender = agent->me->number,
        .sender_key = agent->signer->number,
        .created_ms = (uint64_t)now.wall.ms,
        .ttl_s = TTL_S,
        .kind = sealing->entry.kind,
        .registry_version = registry_version(federation_registry(agent->in_force->federation)),
        .release = RELEASE_ORIGINAL,
        .compartment_count = (uint16_t)sealing->count,
    };
    random_fill(sealing->msg_id, MSG_ID);
    memcpy(core->msg_id, sealing->msg_id, MSG_ID);
    memcpy(core->policy_hash, sealing->agreement->digest, DIGEST);
}

/* One capsule for each recipient that is told, with its number. */
static enum err
list_capsules(struct agent *agent, struct sealing *sealing, struct numbers *numbers,
              struct seal_recipient *list, size_t *count, struct told *told)
{
    *count = 0;
    for (size_t i = 0; i < sealing->recipients.count; i++) {
        const struct recipient *recipient = &sealing->recipients.list[i];
        enum err err;

        told[i] = (struct told){ .agency = recipient->agency->number,
                                 .state = recipient->state,
                                 .why = recipient->why == NULL ? "" : recipient->why };
        if (recipient->state != TOLD_SEALED)
            continue;
        err = numbers_take(numbers, agent, told[i].agency, &told[i].stream_seq);
        if (err)
            return err;
        list[(*count)++] = (struct seal_recipient){
            .agency = told[i].agency,
            .intake = recipient->intake->key,
            .stream_seq = told[i].stream_seq,
            .compartments = recipient->compartments,
        };
    }
    return ERR_OK;
}

static void
renew_ephemeral(struct agent *agent, struct moment now)
{
    if (agent->ephemeral != NULL && !ephemeral_is_spent(agent->ephemeral, now.wall))
        return;
    ephemeral_free(&agent->ephemeral);
    agent->ephemeral = ephemeral_new(now.wall);
}

static enum err
seal_one(struct agent *agent, struct sealing *sealing, const struct seal_recipient *list,
         size_t count, struct moment now)
{
    const struct compartment_sizes *sizes = &sealing->agreement->sizes[sealing->entry.kind];
    struct seal_compartment compartments[COMPARTMENTS_MAX];
    struct seal_order order = { .handle = sealing->handle,
                                .compartments = compartments,
                                .recipients = list,
                                .recipient_count = count };
    enum err err;

    fill_core(&order.core, agent, sealing, now);
    for (unsigned c = 0; c < sealing->count; c++)
        compartments[c] =
            (struct seal_compartment){ buffer_bytes(&sealing->fragments[c]), sizes->sizes[c] };
    renew_ephemeral(agent, now);
    err = seal_envelope(&sealing->sealed, &order, agent->ephemeral, NULL);
    sealing->is_sealed = err == ERR_OK;
    return err;
}

static enum err
number_and_seal(struct agent *agent, struct sealing *sealing, struct moment now)
{
    struct seal_recipient list[RECIPIENTS_MAX];
    struct told told[RECIPIENTS_MAX];
    struct numbers numbers;
    size_t count;
    enum err err;

    if ((err = numbers_read(&numbers, agent, sealing->entry.notice_id)))
        return err;
    if ((err = list_capsules(agent, sealing, &numbers, list, &count, told)))
        return err;
    if ((err = told_replace(agent->store, sealing->entry.notice_id, told,
                            sealing->recipients.count)))
        return err;
    if ((err = numbers_void_rest(&numbers, agent, now)))
        return err;
    return seal_one(agent, sealing, list, count, now);
}

/* --- A batch --------------------------------------------------------------------------------------------- */

/* What cannot be sealed is kept and shown to a person; it never blocks the next. */
static enum err
hold(struct agent *agent, const struct sealing *sealing, const struct why *why,
     struct moment now)
{
    enum err err = numbers_give_up(agent, sealing->entry.notice_id, now);

    if (err)
        return err;
    log_event(LOG_ALARM, "held", "because", why->text, "do", "see kith status", NULL);
    return spool_set_state(agent->store, sealing->entry.notice_id, SPOOL_HELD, why->text);
}

static bool
is_about_the_message(enum err err)
{
    return err == ERR_MALFORMED || err == ERR_TOO_BIG || err == ERR_REFUSED
           || err == ERR_NOT_FOUND || err == ERR_FORGED;
}

static enum err
seal_or_hold(struct agent *agent, struct sealing *sealing, struct moment now)
{
    struct why why = { "cannot be sealed: it is too large" };
    enum err err = prepare(agent, sealing, now, &why);

    if (err == ERR_OK)
        err = number_and_seal(agent, sealing, now);
    return is_about_the_message(err) ? hold(agent, sealing, &why, now) : err;
}

static struct batch *
sign_all(const struct agent *agent, const struct sealings *sealings)
{
    uint8_t leaves[BATCH_MAX][DIGEST];
    uint32_t count = 0;

    for (size_t i = 0; i < sealings->count; i++)
        if (sealings->list[i]->is_sealed)
            leaf_hash(leaves[count++], bytes_of(sealings->list[i]->sealed.h, DIGEST));
    if (count == 0)
        return NULL;
    return batch_sign(LABEL_BATCH, agent->me->number, agent->signer->number,
                      (const uint8_t(*)[DIGEST])leaves, count, &agent->signer->secret);
}

static enum err
store_one(struct agent *agent, struct sealing *sealing, const struct batch *batch,
          uint32_t index)
{
    struct buffer packed;
    enum err err = ERR_TOO_BIG;

    buffer_init(&packed, ENVELOPE_MAX);
    sealing->sealed.view.batch = batch_signature(batch, index);
    envelope_pack(&packed, &sealing->sealed.view);
    if (buffer_is_whole(&packed))
        err = spool_set_sealed(agent->store, sealing->entry.notice_id, sealing->msg_id,
                               sealing->sealed.h, buffer_bytes(&packed));
    buffer_clear(&packed);
    return err;
}

static enum err
sign_and_store(struct agent *agent, struct sealings *sealings)
{
    struct batch *batch = sign_all(agent, sealings);
    uint32_t index = 0;
    enum err err = ERR_OK;

    for (size_t i = 0; i < sealings->count && err == ERR_OK; i++)
        if (sealings->list[i]->is_sealed)
            err = store_one(agent, sealings->list[i], batch, index++);
    batch_free(&batch);
    return err;
}

static enum err
seal_all(struct agent *agent, struct sealings *sealings, struct moment now)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < sealings->count && err == ERR_OK; i++)
        err = seal_or_hold(agent, sealings->list[i], now);
    return err ? err : sign_and_store(agent, sealings);
}

enum err
seal_queued(struct agent *agent, struct moment now)
{
    struct sealings sealings = { .agent = agent };
    enum err err;

    err = spool_each(agent->store, SPOOL_QUEUED, BATCH_MAX, copy_entry, &sealings);
    if (err == ERR_OK && sealings.count > 0
        && (err = agent_store_begin(agent->store)) == ERR_OK) {
        err = seal_all(agent, &sealings, now);
        if (err == ERR_OK)
            err = agent_store_commit(agent->store);
        if (err)
            agent_store_rollback(agent->store);
    }
    for (size_t i = 0; i < sealings.count; i++) {
        if (err == ERR_OK && sealings.list[i]->is_sealed)
            unsent_add(agent, sealings.list[i]->msg_id);
        sealing_free(sealings.list[i]);
    }
    return err;
}
