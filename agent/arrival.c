#include "agent/arrival.h"

#include <string.h>

#include "agent/placement.h"
#include "federation/grant.h"

/* No sender gets there; one that says so would make a gap that could not be counted. */
static const uint64_t STREAM_LAST = (uint64_t)1 << 48;

/* --- Opening --------------------------------------------------------------------------------- */

/* A key whose days had gone by is good for control messages, and for us when we are MASH or
   children's social care. */
static const struct sign_public *
key_of_sender(const struct agent *agent, const struct core *core)
{
    const struct registry *registry = federation_registry(agent->in_force->federation);
    struct day created = instant_day((struct instant){ (int64_t)core->created_ms });
    bool lapsed;
    const struct sign_public *key =
        registry_key_or_lapsed(registry, core->sender, core->sender_key, created, &lapsed);

    if (lapsed && core->kind != KIND_CONTROL
        && !in_force_always_tells(agent->in_force, agent->me->number))
        return NULL;
    return key;
}

/* Compartments that a change of agreement has taken away in the meantime are not withheld. */
static void
compare_with_ceiling(struct arrival *arrival, const struct bits *ceiling)
{
    struct bits missing = bits_and(&arrival->opened.withheld, ceiling);

    arrival->over_wrapped = !bits_are_empty(&arrival->opened.over_wrapped);
    arrival->withheld = !bits_are_empty(&missing);
}

static enum check
open_delivery(struct arrival *arrival, struct agent *agent)
{
    const struct core *core = &arrival->core;
    struct bits ceiling =
        in_force_ceiling(agent->in_force, arrival->agreement, agent->me, (enum kind)core->kind,
                         arrival->delivery->accepted_ms);
    const struct open_order order = {
        .me = agent->me->number,
        .intake = agent->keys->intake,
        .intake_count = agent->keys->intake_count,
        .psk = core->psk_epoch == 0 ? NULL : node_keys_psk(agent->keys, core->psk_epoch),
        .sender_key = key_of_sender(agent, core),
        .ceiling = &ceiling,
        .compartment_count = arrival->agreement->sizes[core->kind].count,
    };
    enum check check;

    if (order.sender_key == NULL)
        return CHECK_SENDER_KEY;
    check = open_envelope(&arrival->opened, &arrival->delivery->envelope, core, &order,
                          agent->opener, agent->roots);
    if (check == CHECK_OK)
        compare_with_ceiling(arrival, &ceiling);
    return check;
}

/* What a later version may want to tell us by CONTROL is kept for then, not dropped. */
static enum check
understand_control(struct arrival *arrival)
{
    const struct opened *opened = &arrival->opened;

    if (opened->count != 2 || control_unpack(&arrival->control, opened->fragments[1]))
        return CHECK_FORM;
    return CHECK_OK;
}

static bool
is_understood(uint32_t kind)
{
    return kind == KIND_CONCERN || kind == KIND_NEEDS || kind == KIND_CONTROL;
}

static enum check
assemble(struct arrival *arrival)
{
    const struct opened *opened = &arrival->opened;
    const struct place_finder finder = { arrival->agreement->policy,
                                         (enum kind)arrival->core.kind };
    struct placement placement = placement_by(&finder);
    size_t misfiled = 0;

    if (opened->stream_seq == 0 || opened->stream_seq > STREAM_LAST)
        return CHECK_FORM;
    arrival->stream_seq = opened->stream_seq;
    if (header_unpack(&arrival->header, opened->fragments[0])
        || (uint32_t)arrival->header.type != arrival->core.kind)
        return CHECK_FORM;
    if (arrival->core.kind == KIND_CONTROL)
        return understand_control(arrival);
    arrival->received = received_new(arrival->header.type);
    for (size_t i = 1; i < opened->count; i++)
        if (received_add(arrival->received, opened->numbers[i], opened->fragments[i],
                         &placement, &misfiled))
            return CHECK_FORM;
    arrival->misfiled = misfiled > 0;
    return CHECK_OK;
}

/* --- Is it for one of our own children? ------------------------------------------------------ */

static bool
is_granted_on(const void *context, const struct key *k)
{
    const struct grant *grant = context;
    uint8_t ref[REF];

    ref_of(ref, grant->publisher, grant->handle, k);
    return memcmp(ref, grant->ref, REF) == 0;
}

/* The grant that came along: the index's, to us, on this sender's record, live when the
   message was accepted, or, if it took the place of another since, now. */
static bool
grant_holds(const struct arrival *arrival, struct agent *agent, struct instant now,
            struct grant *grant)
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
           && (grant_is_live(grant, accepted) || grant_is_live(grant, now));
}

/* CHECK_MISROUTED when it is not about a child of ours, or does not fit that child. */
static enum err
find_record(struct arrival *arrival, struct agent *agent, struct instant now, enum check *check)
{
    struct instant created = { (int64_t)arrival->core.created_ms };
    struct own_record record;
    struct grant grant;
    enum err err;

    *check = CHECK_MISROUTED;
    if (!grant_holds(arrival, agent, now, &grant))
        return ERR_OK;
    err = record_by_key(agent->store, is_granted_on, &grant, &record);
    if (err)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    if (!received_contradicts(arrival->received, record.given_name, record.family_name,
                              record.date_of_birth, instant_day(created))) {
        arrival->record = record.id;
        *check = CHECK_OK;
    }
    return ERR_OK;
}

/* --- All of it ------------------------------------------------------------------------------ */

static bool
needs_a_grant(const struct arrival *arrival, const struct agent *agent)
{
    return arrival->core.kind != KIND_CONTROL
           && !in_force_hears_of_all(agent->in_force, arrival->agreement, agent->me,
                                     arrival->delivery->accepted_ms);
}

/* Who hears of every child is entitled to all until it expires. */
static bool
is_withheld(const struct arrival *arrival, const struct agent *agent, struct instant now)
{
    uint64_t expires_ms = arrival->core.created_ms + core_lifetime_ms(&arrival->core);

    return arrival->agreement != NULL && !needs_a_grant(arrival, agent)
           && (uint64_t)now.ms + WINDOW_AHEAD_MS < expires_ms;
}

static enum check
understand_stub(struct arrival *arrival, struct agent *agent, struct instant now)
{
    const struct envelope *envelope = &arrival->delivery->envelope;
    const struct sign_public *key = key_of_sender(agent, &arrival->core);

    if (key == NULL)
        return CHECK_SENDER_KEY;
    arrival->is_stub = true;
    arrival->withheld = is_withheld(arrival, agent, now);
    return check_signature(envelope, &arrival->core, arrival->h, key, agent->roots);
}

/* Whoever must be told of every message has keys at least for what the agreement gives it
   when nothing but the purposes is known. */
static void
compare_with_floor(struct arrival *arrival, const struct agent *agent)
{
    const struct policy *policy = arrival->agreement->policy;
    int place = agreement_member(arrival->agreement, agent->me);
    struct situation situation = { .day = instant_day(
                                       (struct instant){ (int64_t)arrival->core.created_ms }) };
    struct bits floor;

    if (arrival->core.kind == KIND_CONTROL
        || (!policy_agency_is(policy, place, TYPE_MASH)
            && !policy_agency_is(policy, place, TYPE_SOCIAL_CARE)))
        return;
    for (size_t i = 0; i < arrival->header.purpose_count; i++) {
        int purpose = policy_purpose(policy, arrival->header.purposes[i]);

        if (purpose >= 0)
            situation.purposes |= UINT32_C(1) << purpose;
    }
    floor = policy_release(policy, (enum kind)arrival->core.kind, place, &situation, false);
    for (size_t i = 0; i < arrival->opened.count; i++)
        bits_remove(&floor, arrival->opened.numbers[i]);
    floor = bits_without(&floor, &arrival->opened.withheld);
    arrival->under_wrapped = !bits_are_empty(&floor);
}

static enum check
open_and_assemble(struct arrival *arrival, struct agent *agent)
{
    enum check check;

    if (!is_understood(arrival->core.kind))
        return CHECK_FORM;
    if (arrival->agreement == NULL || agreement_member(arrival->agreement, agent->me) < 0)
        return CHECK_POLICY;
    check = open_delivery(arrival, agent);
    return check ? check : assemble(arrival);
}

enum err
arrival_understand(struct arrival *arrival, struct agent *agent, struct instant now,
                   enum check *check)
{
    const struct envelope *envelope = &arrival->delivery->envelope;

    if ((*check = core_read(&arrival->core, envelope->core)))
        return ERR_OK;
    arrival->is_attributed = true;
    arrival->agreement =
        agreements_named(agent->in_force->agreements, arrival->core.policy_hash);
    if (envelope->capsule_count == 0) {
        *check = understand_stub(arrival, agent, now);
        return ERR_OK;
    }
    *check = open_and_assemble(arrival, agent);
    if (*check == CHECK_OK && needs_a_grant(arrival, agent))
        return find_record(arrival, agent, now, check);
    if (*check == CHECK_OK)
        compare_with_floor(arrival, agent);
    return ERR_OK;
}

void
arrival_clear(struct arrival *arrival)
{
    opened_wipe(&arrival->opened);
    received_free(&arrival->received);
}
