#include "agent/sealing.h"

#include <string.h>

#include "agent/numbers.h"
#include "agent/placement.h"

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

bool
refused_for_add(struct agent *agent, const uint8_t notice_id[NOTICE_ID], uint32_t agency)
{
    uint64_t key = refusal_key(notice_id, agency);

    if (map_get(&agent->refused_for, key) != NULL)
        return false;
    map_put(&agent->refused_for, key, agent);
    return true;
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
        because(why, err, "the message %s",
                problems.count > 0 ? problems.list[0].reason : "cannot be sealed");
    problems_clear(&problems);
    return err;
}

static bool
list_must_not_reach(struct about *about, const struct message *message)
{
    const char *name;

    for (size_t i = 0; (name = message_must_not_reach(message, i)) != NULL; i++) {
        if (i == MUST_NOT_REACH_MAX)
            return false;
        about->must_not_reach[about->must_not_reach_count++] = name;
    }
    return true;
}

static enum err
choose(struct agent *agent, struct sealing *sealing, const struct message *message,
       struct moment now, struct why *why)
{
    const struct refusals refusals = { agent, sealing->entry.notice_id };
    struct about about = { .sender = agent->me->number,
                           .handle = sealing->handle,
                           .kind = (enum kind)sealing->entry.kind,
                           .narrowed = agent->narrowed,
                           .immediate_danger = message_immediate_danger(message) };
    const struct policy *policy = sealing->agreement->policy;
    int danger = policy_fact(policy, "immediate-danger");

    if (!situation_of(&about.situation, message, policy, now.wall, NULL))
        return because(
            why, ERR_REFUSED,
            "names a purpose or a fact that the agreement now in force does not have");
    if (!list_must_not_reach(&about, message))
        return because(why, ERR_REFUSED, "names more agencies that it must not reach than %d",
                       MUST_NOT_REACH_MAX);
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

/* It is packed already, and goes to the one recipient whose number it carries. */
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
    if (in_force_is_suspended(agent->in_force, recipient->agency->number))
        return because(why, ERR_NOT_FOUND, "the recipient is suspended");
    recipient->state = TOLD_SEALED;
    recipient->why = "";
    bits_add(&recipient->compartments, 1);
    sealing->recipients.count = 1;
    buffer_add_bytes(&sealing->fragments[1], sealing->entry.message);
    return write_header(sealing, NULL);
}

enum err
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
