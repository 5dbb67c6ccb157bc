#include "agent/parts.h"

#include <string.h>

#include "core/text.h"
#include "message/place.h"

static const char *
purpose_at(const void *policy, size_t i)
{
    return policy_purpose_name(policy, (int)i);
}

static const char *
fact_at(const void *policy, size_t i)
{
    return policy_fact_name(policy, (int)i);
}

static void
unknown_name(struct problems *problems, const struct place *place, const char *what,
             const char *name, const char *(*at)(const void *list, size_t i),
             const struct policy *policy)
{
    const char *meant = text_nearest(name, at, policy);

    if (problems == NULL)
        return;
    if (meant != NULL)
        complain_at(problems, place, "is not a %s of the agreement; did you mean \"%s\"?", what,
                    meant);
    else
        complain_at(problems, place, "is not a %s of the agreement", what);
}

static void
unknown_purpose(struct problems *problems, const struct message *message, size_t i,
                const struct policy *policy)
{
    const struct place sharing = place_member(NULL, "sharing");
    const struct place purposes = place_member(&sharing, "purposes");
    const struct place place = message_purposes_are_listed(message)
                                   ? place_item(&purposes, i)
                                   : place_member(&sharing, "purpose");

    unknown_name(problems, &place, "purpose", message_purpose(message, i), purpose_at, policy);
}

static bool
add_purposes(struct situation *situation, const struct message *message,
             const struct policy *policy, struct problems *problems)
{
    const char *name;
    bool all_known = true;

    for (size_t i = 0; (name = message_purpose(message, i)) != NULL; i++) {
        int purpose = policy_purpose(policy, name);

        if (purpose >= 0) {
            situation->purposes |= UINT32_C(1) << purpose;
        } else {
            unknown_purpose(problems, message, i, policy);
            all_known = false;
        }
    }
    return all_known;
}

static bool
add_fact(struct situation *situation, const char *name, bool value, const struct policy *policy,
         struct problems *problems)
{
    const struct place sharing = place_member(NULL, "sharing");
    const struct place facts = place_member(&sharing, "facts");
    const struct place place = place_member(&facts, name);
    int fact = policy_fact(policy, name);

    if (fact < 0) {
        unknown_name(problems, &place, "fact", name, fact_at, policy);
        return false;
    }
    if (strcmp(name, FACT_ENQUIRY) == 0) {
        if (problems != NULL)
            complain_at(problems, &place, "is for MASH to decide; leave it out");
        return false;
    }
    if (value)
        situation->facts_true |= (uint8_t)(1u << fact);
    else
        situation->facts_false |= (uint8_t)(1u << fact);
    return true;
}

/* A concern that says that somebody is in immediate danger states the fact of that name. */
static bool
add_immediate_danger(struct situation *situation, const struct message *message,
                     const struct policy *policy, struct problems *problems)
{
    int fact = policy_fact(policy, "immediate-danger");

    if (fact < 0 || !message_immediate_danger(message))
        return true;
    if (situation->facts_false & 1u << fact) {
        if (problems != NULL)
            problems_add(problems, "/sharing/facts/immediate-danger",
                         "is false, but /concern/immediateDanger is true");
        return false;
    }
    situation->facts_true |= (uint8_t)(1u << fact);
    return true;
}

bool
situation_of(struct situation *situation, const struct message *message,
             const struct policy *policy, struct instant now, struct problems *problems)
{
    const char *name;
    bool value, all_known;

    *situation =
        (struct situation){ .day = instant_day(now), .sender_level = message_level(message) };
    all_known = add_purposes(situation, message, policy, problems);
    for (size_t i = 0; (name = message_fact(message, i, &value)) != NULL; i++)
        all_known &= add_fact(situation, name, value, policy, problems);
    return add_immediate_danger(situation, message, policy, problems) && all_known;
}
