#include "agent/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/placement.h"
#include "core/log.h"
#include "envelope/check.h"
#include "federation/grant.h"
#include "message/control.h"
#include "json/json.h"

/* One delivery on its way into the inbox. */
struct arrival {
    const struct delivery *delivery;
    struct core core;
    const struct agreement *agreement;
    struct opened opened;
    struct header header;
    struct received *received;
    uint64_t record; /* of ours, 0 if none */
};

void
raise_alarm(struct agent *agent, const char *name, const char *about, struct moment now)
{
    const struct alarm alarm = { .raised_ms = (uint64_t)now.wall.ms,
                                 .name = name,
                                 .about = about };

    log_event(LOG_ALARM, name, "about", about, NULL);
    /* An alarm that cannot be kept has been logged; the commit will say what is wrong with
       the store. */
    if (alarm_add(agent->store, &alarm))
        log_event(LOG_ERROR, "alarm_not_kept", "name", name, NULL);
}

static void
alarm_about(struct agent *agent, const struct arrival *arrival, const char *name,
            const char *words, struct moment now)
{
    char about[300];

    snprintf(about, sizeof(about), "message from %s, log index %" PRIu64 ": %s",
             agency_name(agent, arrival->core.sender), arrival->delivery->log_index, words);
    raise_alarm(agent, name, about, now);
}

/* --- Is it for one of our own children? ------------------------------------------------------ */

struct matching {
    const struct grant *grant;
    const struct received *received;
    struct day on;
    uint64_t record;
    bool contradicts;
};

static bool
match_record(void *context, const struct own_record *record)
{
    static const struct key none;
    struct matching *matching = context;
    uint8_t ref[REF];

    if (memcmp(&record->k, &none, sizeof(none)) == 0)
        return true;
    ref_of(ref, matching->grant->publisher, matching->grant->handle, &record->k);
    if (memcmp(ref, matching->grant->ref, REF) != 0)
        return true;
    matching->record = record->id;
    matching->contradicts =
        received_contradicts(matching->received, record->given_name, record->family_name,
                             record->date_of_birth, matching->on);
    return false;
}

/* The grant that came along: the index's, to us, on this sender's record, live when the
   message was accepted. */
static bool
grant_holds(struct agent *agent, const struct arrival *arrival, struct grant *grant)
{
    const struct delivery *delivery = arrival->delivery;
    const struct signed_grant as_signed = { delivery->grant_body, delivery->grant_batch };
    const struct registry *registry = federation_registry(agent->in_force->federation);
    struct instant accepted = { (int64_t)delivery->accepted_ms };
    const struct bytes route = delivery->envelope.route;
    uint8_t digest[DIGEST];

    if (!delivery->has_grant || route.len != ROUTE)
        return false;
    route_digest(digest, route);
    if (memcmp(digest, arrival->core.route_digest, DIGEST) != 0)
        return false;
    return grant_verify_listed(grant, &as_signed, registry, agent->roots) == CHECK_OK
           && grant->publisher == arrival->core.sender && grant->recipient == agent->me->number
           && memcmp(grant->handle, route.data + 4, HANDLE) == 0
           && grant_is_live(grant, accepted);
}

/* CHECK_MISROUTED when it is not about a child of ours, or does not fit that child. */
static enum err
find_record(struct agent *agent, struct arrival *arrival, enum check *check)
{
    struct instant created = { (int64_t)arrival->core.created_ms };
    struct grant grant;
    struct matching matching = { .grant = &grant,
                                 .received = arrival->received,
                                 .on = instant_day(created) };
    enum err err;

    *check = CHECK_MISROUTED;
    if (!grant_holds(agent, arrival, &grant))
        return ERR_OK;
    if ((err = record_each(agent->store, match_record, &matching)))
        return err;
    if (matching.record != 0 && !matching.contradicts) {
        arrival->record = matching.record;
        *check = CHECK_OK;
    }
    return ERR_OK;
}

/* --- Opening -------------------------------------------------------------------------------------- */

/* Compartments that a change of agreement has taken away in the meantime are not withheld. */
static void
report_compartments(struct agent *agent, const struct arrival *arrival,
                    const struct bits *ceiling, struct moment now)
{
    struct bits missing = bits_and(&arrival->opened.withheld, ceiling);

    if (!bits_are_empty(&arrival->opened.over_wrapped))
        alarm_about(agent, arrival, "OVER-WRAP",
                    "it carried keys for parts that we may not have; they were not used", now);
    if (!bits_are_empty(&missing))
        alarm_about(agent, arrival, "WITHHELD",
                    "parts that we should have did not come; ask the sender", now);
}

static enum check
open_delivery(struct agent *agent, struct arrival *arrival, struct moment now)
{
    const struct registry *registry = federation_registry(agent->in_force->federation);
    const struct core *core = &arrival->core;
    struct instant created = { (int64_t)core->created_ms };
    struct bits ceiling =
        in_force_ceiling(agent->in_force, arrival->agreement, agent->me, (enum kind)core->kind,
                         arrival->delivery->accepted_ms);
    const struct open_order order = {
        .me = agent->me->number,
        .intake = agent->keys->intake,
        .intake_count = agent->keys->intake_count,
        .psk = core->psk_epoch == 0 ? NULL : node_keys_psk(agent->keys, core->psk_epoch),
        .sender_key = registry_signing_key(registry, core->sender, core->sender_key,
                                           instant_day(created)),
        .ceiling = &ceiling,
        .compartment_count = arrival->agreement->sizes[core->kind].count,
    };
    enum check check;

    if (order.sender_key == NULL)
        return CHECK_SENDER_KEY;
    check = open_envelope(&arrival->opened, &arrival->delivery->envelope, core, &order,
                          agent->opener, agent->roots);
    if (check == CHECK_OK)
        report_compartments(agent, arrival, &ceiling, now);
    return check;
}

/* What a later version may want to tell us by CONTROL is kept for then, not dropped. */
static enum check
understand_control(const struct opened *opened)
{
    enum control control;

    if (opened->count != 2 || control_unpack(&control, opened->fragments[1]))
        return CHECK_FORM;
    return control == CONTROL_VOID ? CHECK_OK : CHECK_FORM;
}

static bool
is_understood(uint32_t kind)
{
    return kind == KIND_CONCERN || kind == KIND_NEEDS || kind == KIND_CONTROL;
}

static enum check
assemble(struct agent *agent, struct arrival *arrival, struct moment now)
{
    const struct opened *opened = &arrival->opened;
    const struct place_finder finder = { arrival->agreement->policy,
                                         (enum kind)arrival->core.kind };
    struct placement placement = placement_by(&finder);
    size_t misfiled = 0;

    if (header_unpack(&arrival->header, opened->fragments[0])
        || (uint32_t)arrival->header.type != arrival->core.kind)
        return CHECK_FORM;
    if (arrival->core.kind == KIND_CONTROL)
        return understand_control(opened);
    arrival->received = received_new(arrival->header.type);
    for (size_t i = 1; i < opened->count; i++)
        if (received_add(arrival->received, opened->numbers[i], opened->fragments[i],
                         &placement, &misfiled))
            return CHECK_FORM;
    if (misfiled > 0)
        alarm_about(agent, arrival, "MISFILED",
                    "fields lay where they do not belong; they were left out", now);
    return CHECK_OK;
}

/* --- The stream ----------------------------------------------------------------------------------------- */

static enum err
step_stream(struct agent *agent, const struct arrival *arrival, uint64_t seq, struct moment now)
{
    uint64_t seen;
    char words[120];
    enum err err = stream_seen(agent->store, arrival->core.sender, &seen);

    if (err)
        return err;
    if (seq == 0) /* a stub: it keeps its place, and does not say which */
        return stream_set_seen(agent->store, arrival->core.sender, seen + 1);
    if (seq > seen + 1) {
        snprintf(words, sizeof(words), "%" PRIu64 " before it did not come; ask the sender",
                 seq - seen - 1);
        alarm_about(agent, arrival, "GAP", words, now);
    }
    return seq > seen ? stream_set_seen(agent->store, arrival->core.sender, seq) : ERR_OK;
}

/* --- Into the inbox --------------------------------------------------------------------------------------- */

static void
write_content(struct buffer *content, const struct arrival *arrival)
{
    struct buffer shown;
    json_t *json, *purposes = json_array();

    buffer_init(&shown, 4 * MESSAGE_JSON_MAX);
    received_write_json(arrival->received, &shown);
    for (size_t i = 0; i < arrival->header.purpose_count; i++)
        json_array_append_new(purposes, json_string(arrival->header.purposes[i]));
    if (json_read(&json, buffer_bytes(&shown), NULL) != ERR_OK)
        json = json_object();
    json_object_set_new(json, "purposes", purposes);
    json_write(content, json);
    json_decref(json);
    buffer_clear(&shown);
}

static enum err
keep(struct agent *agent, const struct arrival *arrival, struct bytes content,
     const char *quarantine, struct moment now)
{
    const struct delivery *delivery = arrival->delivery;
    struct inbox_entry entry = {
        .position = delivery->position,
        .log_index = delivery->log_index,
        .accepted_ms = delivery->accepted_ms,
        .received_ms = (uint64_t)now.wall.ms,
        .sender = arrival->core.sender,
        .kind = arrival->core.kind,
        .revision = arrival->header.revision,
        .record = arrival->record,
        .quarantined = quarantine != NULL,
        .reason = quarantine == NULL ? "" : quarantine,
        .content = content,
    };
    struct buffer evidence;
    uint64_t number;
    bool fresh;
    enum err err;

    header_hash(entry.h, delivery->envelope.core, delivery->envelope.capsule_digests);
    /* Unopened, it is known by its hash only. */
    memcpy(entry.notice_id, quarantine == NULL ? arrival->header.notice_id : entry.h,
           NOTICE_ID);
    buffer_init(&evidence, ENVELOPE_MAX);
    envelope_pack(&evidence, &delivery->envelope);
    entry.evidence = buffer_bytes(&evidence);
    err = inbox_add(agent->store, &entry, &fresh, &number);
    buffer_clear(&evidence);
    return err;
}

static enum err
quarantine(struct agent *agent, const struct arrival *arrival, enum check check,
           struct moment now)
{
    alarm_about(agent, arrival, check_name(check), check_text(check), now);
    return keep(agent, arrival, (struct bytes){ 0 }, check_text(check), now);
}

static enum err
keep_opened(struct agent *agent, struct arrival *arrival, struct moment now)
{
    struct buffer content;
    enum check check = CHECK_OK;
    enum err err = ERR_OK;

    if (arrival->core.kind == KIND_CONTROL)
        return ERR_OK; /* a VOID has done its work by being counted */
    if (!in_force_hears_of_all(agent->in_force, arrival->agreement, agent->me,
                               arrival->delivery->accepted_ms))
        err = find_record(agent, arrival, &check);
    if (err)
        return err;
    if (check)
        return quarantine(agent, arrival, check, now);
    buffer_init(&content, 4 * MESSAGE_JSON_MAX);
    write_content(&content, arrival);
    err = keep(agent, arrival, buffer_bytes(&content), NULL, now);
    buffer_clear(&content);
    return err;
}

static enum check
understand(struct agent *agent, struct arrival *arrival, struct moment now)
{
    enum check check = open_delivery(agent, arrival, now);

    return check ? check : assemble(agent, arrival, now);
}

static enum err
take_in(struct agent *agent, struct arrival *arrival, struct moment now)
{
    const struct delivery *delivery = arrival->delivery;
    enum check check;
    enum err err;

    if ((check = core_read(&arrival->core, delivery->envelope.core)))
        return quarantine(agent, arrival, check, now);
    if (delivery->envelope.capsule_count == 0)
        return step_stream(agent, arrival, 0, now);
    arrival->agreement =
        agreements_named(agent->in_force->agreements, arrival->core.policy_hash);
    if (!is_understood(arrival->core.kind))
        check = CHECK_FORM;
    else if (arrival->agreement == NULL || agreement_member(arrival->agreement, agent->me) < 0)
        check = CHECK_POLICY;
    else
        check = understand(agent, arrival, now);
    /* What did not open did not say its number, but it has come: it keeps its place. */
    if ((err = step_stream(agent, arrival, arrival->opened.stream_seq, now)))
        return err;
    if (check)
        return quarantine(agent, arrival, check, now);
    return keep_opened(agent, arrival, now);
}

enum err
receive(struct agent *agent, const struct delivery *delivery, struct moment now)
{
    struct arrival arrival = { .delivery = delivery };
    char about[80];
    enum err err;

    if (delivery->position <= agent->arrived)
        return ERR_OK; /* sent again because our ACK was lost: ACK again at the next settling */
    if ((err = open_transaction(agent)))
        return err;
    if (delivery->position != agent->arrived + 1) {
        snprintf(about, sizeof(about), "the broker's queue jumped from %" PRIu64 " to %" PRIu64,
                 agent->arrived, delivery->position);
        raise_alarm(agent, "GAP", about, now);
    }
    err = take_in(agent, &arrival, now);
    opened_wipe(&arrival.opened);
    received_free(&arrival.received);
    if (err == ERR_OK)
        agent->arrived = delivery->position;
    return err;
}

static void
acknowledge(struct agent *agent)
{
    const struct frame ack = { .verb = VERB_ACK, .ack = agent->applied };
    const struct frame credit = {
        .verb = VERB_CREDIT,
        .credit = { .messages = agent->used_messages, .bytes = agent->used_bytes },
    };

    say(agent, &ack);
    say(agent, &credit);
    agent->used_messages = 0;
    agent->used_bytes = 0;
}

enum err
open_transaction(struct agent *agent)
{
    enum err err;

    if (agent->in_transaction)
        return ERR_OK;
    if ((err = agent_store_begin(agent->store)) == ERR_OK)
        agent->in_transaction = true;
    return err;
}

void
give_up_transaction(struct agent *agent)
{
    if (agent->in_transaction)
        agent_store_rollback(agent->store);
    agent->in_transaction = false;
    agent->arrived = agent->applied;
}

enum err
settle_heard(struct agent *agent)
{
    enum err err;

    if (agent->in_transaction) {
        if ((err = agent_store_set_number(agent->store, "applied", agent->arrived))
            || (err = agent_store_commit(agent->store)))
            return err;
        agent->in_transaction = false;
        agent->applied = agent->arrived;
    }
    if (agent->used_messages > 0 && agent->link == LINK_READY)
        acknowledge(agent);
    return ERR_OK;
}
