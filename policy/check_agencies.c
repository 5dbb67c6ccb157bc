#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "policy/check.h"

static const char *
type_at(const void *policy, size_t i)
{
    const struct policy *of = policy;

    return i < of->type_count ? of->types[i] : NULL;
}

static const char *
agency_at(const void *policy, size_t i)
{
    const struct policy *of = policy;

    return i < of->agency_count ? of->agencies[i].name : NULL;
}

static const char *
type_or_agency_at(const void *policy, size_t i)
{
    size_t types = ((const struct policy *)policy)->type_count;

    return i < types ? type_at(policy, i) : agency_at(policy, i - types);
}

static int
type_named(const struct policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->type_count; i++)
        if (strcmp(policy->types[i], name) == 0)
            return (int)i;
    return -1;
}

/* --- Who there is ---------------------------------------------------------------------- */

/* The type's number, new if need be; -1 when there are too many, or the name is none. */
static int
type_of(struct checker *checker, const struct word *word)
{
    struct policy *policy = checker->policy;
    int type = type_named(policy, word->text);

    if (type >= 0)
        return type;
    if (!check_new_name(checker, word))
        return -1;
    if (policy->type_count == TYPES_MAX) {
        word_error(word, checker->diagnostics, "more than %d types of agency", TYPES_MAX);
        return -1;
    }
    policy->types[policy->type_count] = word->text;
    return (int)policy->type_count++;
}

static void
add_agency(struct checker *checker, const struct member *member)
{
    struct policy *policy = checker->policy;
    int type = type_of(checker, &member->type);
    struct member_agency *agency = &policy->agencies[policy->agency_count];

    if (type < 0 || !check_new_name(checker, &member->name))
        return;
    agency->name = member->name.text;
    agency->type = (uint16_t)type;
    agency->stays = strcmp(policy->types[type], TYPE_MASH) == 0
                    || strcmp(policy->types[type], TYPE_SOCIAL_CARE) == 0;
    agency->hears_of_all = agency->stays;
    policy->agency_count++;
}

static size_t
members_of(const struct policy *policy, int type)
{
    size_t count = 0;

    for (size_t i = 0; i < policy->agency_count; i++)
        count += policy->agencies[i].type == type;
    return count;
}

/* A name must mean one thing: an agency may bear the name of a type only when the two are
   the same. */
static void
check_names_apart(struct checker *checker)
{
    const struct syntax *syntax = checker->syntax;
    struct policy *policy = checker->policy;
    size_t seen = 0;

    for (size_t i = 0; i < syntax->member_count && seen < policy->agency_count; i++) {
        const struct word *name = &syntax->members[i].name;
        int type = type_named(policy, name->text);

        if (policy->agencies[seen].name != name->text)
            continue;
        if (index_find(&policy->agency_index, name->text) != (int)seen)
            word_error(name, checker->diagnostics, "agency '%s' is listed twice", name->text);
        if (type >= 0 && (policy->agencies[seen].type != type || members_of(policy, type) != 1))
            word_error(name, checker->diagnostics,
                       "'%s' is a type with other agencies, too; give this agency another name",
                       name->text);
        seen++;
    }
}

static void
require_type(struct checker *checker, const char *name)
{
    if (type_named(checker->policy, name) < 0)
        diagnostics_add(checker->diagnostics, SEVERITY_ERROR, 1, 1, 1,
                        "an agreement needs an agency of type '%s'", name);
}

static void
check_hears_of_all(struct checker *checker)
{
    struct policy *policy = checker->policy;
    uint8_t *named = mem_array(policy->agency_count, 1);

    check_who(checker, checker->syntax->hears_of_all, named);
    for (size_t i = 0; i < policy->agency_count; i++)
        policy->agencies[i].hears_of_all |= named[i];
    free(named);
}

void
check_agencies(struct checker *checker)
{
    const struct syntax *syntax = checker->syntax;
    struct policy *policy = checker->policy;
    size_t count = syntax->member_count;

    if (count > POLICY_AGENCIES_MAX) {
        count = POLICY_AGENCIES_MAX;
        word_error(&syntax->members[count].name, checker->diagnostics, "more than %d agencies",
                   POLICY_AGENCIES_MAX);
    }
    policy->types = mem_array(TYPES_MAX, sizeof(*policy->types));
    policy->agencies = mem_array(count + 1, sizeof(*policy->agencies));
    for (size_t i = 0; i < count; i++)
        add_agency(checker, &syntax->members[i]);
    index_build(&policy->agency_index, policy->agency_count, agency_at, policy);
    check_names_apart(checker);
    require_type(checker, TYPE_MASH);
    require_type(checker, TYPE_SOCIAL_CARE);
    check_hears_of_all(checker);
}

/* --- Who is meant ------------------------------------------------------------------------- */

void
check_who(struct checker *checker, struct range who, uint8_t *named)
{
    const struct policy *policy = checker->policy;
    uint8_t types[TYPES_MAX] = { 0 };

    for (size_t i = 0; i < who.count; i++) {
        const struct word *word = &checker->syntax->names[who.first + i];
        int type = type_named(policy, word->text);
        int agency = index_find(&policy->agency_index, word->text);

        if (type >= 0)
            types[type] = 1;
        else if (agency >= 0)
            named[agency] = 1;
        else
            check_unknown(checker, word, "agency", type_or_agency_at, policy);
    }
    for (size_t i = 0; i < policy->agency_count; i++)
        named[i] |= types[policy->agencies[i].type];
}

int
check_agency(struct checker *checker, const struct word *word)
{
    const struct policy *policy = checker->policy;
    int agency = index_find(&policy->agency_index, word->text);

    if (agency < 0 && type_named(policy, word->text) >= 0)
        word_error(word, checker->diagnostics,
                   "'%s' is a type of agency; an example is about one agency", word->text);
    else if (agency < 0)
        check_unknown(checker, word, "agency", agency_at, policy);
    return agency;
}
