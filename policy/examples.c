#include "policy/model.h"

size_t
policy_example_count(const struct policy *policy)
{
    return policy->example_count;
}

static bool
holds(const struct policy *policy, const struct example *example,
      const struct expectation *expected, struct diagnostics *diagnostics)
{
    struct decision decision = policy_decide(policy, expected->field, example->agency,
                                             &example->situation, example->on_caseload);
    const struct field *field = schema_field(policy->schema, expected->field);

    if (decision.form == expected->form)
        return true;
    word_error(&expected->word, diagnostics,
               "the example \"%s\" does not hold: '%s' is given as '%s', not as '%s'",
               example->title, field->name, form_name(decision.form),
               form_name(expected->form));
    return false;
}

size_t
policy_run_examples(const struct policy *policy, struct diagnostics *diagnostics)
{
    size_t failed = 0;

    for (size_t i = 0; i < policy->example_count; i++) {
        const struct example *example = &policy->examples[i];
        bool whole = true;

        for (size_t n = 0; n < example->count; n++)
            whole &=
                holds(policy, example, &policy->expectations[example->first + n], diagnostics);
        failed += !whole;
    }
    return failed;
}
