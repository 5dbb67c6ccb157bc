#include "agent/parts.h"

#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/key.h"

/* Into the spool, in one transaction with the record it is about; when the broker would take
   it at once, sealed in the same transaction. */
static enum err
write_down(struct agent *agent, const struct message *message, struct spooled *entry,
           const char *idempotency_key, const uint8_t request[DIGEST],
           struct published *published)
{
    struct own_record record;
    enum err err;

    err =
        record_take(agent->store, message_system(message), message_local_id(message), &record);
    if (err)
        return err;
    entry->record = record.id;
    return spool_add(agent->store, entry, idempotency_key, request, published->notice_id,
                     &published->repeated);
}

static enum err
spool_message(struct agent *agent, const struct message *message, const char *idempotency_key,
              const uint8_t request[DIGEST], struct moment now, struct published *published)
{
    struct spooled entry = { .kind = (uint32_t)message_kind(message),
                             .state = SPOOL_QUEUED,
                             .reason = "",
                             .queued_ms = (uint64_t)now.wall.ms };
    struct buffer text;
    enum err err;

    buffer_init(&text, 2 * MESSAGE_JSON_MAX);
    message_write_json(message, &text);
    if (!buffer_is_whole(&text)) {
        buffer_clear(&text);
        return ERR_TOO_BIG;
    }
    entry.message = buffer_bytes(&text);
    random_fill(entry.notice_id, sizeof(entry.notice_id));
    if ((err = open_transaction(agent)) == ERR_OK
        && (err = write_down(agent, message, &entry, idempotency_key, request, published))
               == ERR_OK
        && (err = seal_queued(agent, now)) == ERR_OK)
        err = settle_heard(agent);
    if (err)
        give_up_transaction(agent);
    buffer_clear(&text);
    return err ? err : submit_unsent(agent, now);
}

/* Nobody may be kept from telling those who must be told of every child. */
static bool
may_be_kept_from(const struct message *message, const struct policy *policy,
                 struct problems *problems)
{
    bool all_may = true;
    const char *name;

    for (size_t i = 0; (name = message_must_not_reach(message, i)) != NULL; i++) {
        int place = policy_agency(policy, name);
        char pointer[80];

        if (place >= 0 && !policy_agency_is(policy, place, TYPE_MASH)
            && !policy_agency_is(policy, place, TYPE_SOCIAL_CARE))
            continue;
        snprintf(pointer, sizeof(pointer), "/circumstances/handling/mustNotReach/%zu", i);
        problems_add(problems, pointer,
                     place < 0 ? "is not an agency of the agreement"
                               : "is MASH or children's social care, who must be told");
        all_may = false;
    }
    return all_may;
}

/* What only the agreement can say is wrong with a message. */
static bool
agreement_understands(const struct agent *agent, const struct message *message,
                      struct moment now, struct problems *problems)
{
    const struct policy *policy = agreements_current(agent->in_force->agreements)->policy;
    struct situation situation;
    bool known = situation_of(&situation, message, policy, now.wall, problems);
    bool kept = may_be_kept_from(message, policy, problems);

    return message_is_of_the_past(message, now.wall, problems) && kept && known;
}

enum err
agent_publish(struct agent *agent, enum kind kind, struct bytes json,
              const char *idempotency_key, struct moment now, struct published *published,
              struct problems *problems)
{
    struct message *message;
    uint8_t request[DIGEST];
    enum err err = settle_heard(agent);

    if (err)
        return err;
    if ((err = message_read_json(&message, json, kind, problems)))
        return err;
    hash_of(request, DIGEST, "kith1.request", NULL, json);
    err = agreement_understands(agent, message, stale_latest(agent, now), problems)
              ? spool_message(agent, message, idempotency_key, request, now, published)
              : ERR_MALFORMED;
    message_free(&message);
    return err;
}
