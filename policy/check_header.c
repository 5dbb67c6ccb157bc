#include <string.h>

#include "core/text.h"
#include "policy/check.h"

void
check_unknown(struct checker *checker, const struct word *word, const char *what,
              const char *(*at)(const void *list, size_t i), const void *list)
{
    const char *meant = NULL;

    if (!diagnostics_are_full(checker->diagnostics))
        meant = text_nearest(word->text, at, list);
    if (meant != NULL)
        word_error(word, checker->diagnostics, "unknown %s '%s', did you mean '%s'?", what,
                   word->text, meant);
    else
        word_error(word, checker->diagnostics, "unknown %s '%s'", what, word->text);
}

bool
check_new_name(struct checker *checker, const struct word *word)
{
    if (word->length > NAME_LENGTH_MAX)
        word_error(word, checker->diagnostics, "a name has at most %d characters",
                   NAME_LENGTH_MAX);
    else if (word->text[0] < 'a' || word->text[0] > 'z')
        word_error(word, checker->diagnostics, "'%s': a name begins with a letter", word->text);
    else
        return true;
    return false;
}

/* --- Levels, purposes and facts ---------------------------------------------------------- */

struct name_list {
    const char *const *names;
    size_t count;
};

static const char *
name_at(const void *list, size_t i)
{
    const struct name_list *names = list;

    return i < names->count ? names->names[i] : NULL;
}

static int
position(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

static size_t
check_list(struct checker *checker, struct range range, const char *what, const char **names,
           size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < range.count; i++) {
        const struct word *word = &checker->syntax->names[range.first + i];

        if (!check_new_name(checker, word))
            continue;
        if (position(names, count, word->text) >= 0)
            word_error(word, checker->diagnostics, "'%s' is listed twice", word->text);
        else if (count == max) {
            word_error(word, checker->diagnostics, "an agreement has at most %zu %s", max,
                       what);
            break;
        } else
            names[count++] = word->text;
    }
    return count;
}

static bool
check_listed(struct checker *checker, const struct word *word, const char *what,
             const char *const *names, size_t count, unsigned *number)
{
    struct name_list list = { names, count };
    int found = position(names, count, word->text);

    if (found >= 0)
        *number = (unsigned)found;
    else if (count > 0) /* else the header is wrong, and that is said */
        check_unknown(checker, word, what, name_at, &list);
    return found >= 0;
}

bool
check_level(struct checker *checker, const struct word *word, uint8_t *level)
{
    const struct policy *policy = checker->policy;
    unsigned number;

    if (!check_listed(checker, word, "level", policy->levels, policy->level_count, &number))
        return false;
    if (number + 1 > *level)
        *level = (uint8_t)(number + 1);
    return true;
}

bool
check_purpose(struct checker *checker, const struct word *word, uint32_t *purposes)
{
    const struct policy *policy = checker->policy;
    unsigned number;

    if (!check_listed(checker, word, "purpose", policy->purposes, policy->purpose_count,
                      &number))
        return false;
    *purposes |= UINT32_C(1) << number;
    return true;
}

bool
check_fact(struct checker *checker, const struct word *word, uint8_t *facts)
{
    const struct policy *policy = checker->policy;
    unsigned number;

    if (!check_listed(checker, word, "fact", policy->facts, policy->fact_count, &number))
        return false;
    *facts |= (uint8_t)(1u << number);
    return true;
}

/* --- The rest of the header ----------------------------------------------------------------- */

static void
check_dates(struct checker *checker)
{
    const struct syntax *syntax = checker->syntax;
    struct policy *policy = checker->policy;

    if (syntax->last.text == NULL)
        return;
    day_read(&policy->first, syntax->first.text);
    day_read(&policy->last, syntax->last.text);
    if (policy->last.number < policy->first.number)
        word_error(&syntax->last, checker->diagnostics,
                   "the agreement ends before it is in force");
}

static void
check_numbers(struct checker *checker)
{
    const struct syntax *syntax = checker->syntax;
    struct policy *policy = checker->policy;

    if (syntax->version.text != NULL)
        token_number(&syntax->version, &policy->version);
    if (syntax->replaces.text != NULL)
        token_number(&syntax->replaces, &policy->replaces);
    if (policy->replaces >= policy->version && policy->replaces > 0)
        word_error(&syntax->replaces, checker->diagnostics,
                   "version %u can only replace an earlier one", policy->version);
    policy->schema_version = policy->schema->version;
    if (syntax->schema.text != NULL)
        token_number(&syntax->schema, &policy->schema_version);
    if (policy->schema_version > policy->schema->version)
        word_error(&syntax->schema, checker->diagnostics,
                   "this software knows the schema up to version %u", policy->schema->version);
}

void
check_header(struct checker *checker)
{
    const struct syntax *syntax = checker->syntax;
    struct policy *policy = checker->policy;

    policy->title = syntax->title.text;
    policy->owner = syntax->owner.text;
    policy->law = syntax->law.text;
    check_dates(checker);
    check_numbers(checker);
    policy->level_count =
        check_list(checker, syntax->levels, "levels", policy->levels, POLICY_LEVELS);
    if (syntax->levels.count > 0 && policy->level_count < POLICY_LEVELS)
        word_error(&syntax->header[HEADER_LEVELS], checker->diagnostics,
                   "an agreement has exactly four levels, least first");
    policy->purpose_count = check_list(checker, syntax->purposes, "purposes", policy->purposes,
                                       POLICY_PURPOSES_MAX);
    policy->fact_count =
        check_list(checker, syntax->facts, "facts", policy->facts, POLICY_FACTS_MAX);
}
