#include "agreement/agreement.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static enum err
first_problem(struct why *why, const char *file, const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *problem = &diagnostics->list[i];

        if (problem->severity == SEVERITY_ERROR)
            return because(why, ERR_MALFORMED,
                           "%s:%u:%u: %s (%zu problem%s; see `kith policy"
                           " check`)",
                           file, problem->line, problem->column, problem->message,
                           diagnostics->errors, diagnostics->errors == 1 ? "" : "s");
    }
    return because(why, ERR_MALFORMED, "%s: cannot be read", file);
}

static struct compartment_sizes
sizes_of(const struct policy *policy, enum kind kind)
{
    unsigned count = policy_compartments(policy, kind);
    size_t *sizes = mem_array(count, sizeof(*sizes));

    sizes[0] = SIZE_CLASS_MIN;
    for (unsigned c = 1; c < count; c++)
        sizes[c] = policy_compartment_size(policy, kind, c);
    return (struct compartment_sizes){ .sizes = sizes, .count = count };
}

static enum err
compile(struct policy **policy, struct bytes text, const char *file,
        struct diagnostics *diagnostics, struct why *why)
{
    if (policy_read(policy, text, file, &kith_schema, diagnostics))
        return first_problem(why, file, diagnostics);
    if (policy_run_examples(*policy, diagnostics) > 0) {
        policy_free(policy);
        return first_problem(why, file, diagnostics);
    }
    return ERR_OK;
}

enum err
agreement_read(struct agreement **agreement, struct bytes text, const uint8_t digest[DIGEST],
               const char *file, struct instant adopted, struct why *why)
{
    struct diagnostics diagnostics;
    struct policy *policy = NULL;
    struct agreement *made;
    enum err err;

    diagnostics_init(&diagnostics);
    err = compile(&policy, text, file, &diagnostics, why);
    diagnostics_clear(&diagnostics);
    if (err)
        return err;
    made = mem_new(sizeof(*made));
    memcpy(made->digest, digest, DIGEST);
    made->adopted = adopted;
    made->policy = policy;
    for (int kind = KIND_CONCERN; kind <= KIND_CONTROL; kind++)
        made->sizes[kind] = sizes_of(policy, (enum kind)kind);
    *agreement = made;
    return ERR_OK;
}

void
agreement_free(struct agreement **agreement)
{
    if (*agreement == NULL)
        return;
    for (int kind = KIND_CONCERN; kind <= KIND_CONTROL; kind++)
        free((void *)(uintptr_t)(*agreement)->sizes[kind].sizes);
    policy_free(&(*agreement)->policy);
    free(*agreement);
    *agreement = NULL;
}

int
agreement_member(const struct agreement *agreement, const struct agency *agency)
{
    return policy_agency(agreement->policy, agency->name);
}

/* Compartment 0 is everybody's; compartment 1 of requests and control messages is for the
   addressees, whom the broker cannot judge. */
static struct bits
addressees(void)
{
    struct bits both = { { 0 } };

    bits_add(&both, 0);
    bits_add(&both, 1);
    return both;
}

struct bits
agreement_ceiling(const struct agreement *agreement, const struct agency *agency,
                  enum kind kind, struct day day)
{
    int member = agreement_member(agreement, agency);
    struct bits ceiling = { { 0 } };

    if (member < 0)
        return ceiling;
    if (kind == KIND_REQUEST || kind == KIND_CONTROL)
        return addressees();
    ceiling = policy_ceiling(agreement->policy, kind, member, day);
    if (!bits_are_empty(&ceiling))
        bits_add(&ceiling, 0);
    return ceiling;
}

/* Takes out of `ceiling` each compartment of `old` that holds a pair which `current` does
   not let this agency have. */
static void
remove_what_current_denies(struct bits *ceiling, const struct agreement *old,
                           const struct agreement *current, const struct bits *now,
                           enum kind kind)
{
    enum form forms[FORM_COUNT];

    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];
        size_t steps = ladder_of(field->type, forms);

        for (size_t step = 1; step < steps; step++) {
            unsigned then =
                policy_compartment_of(old->policy, kind, field->number, forms[step]);
            unsigned today =
                policy_compartment_of(current->policy, kind, field->number, forms[step]);

            if (then != 0 && (today == 0 || !bits_have(now, today)))
                ceiling->word[then / 64] &= ~(UINT64_C(1) << then % 64);
        }
    }
}

struct bits
agreement_common_ceiling(const struct agreement *old, const struct agreement *current,
                         const struct agency *agency, enum kind kind, struct day day)
{
    struct bits ceiling = agreement_ceiling(old, agency, kind, day);
    struct bits now = agreement_ceiling(current, agency, kind, day);

    if (bits_are_empty(&now))
        return now;
    if (kind == KIND_CONCERN || kind == KIND_NEEDS)
        remove_what_current_denies(&ceiling, old, current, &now, kind);
    return ceiling;
}
