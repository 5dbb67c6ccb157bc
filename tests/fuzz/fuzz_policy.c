#include <stdlib.h>

#include "core/text.h"
#include "policy/policy.h"

/*
 * Any text as an agreement.  One that is refused says why; one that is taken decides the
 * same whether interpreted or compiled, and gives nobody more than the ceiling.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_field(const struct policy *policy, const struct field *field, enum kind kind, int agency,
            const struct situation *situation, const struct bits *released)
{
    enum form form = policy_decide(policy, field->number, agency, situation, true).form;
    enum form forms[FORM_COUNT];
    size_t steps = ladder_of(field->type, forms);

    for (size_t step = 1; step < steps; step++) {
        unsigned c = policy_compartment_of(policy, kind, field->number, forms[step]);

        if ((c > 0 && bits_have(released, c)) != (form >= forms[step]))
            abort();
    }
}

static void
check_agency(const struct policy *policy, enum kind kind, int agency,
             const struct situation *situation)
{
    struct bits released = policy_release(policy, kind, agency, situation, true);
    struct bits ceiling = policy_ceiling(policy, kind, agency, situation->day);
    struct bits within = bits_and(&released, &ceiling);

    if (!bits_equal(&within, &released))
        abort();
    for (size_t i = 0; i < kith_schema.count; i++)
        if (kith_schema.fields[i].kinds & KIND_BIT(kind))
            check_field(policy, &kith_schema.fields[i], kind, agency, situation, &released);
}

/* The situation is drawn from the text, too. */
static struct situation
situation_of(const struct policy *policy, const uint8_t *data, size_t size)
{
    return (struct situation){
        .day = { policy_first_day(policy).number + data[size - 1] % 64 - 8 },
        .purposes = UINT32_MAX,
        .facts_true = data[size / 2],
        .facts_false = data[size / 3],
        .sender_level = data[size / 4] % 5,
        .decided_level = data[size / 5] % 5,
    };
}

static void
check_policy(const struct policy *policy, const uint8_t *data, size_t size)
{
    struct situation situation = situation_of(policy, data, size);

    for (int agency = 0; agency < (int)policy_agency_count(policy) && agency < 8; agency++) {
        check_agency(policy, KIND_CONCERN, agency, &situation);
        check_agency(policy, KIND_NEEDS, agency, &situation);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics diagnostics;
    struct policy *policy = NULL;
    struct buffer report;
    enum err err;

    buffer_init(&report, 64 * 1024 * 1024);
    diagnostics_init(&diagnostics);
    err = policy_read(&policy, bytes_of(data, size), "fuzz.policy", &kith_schema, &diagnostics);
    if ((err == ERR_OK) != (diagnostics.errors == 0) || (err == ERR_OK) != (policy != NULL))
        abort();
    if (policy != NULL) {
        size_t failed = policy_run_examples(policy, &diagnostics);

        if ((failed > 0) != (diagnostics.errors > 0))
            abort();
        check_policy(policy, data, size);
    }
    diagnostics_print(&diagnostics, "fuzz.policy", bytes_of(data, size), &report);
    if (!buffer_is_whole(&report) || !utf8_is_valid(buffer_bytes(&report)))
        abort();
    buffer_clear(&report);
    diagnostics_clear(&diagnostics);
    policy_free(&policy);
    return 0;
}
