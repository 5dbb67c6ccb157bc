#include "broker/accept.h"

#include <string.h>

#include "envelope/check.h"

enum check
accept_sender(struct submission *submission, const struct envelope *envelope, uint32_t agency,
              const struct in_force *in_force, struct root_cache *roots, struct instant now)
{
    const struct registry *registry = federation_registry(in_force->federation);
    const struct sign_public *key;
    enum check check;

    *submission = (struct submission){ .envelope = envelope };
    if ((check = core_read(&submission->core, envelope->core)))
        return check;
    if (submission->core.sender != agency)
        return CHECK_SENDER;
    if (in_force_is_suspended(in_force, agency))
        return CHECK_SUSPENDED;
    /* A key whose days went by still speaks to MASH and children's social care. */
    key = registry_key_or_lapsed(registry, agency, submission->core.sender_key,
                                 instant_day(now), &submission->is_narrowed);
    if (key == NULL)
        return CHECK_SENDER_KEY;
    header_hash(submission->h, envelope->core, envelope->capsule_digests);
    return check_signature(envelope, &submission->core, submission->h, key, roots);
}

static bool
is_within_window(uint64_t created_ms, struct instant now)
{
    int64_t created = (int64_t)created_ms;

    return created_ms <= INT64_MAX && created <= now.ms + WINDOW_AHEAD_MS
           && created >= now.ms - WINDOW_BEHIND_MS;
}

/* A sender who could make it expire at once could keep it from whom it must reach. */
static bool
lives_long_enough(const struct core *core)
{
    return core_lifetime_ms(core) >= (uint64_t)LIFETIME_MIN_S * 1000;
}

static bool
is_known_kind(uint32_t kind)
{
    return kind >= KIND_CONCERN && kind <= KIND_CONTROL;
}

static bool
says_something_of_a_child(uint32_t kind)
{
    return kind == KIND_CONCERN || kind == KIND_NEEDS;
}

static bool
has_capsule(const struct envelope *envelope, uint32_t recipient)
{
    for (size_t i = 0; i < envelope->capsule_count; i++)
        if (envelope->capsules[i].recipient == recipient)
            return true;
    return false;
}

/* Does it tell somebody of a child, who is not MASH or children's social care? */
static bool
tells_another(const struct submission *submission, const struct in_force *in_force,
              uint32_t recipient)
{
    return submission->core.kind != KIND_CONTROL && !in_force_always_tells(in_force, recipient);
}

static bool
tells_others(const struct submission *submission, const struct in_force *in_force)
{
    const struct envelope *envelope = submission->envelope;

    for (size_t i = 0; i < envelope->capsule_count; i++)
        if (tells_another(submission, in_force, envelope->capsules[i].recipient))
            return true;
    return false;
}

/* MASH suspended is not told, and nobody else's message waits for that. */
static enum check
check_always_told(struct submission *submission, const struct in_force *in_force)
{
    if (!says_something_of_a_child(submission->core.kind))
        return CHECK_OK;
    for (size_t i = 0; i < in_force->always_told_count; i++) {
        uint32_t agency = in_force->always_told[i].agency->number;

        if (agency != submission->core.sender && !in_force_is_suspended(in_force, agency)
            && !has_capsule(submission->envelope, agency)) {
            submission->failed_for = agency;
            return CHECK_CAPSULE_MISSING;
        }
    }
    return CHECK_OK;
}

/* A recipient who does not hear of all children needs the index's word for this record. */
static enum check
check_grant(struct store_delivery *delivery, const struct submission *submission,
            const struct in_force *in_force, const struct agency *agency, struct instant now)
{
    const struct held_grant *held;
    const uint8_t *handle = submission->envelope->route.data + 4;

    if (!says_something_of_a_child(submission->core.kind)
        || in_force_hears_of_all(in_force, submission->agreement, agency, (uint64_t)now.ms))
        return CHECK_OK;
    held = grant_table_live(federation_grants(in_force->federation), submission->core.sender,
                            handle, delivery->agency, now);
    if (held == NULL)
        return CHECK_GRANT;
    memcpy(delivery->grant, held->grant.id, GRANT_ID);
    return CHECK_OK;
}

static enum check
check_recipient(struct store_delivery *delivery, const struct submission *submission,
                const struct in_force *in_force, struct instant now)
{
    const struct agency *agency =
        registry_agency(federation_registry(in_force->federation), delivery->agency);
    struct bits ceiling;

    if (agency == NULL || delivery->agency == submission->core.sender)
        return CHECK_RECIPIENT;
    if (submission->is_narrowed && tells_another(submission, in_force, delivery->agency))
        return CHECK_RECIPIENT;
    ceiling = in_force_ceiling(in_force, submission->agreement, agency,
                               (enum kind)submission->core.kind, (uint64_t)now.ms);
    if (bits_are_empty(&ceiling))
        return CHECK_RECIPIENT;
    return check_grant(delivery, submission, in_force, agency, now);
}

static enum check
check_recipients(struct submission *submission, const struct in_force *in_force,
                 struct instant now)
{
    const struct envelope *envelope = submission->envelope;

    if (envelope->capsule_count == 0 || envelope->capsule_count > RECIPIENTS_MAX)
        return CHECK_CAPSULE;
    for (size_t i = 0; i < envelope->capsule_count; i++) {
        struct store_delivery *delivery = &submission->deliveries[i];
        enum check check;

        *delivery = (struct store_delivery){ .agency = envelope->capsules[i].recipient };
        check = check_recipient(delivery, submission, in_force, now);
        if (check) {
            submission->failed_for = delivery->agency;
            return check;
        }
    }
    submission->delivery_count = envelope->capsule_count;
    return CHECK_OK;
}

enum check
accept_content(struct submission *submission, const struct in_force *in_force,
               struct instant now)
{
    const struct core *core = &submission->core;
    enum check check;

    if (!is_within_window(core->created_ms, now))
        return CHECK_WINDOW;
    if (!is_known_kind(core->kind) || !lives_long_enough(core))
        return CHECK_FORM;
    submission->agreement = agreements_named(in_force->agreements, core->policy_hash);
    /* One that is out of force for long still serves to tell those who must be told. */
    if (submission->agreement == NULL
        || (!agreements_accept(in_force->agreements, submission->agreement, now)
            && tells_others(submission, in_force)))
        return CHECK_POLICY;
    check = check_parts(submission->envelope, core, &submission->agreement->sizes[core->kind]);
    if (check)
        return check;
    if ((check = check_always_told(submission, in_force)))
        return check;
    return check_recipients(submission, in_force, now);
}
