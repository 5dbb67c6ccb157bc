#include "policy/model.h"

/* The table at work: conditions once for a message, then a few words of each compartment. */

static const struct table *
table_of(const struct policy *policy, enum kind kind)
{
    switch (kind) {
    case KIND_CONCERN: return &policy->tables[0];
    case KIND_NEEDS: return &policy->tables[1];
    case KIND_NONE:
    case KIND_REQUEST:
    case KIND_CONTROL: break;
    }
    return NULL;
}

/* Whom a request or a decision is addressed to is its sender's to say. */
static bool
is_addressed(enum kind kind)
{
    return kind == KIND_REQUEST || kind == KIND_CONTROL;
}

unsigned
policy_compartments(const struct policy *policy, enum kind kind)
{
    const struct table *table = table_of(policy, kind);

    if (table != NULL)
        return table->count;
    return is_addressed(kind) ? 2 : 0;
}

unsigned
policy_compartment_of(const struct policy *policy, enum kind kind, uint16_t number,
                      enum form form)
{
    const struct table *table = table_of(policy, kind);
    const struct field *field = schema_field(policy->schema, number);

    if (field == NULL || (unsigned)form >= FORM_COUNT)
        return 0;
    if (table != NULL)
        return table->of[(size_t)(field - policy->schema->fields) * FORM_COUNT + form];
    return is_addressed(kind) && (field->kinds & KIND_BIT(kind)) != 0 && form != FORM_HIDDEN
           && form_is_on_ladder(form, field->type) && field_is_agreed(policy, field);
}

size_t
policy_compartment_size(const struct policy *policy, enum kind kind, unsigned c)
{
    const struct table *table = table_of(policy, kind);

    if (table == NULL || c == 0 || c >= table->count || table->list[c].unbounded)
        return 0;
    return table->list[c].size;
}

static bool
is_agency(const struct policy *policy, int agency)
{
    return agency >= 0 && (size_t)agency < policy->agency_count;
}

static struct bits
only_the_first(void)
{
    struct bits bits = { 0 };

    bits_add(&bits, 1);
    return bits;
}

static struct bits
clauses_that_apply(const struct policy *policy, const struct bits *naming,
                   const struct standing *standing)
{
    struct bits applying = { 0 };

    for (unsigned i = 0; i < policy->clause_count; i++)
        if (bits_have(naming, i) && clause_applies(&policy->clauses[i], standing))
            bits_add(&applying, i);
    return applying;
}

static struct bits
nevers_that_apply(const struct policy *policy, const struct bits *naming,
                  const struct standing *standing)
{
    struct bits applying = { 0 };

    for (unsigned i = 0; i < policy->never_count; i++)
        if (bits_have(naming, i) && never_applies(&policy->nevers[i], standing))
            bits_add(&applying, i);
    return applying;
}

struct bits
policy_release(const struct policy *policy, enum kind kind, int agency,
               const struct situation *situation, bool on_caseload)
{
    const struct table *table = table_of(policy, kind);
    struct standing standing = standing_of(policy, agency, situation, on_caseload);
    const struct member_agency *to;
    struct bits giving, holding, released = { 0 };

    if (!is_agency(policy, agency))
        return released;
    if (table == NULL)
        return is_addressed(kind) ? only_the_first() : released;
    to = &policy->agencies[agency];
    giving = clauses_that_apply(policy, &to->clauses, &standing);
    if (bits_are_empty(&giving))
        return released;
    holding = nevers_that_apply(policy, &to->nevers, &standing);
    for (unsigned c = 1; c < table->count; c++) {
        const struct compartment *compartment = &table->list[c];

        if (bits_meet(&compartment->clauses, &giving)
            && !bits_meet(&compartment->nevers, &holding)
            && (to->hears_of_all || !compartment->floor))
            bits_add(&released, c);
    }
    return released;
}

/* What one clause could give: all it names but what a never holds back even in the
   situation of least risk. */
static void
add_reach(const struct policy *policy, const struct table *table,
          const struct member_agency *to, unsigned clause, struct bits *reach)
{
    struct bits holding =
        bits_and(&policy->clauses[clause].beside[!to->hears_of_all], &to->nevers);

    for (unsigned c = 1; c < table->count; c++) {
        const struct compartment *compartment = &table->list[c];

        if (bits_have(&compartment->clauses, clause)
            && !bits_meet(&compartment->nevers, &holding)
            && (to->hears_of_all || !compartment->floor))
            bits_add(reach, c);
    }
}

struct bits
policy_ceiling(const struct policy *policy, enum kind kind, int agency, struct day day)
{
    const struct table *table = table_of(policy, kind);
    struct situation situation = { .day = day };
    struct standing standing = standing_of(policy, agency, &situation, true);
    struct bits reach = { 0 };

    if (!is_agency(policy, agency))
        return reach;
    if (table == NULL)
        return is_addressed(kind) ? only_the_first() : reach;
    for (unsigned i = 0; i < policy->clause_count && !standing.silent; i++) {
        const struct clause *clause = &policy->clauses[i];

        if (bits_have(&policy->agencies[agency].clauses, i)
            && standing.day.number >= clause->first.number
            && standing.day.number <= clause->last.number)
            add_reach(policy, table, &policy->agencies[agency], i, &reach);
    }
    return reach;
}
