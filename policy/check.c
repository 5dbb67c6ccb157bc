#include "policy/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static void
check_conditions(struct checker *checker, struct range range, struct conditions *when)
{
    for (size_t i = 0; i < range.count; i++) {
        const struct condition *condition = &checker->syntax->conditions[range.first + i];

        switch (condition->kind) {
        case CONDITION_LEVEL: check_level(checker, &condition->word, &when->level); break;
        case CONDITION_CASELOAD: when->caseload = true; break;
        case CONDITION_FACT: check_fact(checker, &condition->word, &when->facts); break;
        case CONDITION_NOT_FACT:
        case CONDITION_PURPOSE:
        case CONDITION_DAY: break; /* the grammar has them in examples only */
        }
    }
}

/* --- Clauses ---------------------------------------------------------------------------- */

static void
give_every_field(const struct policy *policy, uint8_t *gives)
{
    for (size_t i = 0; i < policy->schema->count; i++)
        if (field_is_agreed(policy, &policy->schema->fields[i]))
            gives[i] = FORM_FULL;
}

static void
give(struct checker *checker, const struct item *item, uint8_t *gives)
{
    const uint8_t *fields = check_fields(checker, &item->name);
    enum form form = FORM_FULL;

    if (fields == NULL
        || (item->form.text != NULL
            && !check_form(checker, &item->name, fields, &item->form, &form)))
        return;
    for (size_t i = 0; i < checker->policy->schema->count; i++)
        if (fields[i] && gives[i] < (uint8_t)form)
            gives[i] = (uint8_t)form;
}

static void
check_clause_dates(struct checker *checker, const struct section *section,
                   struct clause *clause)
{
    const struct policy *policy = checker->policy;

    clause->first = policy->first;
    clause->last = policy->last;
    if (section->to.text == NULL)
        return;
    day_read(&clause->first, section->from.text);
    day_read(&clause->last, section->to.text);
    if (clause->last.number < clause->first.number)
        word_error(&section->to, checker->diagnostics, "this clause ends before it begins");
    else if (clause->last.number < policy->first.number
             || clause->first.number > policy->last.number)
        word_warning(&section->from, checker->diagnostics,
                     "this clause never applies: the agreement is not in force on its days");
}

static void
check_clause(struct checker *checker, const struct section *section)
{
    struct policy *policy = checker->policy;
    unsigned at = (unsigned)policy->clause_count++;
    struct clause *clause = &policy->clauses[at];
    uint8_t *named = mem_array(policy->agency_count, 1);

    clause->title = section->title.text;
    clause->because = section->because.text;
    clause->gives = mem_array(policy->schema->count, 1);
    if (section->every_field)
        give_every_field(policy, clause->gives);
    for (size_t i = 0; i < section->items.count; i++)
        give(checker, &checker->syntax->items[section->items.first + i], clause->gives);
    check_who(checker, section->who, named);
    for (size_t i = 0; i < policy->agency_count; i++)
        if (named[i])
            bits_add(&policy->agencies[i].clauses, at);
    check_conditions(checker, section->conditions, &clause->when);
    for (size_t i = 0; i < section->purposes.count; i++)
        check_purpose(checker, &checker->syntax->names[section->purposes.first + i],
                      &clause->purposes);
    check_clause_dates(checker, section, clause);
    free(named);
}

/* --- Nevers ------------------------------------------------------------------------------- */

static void
cap(struct checker *checker, const struct section *section, const struct item *item,
    uint8_t *caps)
{
    const uint8_t *fields = check_fields(checker, &item->name);
    enum form form = FORM_HIDDEN;

    if (fields == NULL
        || (section->cap.text != NULL
            && !check_form(checker, &item->name, fields, &section->cap, &form)))
        return;
    for (size_t i = 0; i < checker->policy->schema->count; i++)
        if (fields[i])
            caps[i] = (uint8_t)form;
}

static void
check_never(struct checker *checker, const struct section *section)
{
    struct policy *policy = checker->policy;
    unsigned at = (unsigned)policy->never_count++;
    struct never *never = &policy->nevers[at];
    uint8_t *named = mem_array(policy->agency_count, 1);

    never->title = section->title.text;
    never->because = section->because.text;
    never->caps = mem_array(policy->schema->count, 1);
    memset(never->caps, FORM_FULL, policy->schema->count);
    for (size_t i = 0; i < section->items.count; i++)
        cap(checker, section, &checker->syntax->items[section->items.first + i], never->caps);
    check_who(checker, section->who, named);
    for (size_t i = 0; i < policy->agency_count; i++)
        if ((bool)named[i] != section->anyone_except)
            bits_add(&policy->agencies[i].nevers, at);
    check_conditions(checker, section->conditions, &never->when);
    free(named);
}

/* --- All sections ------------------------------------------------------------------------- */

/* Clauses are numbered apart from nevers; by[n] is the section that has number n. */
struct numbered {
    const struct section *by[POLICY_CLAUSES_MAX];
    size_t count;
};

static uint32_t
check_number(struct checker *checker, const struct section *section, struct numbered *numbered)
{
    uint32_t number = 0, other;

    if (section->number.text == NULL || !token_number(&section->number, &number))
        return 0;
    for (size_t i = 0; i < numbered->count; i++)
        if (token_number(&numbered->by[i]->number, &other) && other == number)
            word_error(&section->number, checker->diagnostics, "%s %u is already in line %u",
                       section->keyword.text, number, numbered->by[i]->number.line);
    numbered->by[numbered->count++] = section;
    return number;
}

_Static_assert((int)POLICY_CLAUSES_MAX == (int)POLICY_NEVERS_MAX,
               "struct numbered holds either");

static bool
has_room(struct checker *checker, const struct section *section, size_t count, size_t max,
         const char *what)
{
    if (count == max)
        word_error(&section->keyword, checker->diagnostics, "more than %zu %s", max, what);
    return count < max;
}

void
check_sections(struct checker *checker)
{
    const struct syntax *syntax = checker->syntax;
    struct policy *policy = checker->policy;
    struct numbered clauses = { .count = 0 }, nevers = { .count = 0 };

    policy->clauses = mem_array(POLICY_CLAUSES_MAX, sizeof(*policy->clauses));
    policy->nevers = mem_array(POLICY_NEVERS_MAX, sizeof(*policy->nevers));
    policy->examples = mem_array(syntax->section_count, sizeof(*policy->examples));
    for (size_t i = 0; i < syntax->section_count; i++) {
        const struct section *section = &syntax->sections[i];

        switch (section->kind) {
        case SECTION_CLAUSE:
            if (!has_room(checker, section, policy->clause_count, POLICY_CLAUSES_MAX,
                          "clauses"))
                return;
            policy->clauses[policy->clause_count].number =
                check_number(checker, section, &clauses);
            check_clause(checker, section);
            break;
        case SECTION_NEVER:
            if (!has_room(checker, section, policy->never_count, POLICY_NEVERS_MAX, "nevers"))
                return;
            policy->nevers[policy->never_count].number =
                check_number(checker, section, &nevers);
            check_never(checker, section);
            break;
        case SECTION_EXAMPLE: check_example(checker, section); break;
        }
    }
}

void
check(const struct syntax *syntax, struct policy *policy, struct diagnostics *diagnostics)
{
    struct checker checker = { .syntax = syntax, .policy = policy, .diagnostics = diagnostics };

    check_header(&checker);
    check_agencies(&checker);
    check_groups(&checker);
    check_sections(&checker);
    check_groups_used(&checker);
    index_clear(&checker.groups);
    free(checker.group_fields);
    free(checker.group_states);
    free(checker.one_field);
}
