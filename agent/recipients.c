#include "agent/recipients.h"

#include <string.h>

struct choosing {
    struct recipients *recipients;
    const struct in_force *in_force;
    const struct about *about;
    struct instant now;
    bool (*unwanted)(const void *context, uint32_t agency);
    const void *context;
    bool out_of_date; /* of the grants, those that are not live are considered */
};

static const struct policy *
policy_of(const struct choosing *choosing)
{
    return agreements_current(choosing->in_force->agreements)->policy;
}

static struct recipient *
add(const struct choosing *choosing, const struct agency *agency)
{
    struct recipients *recipients = choosing->recipients;

    if (recipients->count == RECIPIENTS_MAX)
        return NULL;
    recipients->list[recipients->count] = (struct recipient){ .agency = agency };
    return &recipients->list[recipients->count++];
}

static void
not_told(struct recipient *recipient, enum told_state state, const char *why)
{
    recipient->state = state;
    recipient->why = why;
    recipient->intake = NULL;
}

static bool
is_type(const struct choosing *choosing, int place, const char *type)
{
    return policy_agency_is(policy_of(choosing), place, type);
}

static bool
is_always_told(const struct choosing *choosing, int place)
{
    return is_type(choosing, place, TYPE_MASH) || is_type(choosing, place, TYPE_SOCIAL_CARE);
}

/* Before the index has answered for a record nobody knows whose child it is about. */
static bool
waits_for_the_index(const struct choosing *choosing, int place)
{
    if (choosing->recipients->known_to_index || is_always_told(choosing, place))
        return false;
    return !(choosing->about->immediate_danger && is_type(choosing, place, TYPE_POLICE));
}

/*
 * MASH and children's social care are sealed to under their last known key, however old:
 * nobody is not told because a date went by.  Others wait for a key that is in date.
 */
static void
choose_key(const struct choosing *choosing, struct recipient *recipient, int place)
{
    bool in_date = false;

    recipient->intake = federation_intake(choosing->in_force->federation,
                                          recipient->agency->number, choosing->now, &in_date);
    if (recipient->intake == NULL)
        not_told(recipient, TOLD_OWED, "it has not published an intake key");
    else if (!in_date && !is_always_told(choosing, place))
        not_told(recipient, TOLD_OWED, "its intake key is out of date");
    else
        recipient->state = TOLD_SEALED;
}

static bool
is_narrowed(const struct about *about)
{
    return about->narrowed != NULL && about->narrowed[0] != 0;
}

static bool
must_not_reach(const struct choosing *choosing, const struct agency *agency)
{
    for (size_t i = 0; i < choosing->about->must_not_reach_count; i++)
        if (strcmp(choosing->about->must_not_reach[i], agency->name) == 0)
            return true;
    return false;
}

static void
consider(const struct choosing *choosing, const struct agency *agency, int place,
         bool on_caseload)
{
    const struct about *about = choosing->about;
    struct recipient *recipient;

    if (agency->number == about->sender || (recipient = add(choosing, agency)) == NULL)
        return;
    recipient->compartments =
        policy_release(policy_of(choosing), about->kind, place, &about->situation, on_caseload);
    if (bits_are_empty(&recipient->compartments))
        not_told(recipient, TOLD_NOT_SHARED,
                 policy_in_force(policy_of(choosing), instant_day(choosing->now))
                     ? "the agreement shares nothing of this with it"
                     : "the agreement is not in force today");
    else if (must_not_reach(choosing, agency) && !is_always_told(choosing, place))
        not_told(recipient, TOLD_NOT_SHARED, "the sender says that it must not reach it");
    else if (in_force_is_suspended(choosing->in_force, agency->number))
        not_told(recipient, TOLD_OWED, "it is suspended");
    else if (waits_for_the_index(choosing, place))
        not_told(recipient, TOLD_OWED, "the index has not answered for this child yet");
    else if (is_narrowed(about) && !is_always_told(choosing, place))
        not_told(recipient, TOLD_OWED, about->narrowed);
    else if (choosing->out_of_date && on_caseload)
        not_told(recipient, TOLD_OWED,
                 "the index's word that the child is theirs is out of date");
    else if (choosing->unwanted != NULL && !is_always_told(choosing, place)
             && choosing->unwanted(choosing->context, agency->number))
        not_told(recipient, TOLD_OWED, "the broker does not deliver to it just now");
    else
        choose_key(choosing, recipient, place);
}

static bool
consider_grant(void *context, const struct held_grant *held)
{
    const struct choosing *choosing = context;
    const struct registry *registry = federation_registry(choosing->in_force->federation);
    const struct agency *agency = registry_agency(registry, held->grant.recipient);
    int place;

    if (agency == NULL || grant_is_live(&held->grant, choosing->now) == choosing->out_of_date
        || held->grant.basis == BASIS_REVOKED
        || grant_table_revoked(federation_grants(choosing->in_force->federation), &held->grant))
        return true;
    place = agreement_member(agreements_current(choosing->in_force->agreements), agency);
    if (place < 0 || policy_hears_of_all(policy_of(choosing), place))
        return true;
    for (size_t i = 0; i < choosing->recipients->count; i++)
        if (choosing->recipients->list[i].agency == agency)
            return true; /* two grants on one record, one recipient */
    consider(choosing, agency, place, true);
    return true;
}

/* Whoever must be told of everything is among the recipients and has a key, or nothing goes
   out at all.  Whoever of them is suspended keeps nothing from the others; but when nobody
   is left a person must tell them otherwise. */
static enum err
check_always_told(const struct choosing *choosing, struct why *why)
{
    bool one_is_suspended = false, one_is_told = false;

    for (size_t i = 0; i < choosing->recipients->count; i++) {
        const struct recipient *recipient = &choosing->recipients->list[i];
        int place = agreement_member(agreements_current(choosing->in_force->agreements),
                                     recipient->agency);

        bool suspended = in_force_is_suspended(choosing->in_force, recipient->agency->number);

        one_is_told |= recipient->state == TOLD_SEALED;
        one_is_suspended |= suspended;
        if (is_always_told(choosing, place) && recipient->state != TOLD_SEALED && !suspended)
            return because(why, ERR_NOT_FOUND, "%s must be told of every message, but %s",
                           policy_agency_type(policy_of(choosing), place), recipient->why);
    }
    if (one_is_suspended && !one_is_told)
        return because(why, ERR_NOT_FOUND,
                       "everybody whom it could be sent to is suspended: tell them otherwise");
    return ERR_OK;
}

enum err
recipients_choose(struct recipients *recipients, const struct in_force *in_force,
                  const struct about *about, struct instant now,
                  bool (*unwanted)(const void *context, uint32_t agency), const void *context,
                  struct why *why)
{
    struct choosing choosing = { recipients, in_force, about, now, unwanted, context, false };
    const struct grant_table *grants = federation_grants(in_force->federation);

    recipients->count = 0;
    recipients->known_to_index = grant_table_answered(grants, about->sender, about->handle);
    for (size_t i = 0; i < in_force->hear_of_all_count; i++) {
        const struct member *member = &in_force->hear_of_all[i];

        consider(&choosing, member->agency, member->place, false);
    }
    grant_table_each(grants, about->sender, about->handle, consider_grant, &choosing);
    choosing.out_of_date = true; /* for whom there is no other */
    grant_table_each(grants, about->sender, about->handle, consider_grant, &choosing);
    return check_always_told(&choosing, why);
}
