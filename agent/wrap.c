#include "agent/sealing.h"

#include <string.h>

#include "agent/numbers.h"
#include "crypto/key.h"

/* The federation's newest pre-shared key, or NULL: a hedge against whoever records today and
   can break X25519 one day. */
static const struct numbered_key *
newest_psk(const struct agent *agent)
{
    const struct node_keys *keys = agent->keys;

    return keys->psk_count == 0 ? NULL : &keys->psk[keys->psk_count - 1];
}

static void
fill_core(struct core *core, const struct agent *agent, struct sealing *sealing,
          struct moment now)
{
    const struct numbered_key *psk = newest_psk(agent);

    *core = (struct core){
        .suite = SUITE,
        .sender = agent->me->number,
        .sender_key = agent->signer->number,
        .created_ms = (uint64_t)now.wall.ms,
        .ttl_s = LIFETIME_MAX_S,
        .kind = sealing->entry.kind,
        .registry_version = registry_version(federation_registry(agent->in_force->federation)),
        .release = RELEASE_ORIGINAL,
        .psk_epoch = psk == NULL ? 0 : psk->number,
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
    const struct numbered_key *psk = newest_psk(agent);
    struct seal_order order = { .psk = psk == NULL ? NULL : &psk->key,
                                .handle = sealing->handle,
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

enum err
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
