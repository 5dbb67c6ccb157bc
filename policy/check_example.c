#include "core/mem.h"
#include "policy/check.h"

/* An agreement with more expectations than this expects too much. */
enum { EXPECTATIONS_MAX = 65536 };

static void
check_given(struct checker *checker, const struct condition *given, struct example *example)
{
    struct situation *situation = &example->situation;

    switch (given->kind) {
    case CONDITION_LEVEL: check_level(checker, &given->word, &situation->decided_level); break;
    case CONDITION_CASELOAD: example->on_caseload = true; break;
    case CONDITION_FACT: check_fact(checker, &given->word, &situation->facts_true); break;
    case CONDITION_NOT_FACT: check_fact(checker, &given->word, &situation->facts_false); break;
    case CONDITION_PURPOSE: check_purpose(checker, &given->word, &situation->purposes); break;
    case CONDITION_DAY: day_read(&situation->day, given->word.text); break;
    }
}

static void
add_expectation(struct checker *checker, struct expectation expectation)
{
    struct policy *policy = checker->policy;
    size_t count = policy->expectation_count;

    if (count == EXPECTATIONS_MAX) {
        word_error(&expectation.word, checker->diagnostics,
                   "the examples have more than %d expectations", EXPECTATIONS_MAX);
        policy->expectation_count++;
    }
    if (count >= EXPECTATIONS_MAX)
        return;
    if ((count & (count - 1)) == 0)
        policy->expectations =
            mem_resize(policy->expectations, count > 0 ? count * 2 : 1, sizeof(expectation));
    policy->expectations[policy->expectation_count++] = expectation;
}

/* What is expected of a group is expected of each of its fields. */
static void
check_expected(struct checker *checker, const struct item *item)
{
    const struct schema *schema = checker->policy->schema;
    const uint8_t *fields = check_fields(checker, &item->name);
    enum form form = item->hidden ? FORM_HIDDEN : FORM_FULL;

    if (fields == NULL
        || (item->form.text != NULL
            && !check_form(checker, &item->name, fields, &item->form, &form)))
        return;
    for (size_t i = 0; i < schema->count; i++)
        if (fields[i])
            add_expectation(checker,
                            (struct expectation){ item->name, schema->fields[i].number, form });
}

void
check_example(struct checker *checker, const struct section *section)
{
    const struct syntax *syntax = checker->syntax;
    struct policy *policy = checker->policy;
    struct example *example = &policy->examples[policy->example_count++];

    example->title = section->title.text;
    example->agency = -1;
    example->situation.day = policy->first;
    if (section->who.count > 0)
        example->agency = check_agency(checker, &syntax->names[section->who.first]);
    for (size_t i = 0; i < section->conditions.count; i++)
        check_given(checker, &syntax->conditions[section->conditions.first + i], example);
    example->first = policy->expectation_count;
    for (size_t i = 0; i < section->items.count; i++)
        check_expected(checker, &syntax->items[section->items.first + i]);
    example->count = policy->expectation_count - example->first;
}
