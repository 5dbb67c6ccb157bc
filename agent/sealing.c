#include "agent/sealing.h"

#include <stdlib.h>

#include "agent/numbers.h"
#include "core/log.h"
#include "core/mem.h"
#include "crypto/key.h"

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

/* --- A batch --------------------------------------------------------------------------------------------- */

/* What cannot be sealed is kept and shown to a person; it never blocks the next. */
static enum err
hold(struct agent *agent, const struct sealing *sealing, const struct why *why,
     struct moment now)
{
    enum err err = ERR_OK;

    /* A VOID is its number: that waits with it. */
    if (sealing->entry.kind != KIND_CONTROL)
        err = numbers_give_up(agent, sealing->entry.notice_id, now);
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

static bool
may_seal(const struct agent *agent, struct moment now)
{
    return agent->link == LINK_READY && !agent->asking && agent->unsent_count == 0
           && agent->in_flight + BATCH_MAX <= IN_FLIGHT_MAX && agent->credit_messages > 0
           && now.steady_ms >= agent->retry_ms;
}

enum err
seal_queued(struct agent *agent, struct moment now)
{
    struct sealings sealings = { .agent = agent };
    enum err err;

    if (!may_seal(agent, now))
        return ERR_OK;
    now = stale_look(agent, now);
    err = spool_each(agent->store, SPOOL_QUEUED, 0, BATCH_MAX, copy_entry, &sealings);
    if (err == ERR_OK && sealings.count > 0 && (err = open_transaction(agent)) == ERR_OK)
        err = seal_all(agent, &sealings, now);
    for (size_t i = 0; i < sealings.count; i++) {
        /* Not committed yet; should that fail, there is nothing under this id to send. */
        if (err == ERR_OK && sealings.list[i]->is_sealed)
            unsent_add(agent, sealings.list[i]->msg_id);
        sealing_free(sealings.list[i]);
    }
    return err;
}
