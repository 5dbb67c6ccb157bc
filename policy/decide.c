#include "policy/model.h"

/* Rules 1 to 6 of policy.h, in their order. */

static const struct member_agency *
member(const struct policy *policy, int agency)
{
    return agency >= 0 && (size_t)agency < policy->agency_count ? &policy->agencies[agency]
                                                                : NULL;
}

static struct day
nearest_day_in_force(const struct policy *policy, struct day day)
{
    if (day.number < policy->first.number)
        return policy->first;
    return day.number > policy->last.number ? policy->last : day;
}

/* Only a decision of MASH counts for those who do not hear of all children: else whoever
   sends could open a message to them by calling it grave. */
static uint8_t
level_for(const struct member_agency *agency, const struct situation *situation)
{
    uint8_t level = situation->decided_level;

    if (level == 0 && agency->hears_of_all)
        level = situation->sender_level;
    return level <= POLICY_LEVELS ? level : 0;
}

struct standing
standing_of(const struct policy *policy, int agency, const struct situation *situation,
            bool on_caseload)
{
    const struct member_agency *to = member(policy, agency);

    if (to == NULL || (!policy_in_force(policy, situation->day) && !to->stays))
        return (struct standing){ .silent = true };
    return (struct standing){
        .day = nearest_day_in_force(policy, situation->day),
        .purposes = situation->purposes,
        .facts_true = situation->facts_true & (uint8_t)~situation->facts_false,
        .facts_false = situation->facts_false & (uint8_t)~situation->facts_true,
        .level = level_for(to, situation),
        .on_caseload = on_caseload,
        .implied_caseload = !to->hears_of_all,
    };
}

static bool
level_is_at_least(uint8_t least, const struct standing *standing)
{
    return standing->level >= least; /* an unknown level is 0 */
}

static bool
level_may_be_at_least(uint8_t least, const struct standing *standing)
{
    return standing->level == 0 || standing->level >= least;
}

static bool
are_known_to_be_true(const struct conditions *when, const struct standing *standing)
{
    return level_is_at_least(when->level, standing)
           && (when->facts & ~standing->facts_true) == 0
           && (standing->on_caseload || !when->caseload);
}

static bool
may_be_true(const struct conditions *when, const struct standing *standing)
{
    return level_may_be_at_least(when->level, standing)
           && (when->facts & standing->facts_false) == 0
           && (standing->on_caseload || !when->caseload);
}

bool
clause_applies(const struct clause *clause, const struct standing *standing)
{
    return !standing->silent && (clause->purposes & standing->purposes) != 0
           && standing->day.number >= clause->first.number
           && standing->day.number <= clause->last.number
           && (standing->on_caseload || !standing->implied_caseload)
           && are_known_to_be_true(&clause->when, standing);
}

bool
never_applies(const struct never *never, const struct standing *standing)
{
    return may_be_true(&never->when, standing);
}

/* Rules 1, 2 and 3: the most detailed form that a clause gives; else hidden. */
static uint8_t
most_detailed(const struct policy *policy, const struct member_agency *agency, size_t field,
              const struct standing *standing)
{
    uint8_t form = FORM_HIDDEN;

    for (unsigned i = 0; i < policy->clause_count; i++) {
        const struct clause *clause = &policy->clauses[i];

        if (clause->gives[field] > form && bits_have(&agency->clauses, i)
            && clause_applies(clause, standing))
            form = clause->gives[field];
    }
    return form;
}

/* Rule 4: a never caps it. */
static uint8_t
least_cap(const struct policy *policy, const struct member_agency *agency, size_t field,
          const struct standing *standing)
{
    uint8_t cap = FORM_FULL;

    for (unsigned i = 0; i < policy->never_count; i++) {
        const struct never *never = &policy->nevers[i];

        if (never->caps[field] < cap && bits_have(&agency->nevers, i)
            && never_applies(never, standing))
            cap = never->caps[field];
    }
    return cap;
}

/* Who gave, and who held back: every clause that gives at least this form, every never that
   allows no more than it though a clause gives more. */
static void
name_the_deciders(const struct policy *policy, const struct member_agency *agency, size_t field,
                  const struct standing *standing, uint8_t given, struct decision *decision)
{
    uint8_t least = decision->form > FORM_HIDDEN ? (uint8_t)decision->form : FORM_PRESENT;

    for (unsigned i = 0; i < policy->clause_count; i++)
        if (policy->clauses[i].gives[field] >= least && bits_have(&agency->clauses, i)
            && clause_applies(&policy->clauses[i], standing))
            bits_add(&decision->clauses, i);
    if (given <= (uint8_t)decision->form)
        return;
    for (unsigned i = 0; i < policy->never_count; i++)
        if (policy->nevers[i].caps[field] == (uint8_t)decision->form
            && bits_have(&agency->nevers, i) && never_applies(&policy->nevers[i], standing))
            bits_add(&decision->nevers, i);
}

struct decision
policy_decide(const struct policy *policy, uint16_t number, int agency,
              const struct situation *situation, bool on_caseload)
{
    const struct field *field = schema_field(policy->schema, number);
    const struct member_agency *to = member(policy, agency);
    struct standing standing = standing_of(policy, agency, situation, on_caseload);
    struct decision decision = { .form = FORM_HIDDEN };
    uint8_t given, cap, floor = FORM_FULL;
    size_t at;

    if (field == NULL || to == NULL || standing.silent || !field_is_agreed(policy, field))
        return decision;
    at = (size_t)(field - policy->schema->fields);
    given = most_detailed(policy, to, at, &standing);
    cap = least_cap(policy, to, at, &standing);
    if (!to->hears_of_all)
        floor = (uint8_t)floor_cap(field); /* rule 5 */
    if (floor < cap)
        cap = floor;
    decision.form = (enum form)(given < cap ? given : cap);
    decision.floor_capped = floor == (uint8_t)decision.form && given > floor;
    name_the_deciders(policy, to, at, &standing, given, &decision);
    return decision;
}
