#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "policy/model.h"

static enum err
read_into(struct policy *policy, struct bytes text, struct diagnostics *diagnostics)
{
    size_t errors = diagnostics->errors;
    struct syntax syntax;

    lex(text, &policy->words, diagnostics);
    parse(&policy->words, &syntax, diagnostics);
    check(&syntax, policy, diagnostics);
    syntax_clear(&syntax);
    if (diagnostics->errors > errors || !compile(policy, diagnostics))
        return ERR_MALFORMED;
    return ERR_OK;
}

enum err
policy_read(struct policy **policy, struct bytes text, const char *file,
            const struct schema *schema, struct diagnostics *diagnostics)
{
    struct policy *made;
    enum err err;

    if (text.len > POLICY_TEXT_MAX) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, 1, 1, 1, "%s is longer than %d bytes",
                        file, POLICY_TEXT_MAX);
        return ERR_TOO_BIG;
    }
    made = mem_new(sizeof(*made));
    made->schema = schema;
    if ((err = read_into(made, text, diagnostics))) {
        policy_free(&made);
        return err;
    }
    *policy = made;
    return ERR_OK;
}

void
policy_free(struct policy **policy)
{
    struct policy *old = *policy;

    *policy = NULL;
    if (old == NULL)
        return;
    for (size_t i = 0; i < old->clause_count; i++)
        free(old->clauses[i].gives);
    for (size_t i = 0; i < old->never_count; i++)
        free(old->nevers[i].caps);
    for (size_t i = 0; i < SHARED_KINDS; i++) {
        free(old->tables[i].list);
        free(old->tables[i].of);
    }
    index_clear(&old->agency_index);
    words_clear(&old->words);
    free(old->types);
    free(old->agencies);
    free(old->clauses);
    free(old->nevers);
    free(old->examples);
    free(old->expectations);
    free(old);
}

/* --- What the agreement says about itself ---------------------------------------- */

const char *
policy_title(const struct policy *policy)
{
    return policy->title;
}

uint32_t
policy_version(const struct policy *policy)
{
    return policy->version;
}

uint32_t
policy_replaces(const struct policy *policy)
{
    return policy->replaces;
}

struct day
policy_first_day(const struct policy *policy)
{
    return policy->first;
}

struct day
policy_last_day(const struct policy *policy)
{
    return policy->last;
}

bool
policy_in_force(const struct policy *policy, struct day day)
{
    return day.number >= policy->first.number && day.number <= policy->last.number;
}

size_t
policy_clause_count(const struct policy *policy)
{
    return policy->clause_count;
}

size_t
policy_never_count(const struct policy *policy)
{
    return policy->never_count;
}

uint32_t
policy_clause_number(const struct policy *policy, size_t position)
{
    return position < policy->clause_count ? policy->clauses[position].number : 0;
}

uint32_t
policy_never_number(const struct policy *policy, size_t position)
{
    return position < policy->never_count ? policy->nevers[position].number : 0;
}

const char *
policy_clause_title(const struct policy *policy, uint32_t number)
{
    for (size_t i = 0; i < policy->clause_count; i++)
        if (policy->clauses[i].number == number)
            return policy->clauses[i].title;
    return NULL;
}

const char *
policy_never_title(const struct policy *policy, uint32_t number)
{
    for (size_t i = 0; i < policy->never_count; i++)
        if (policy->nevers[i].number == number)
            return policy->nevers[i].title;
    return NULL;
}

/* --- Agencies ---------------------------------------------------------------------- */

static const struct member_agency *
member(const struct policy *policy, int agency)
{
    static const struct member_agency nobody = { .name = NULL };

    return agency >= 0 && (size_t)agency < policy->agency_count ? &policy->agencies[agency]
                                                                : &nobody;
}

size_t
policy_agency_count(const struct policy *policy)
{
    return policy->agency_count;
}

int
policy_agency(const struct policy *policy, const char *name)
{
    return index_find(&policy->agency_index, name);
}

const char *
policy_agency_name(const struct policy *policy, int agency)
{
    return member(policy, agency)->name;
}

const char *
policy_agency_type(const struct policy *policy, int agency)
{
    const struct member_agency *of = member(policy, agency);

    return of->name != NULL ? policy->types[of->type] : NULL;
}

bool
policy_agency_is(const struct policy *policy, int agency, const char *type)
{
    const char *is = policy_agency_type(policy, agency);

    return is != NULL && strcmp(is, type) == 0;
}

bool
policy_hears_of_all(const struct policy *policy, int agency)
{
    return member(policy, agency)->hears_of_all;
}

/* --- Names ---------------------------------------------------------------------------- */

static const char *
name_at(const char *const *names, size_t count, int number)
{
    return number >= 0 && (size_t)number < count ? names[number] : NULL;
}

static int
number_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

const char *
policy_level_name(const struct policy *policy, int level)
{
    return name_at(policy->levels, policy->level_count, level - 1);
}

const char *
policy_purpose_name(const struct policy *policy, int purpose)
{
    return name_at(policy->purposes, policy->purpose_count, purpose);
}

const char *
policy_fact_name(const struct policy *policy, int fact)
{
    return name_at(policy->facts, policy->fact_count, fact);
}

int
policy_level(const struct policy *policy, const char *name)
{
    int number = number_of(policy->levels, policy->level_count, name);

    return number < 0 ? -1 : number + 1;
}

int
policy_purpose(const struct policy *policy, const char *name)
{
    return number_of(policy->purposes, policy->purpose_count, name);
}

int
policy_fact(const struct policy *policy, const char *name)
{
    return number_of(policy->facts, policy->fact_count, name);
}
