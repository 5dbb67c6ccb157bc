#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "policy/check.h"

enum group_state { GROUP_UNREAD, GROUP_BEING_READ, GROUP_READ, GROUP_USED };

static const char *
group_at(const void *syntax, size_t i)
{
    return ((const struct syntax *)syntax)->groups[i].name.text;
}

static const char *
group_or_field_at(const void *checker, size_t i)
{
    const struct checker *of = checker;
    const struct schema *schema = of->policy->schema;

    if (i < of->groups.count)
        return of->groups.list[i].name;
    i -= of->groups.count;
    return i < schema->count ? schema->fields[i].name : NULL;
}

static const uint8_t *
one_field(struct checker *checker, const struct word *name)
{
    const struct policy *policy = checker->policy;
    const struct field *field =
        schema_field_named(policy->schema, name->text, strlen(name->text));

    if (field == NULL) {
        check_unknown(checker, name, "field or group", group_or_field_at, checker);
        return NULL;
    }
    if (!field_is_agreed(policy, field)) {
        word_error(name, checker->diagnostics,
                   "'%s' came with version %u of the schema; this agreement is for version %u",
                   name->text, field->since, policy->schema_version);
        return NULL;
    }
    checker->one_field[checker->the_one] = 0;
    checker->the_one = (size_t)(field - policy->schema->fields);
    checker->one_field[checker->the_one] = 1;
    return checker->one_field;
}

/* A group may be used before it is defined, so it is read when it is first needed. */
static bool
read_group(struct checker *checker, int number)
{
    const struct group *group = &checker->syntax->groups[number];
    size_t count = checker->policy->schema->count;
    uint8_t *fields = checker->group_fields + (size_t)number * count;

    if (checker->group_states[number] == GROUP_BEING_READ) {
        word_error(&group->name, checker->diagnostics, "group '%s' is part of itself",
                   group->name.text);
        return false;
    }
    if (checker->group_states[number] != GROUP_UNREAD)
        return true;
    checker->group_states[number] = GROUP_BEING_READ;
    for (size_t i = 0; i < group->items.count; i++) {
        const struct word *name = &checker->syntax->items[group->items.first + i].name;
        const uint8_t *part = check_fields(checker, name);

        for (size_t field = 0; part != NULL && field < count; field++)
            fields[field] |= part[field];
    }
    checker->group_states[number] = GROUP_READ;
    return true;
}

const uint8_t *
check_fields(struct checker *checker, const struct word *name)
{
    int group = index_find(&checker->groups, name->text);

    if (group < 0)
        return one_field(checker, name);
    if (!read_group(checker, group))
        return NULL;
    checker->group_states[group] = GROUP_USED;
    return checker->group_fields + (size_t)group * checker->policy->schema->count;
}

static void
check_group_names(struct checker *checker)
{
    const struct syntax *syntax = checker->syntax;
    const struct policy *policy = checker->policy;

    for (size_t i = 0; i < checker->groups.count; i++) {
        const struct word *name = &syntax->groups[i].name;
        int first = index_find(&checker->groups, name->text);
        const struct field *field =
            schema_field_named(policy->schema, name->text, strlen(name->text));

        check_new_name(checker, name);
        if (first != (int)i)
            word_error(name, checker->diagnostics, "group '%s' is already in line %u",
                       name->text, syntax->groups[first].name.line);
        if (field != NULL && field_is_agreed(policy, field))
            word_error(name, checker->diagnostics, "'%s' is the name of a field", name->text);
    }
}

void
check_groups(struct checker *checker)
{
    size_t count = checker->syntax->group_count;
    size_t fields = checker->policy->schema->count;

    if (count > GROUPS_MAX) {
        count = GROUPS_MAX;
        word_error(&checker->syntax->groups[count].name, checker->diagnostics,
                   "more than %d groups", GROUPS_MAX);
    }
    index_build(&checker->groups, count, group_at, checker->syntax);
    checker->group_fields = mem_array(count * fields, 1);
    checker->group_states = mem_array(count, 1);
    checker->one_field = mem_array(fields, 1);
    check_group_names(checker);
    for (size_t i = 0; i < count; i++)
        read_group(checker, (int)i);
}

void
check_groups_used(struct checker *checker)
{
    for (size_t i = 0; i < checker->groups.count; i++)
        if (checker->group_states[i] != GROUP_USED)
            word_warning(&checker->syntax->groups[i].name, checker->diagnostics,
                         "nothing uses group '%s'", checker->syntax->groups[i].name.text);
}

/* --- Forms --------------------------------------------------------------------------------- */

static const char *
form_at(const void *unused, size_t i)
{
    (void)unused;
    return i + 1 < FORM_COUNT ? form_name((enum form)(i + 1)) : NULL;
}

static void
complain_of_ladder(struct checker *checker, const struct word *name, const struct word *word,
                   const struct field *field)
{
    const char *type = field_type_name(field->type);
    const char *article = strchr("aeiou", type[0]) != NULL ? "an" : "a";
    bool is_group = strcmp(name->text, field->name) != 0;
    enum form forms[FORM_COUNT];
    size_t steps = ladder_of(field->type, forms);
    struct buffer can;

    buffer_init(&can, 256);
    for (size_t step = 1; step < steps; step++)
        buffer_print(&can, "%s%s", step > 1 ? ", " : "", form_name(forms[step]));
    if (is_group)
        word_error(word, checker->diagnostics,
                   "'%s' of '%s' cannot be given as '%s'; %s %s can be given as %s",
                   field->name, name->text, word->text, article, type, buffer_text(&can));
    else
        word_error(word, checker->diagnostics,
                   "'%s' cannot be given as '%s'; %s %s can be given as %s", name->text,
                   word->text, article, type, buffer_text(&can));
    buffer_clear(&can);
}

bool
check_form(struct checker *checker, const struct word *name, const uint8_t *fields,
           const struct word *word, enum form *form)
{
    const struct schema *schema = checker->policy->schema;
    enum form found;

    if (!form_named(&found, word->text, strlen(word->text))) {
        check_unknown(checker, word, "form", form_at, NULL);
        return false;
    }
    for (size_t i = 0; i < schema->count; i++)
        if (fields[i]
            && (found == FORM_HIDDEN || !form_is_on_ladder(found, schema->fields[i].type))) {
            complain_of_ladder(checker, name, word, &schema->fields[i]);
            return false;
        }
    *form = found;
    return true;
}
