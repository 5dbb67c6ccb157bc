#include <string.h>

#include "core/mem.h"
#include "policy/model.h"

/*
 * From clauses to compartments.  Each (field, form) has a signature: the clauses that give
 * at least that form, the nevers that allow less, and whether the floor does.  Pairs of one
 * signature are visible to the same agencies in the same situations, so they are one
 * compartment.  The work is a pass over the pairs: situations are never enumerated.
 */
static const enum kind shared_kinds[SHARED_KINDS] = { KIND_CONCERN, KIND_NEEDS };

static struct compartment
signature_of(const struct policy *policy, size_t field, enum form form)
{
    struct compartment signature = { .floor = (uint8_t)form > (uint8_t)floor_cap(
                                                  &policy->schema->fields[field]) };

    for (unsigned i = 0; i < policy->clause_count; i++)
        if (policy->clauses[i].gives[field] >= (uint8_t)form)
            bits_add(&signature.clauses, i);
    for (unsigned i = 0; i < policy->never_count; i++)
        if (policy->nevers[i].caps[field] < (uint8_t)form)
            bits_add(&signature.nevers, i);
    return signature;
}

static bool
same_signature(const struct compartment *a, const struct compartment *b)
{
    return a->floor == b->floor && bits_equal(&a->clauses, &b->clauses)
           && bits_equal(&a->nevers, &b->nevers);
}

/* The compartment of that signature, new if need be; 0 when there are too many. */
static unsigned
compartment_for(struct table *table, const struct compartment *signature)
{
    for (unsigned c = 1; c < table->count; c++)
        if (same_signature(&table->list[c], signature))
            return c;
    if (table->count > POLICY_COMPARTMENTS_MAX)
        return 0;
    table->list[table->count] = *signature;
    return table->count++;
}

static bool
place_pair(const struct policy *policy, struct table *table, size_t at, enum form form)
{
    const struct field *field = &policy->schema->fields[at];
    struct compartment signature = signature_of(policy, at, form);
    size_t bound = form_size_bound(field, form);
    unsigned c;

    if (bits_are_empty(&signature.clauses))
        return true;
    if ((c = compartment_for(table, &signature)) == 0)
        return false;
    table->of[at * FORM_COUNT + form] = (uint8_t)c;
    table->list[c].size += bound;
    table->list[c].unbounded |= bound == 0;
    return true;
}

static bool
compile_kind(const struct policy *policy, struct table *table, enum kind kind)
{
    const struct schema *schema = policy->schema;

    table->list = mem_array(POLICY_COMPARTMENTS_MAX + 1, sizeof(*table->list));
    table->of = mem_array(schema->count, FORM_COUNT);
    table->count = 1;
    for (size_t i = 0; i < schema->count; i++) {
        enum form forms[FORM_COUNT];
        size_t steps = ladder_of(schema->fields[i].type, forms);

        if (!(schema->fields[i].kinds & KIND_BIT(kind))
            || !field_is_agreed(policy, &schema->fields[i]))
            continue;
        for (size_t step = 1; step < steps; step++)
            if (!place_pair(policy, table, i, forms[step]))
                return false;
    }
    return true;
}

/*
 * In the situation of least risk in which a clause applies, its facts are true and all
 * others false, the level is the least it asks for, and the child is on the caseload only
 * if that is a condition.  Conditions never ask that something be false, so every other
 * situation in which it applies makes the same nevers apply, or more.
 */
static void
find_nevers_beside(const struct policy *policy, struct clause *clause, bool implied_caseload)
{
    struct standing least = {
        .facts_true = clause->when.facts,
        .facts_false = (uint8_t)~clause->when.facts,
        .level = clause->when.level > 0 ? clause->when.level : 1,
        .on_caseload = clause->when.caseload || implied_caseload,
    };

    for (unsigned i = 0; i < policy->never_count; i++)
        if (never_applies(&policy->nevers[i], &least))
            bits_add(&clause->beside[implied_caseload], i);
}

bool
compile(struct policy *policy, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < policy->clause_count; i++) {
        find_nevers_beside(policy, &policy->clauses[i], false);
        find_nevers_beside(policy, &policy->clauses[i], true);
    }
    for (size_t i = 0; i < SHARED_KINDS; i++)
        if (!compile_kind(policy, &policy->tables[i], shared_kinds[i])) {
            diagnostics_add(diagnostics, SEVERITY_ERROR, 1, 1, 1,
                            "the clauses and nevers divide a %s message into more than %d "
                            "compartments",
                            kind_name(shared_kinds[i]), POLICY_COMPARTMENTS_MAX);
            return false;
        }
    return true;
}
