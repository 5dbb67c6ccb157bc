#include "fixture.h"

#include "policy/model.h"

/* Jersey's agreement: are its own examples enough to hold it to what was agreed?  What that
   is: test_matrix.c. */

static size_t
section_end(const char *text, size_t from)
{
    size_t at = from + 1;

    while (text[at] != 0 && !(text[at - 1] == '\n' && text[at] >= 'a' && text[at] <= 'z'))
        at++;
    return at;
}

/* The text without its n-th section of that kind; false when it has no n-th. */
static bool
without(const char *text, const char *kind, unsigned n, struct buffer *out)
{
    char opening[32];
    const char *at;

    snprintf(opening, sizeof(opening), "\n%s %u ", kind, n);
    at = strstr(text, opening);
    if (at == NULL)
        return false;
    buffer_init(out, POLICY_TEXT_MAX);
    buffer_add(out, text, (size_t)(at + 1 - text));
    buffer_add_text(out, text + section_end(text, (size_t)(at + 1 - text)));
    return true;
}

static size_t
failures_of(struct bytes text)
{
    struct diagnostics diagnostics;
    struct policy *policy = NULL;
    size_t failed;

    diagnostics_init(&diagnostics);
    assert_ok(policy_read(&policy, text, "a.policy", &kith_schema, &diagnostics));
    policy_run_examples(policy, &diagnostics);
    failed = diagnostics.errors;
    diagnostics_clear(&diagnostics);
    policy_free(&policy);
    return failed;
}

static void
an_example_fails_if_any_clause_is_left_out(void **state)
{
    struct buffer text = file_content("policy/jersey.policy"), less;
    unsigned n = 1;
    (void)state;

    assert_int_equal(failures_of(buffer_bytes(&text)), 0);
    for (; without(buffer_text(&text), "clause", n, &less); n++) {
        if (failures_of(buffer_bytes(&less)) == 0)
            fail_msg("no example misses clause %u", n);
        buffer_clear(&less);
    }
    assert_in_range(n, 30, 60);
    buffer_clear(&text);
}

/* Were everything shared with everybody, each never would still hold something back that an
   example names. */
static void
an_example_names_what_each_never_holds_back(void **state)
{
    struct buffer text = file_content("policy/jersey.policy");
    struct diagnostics diagnostics;
    struct policy *policy = NULL;
    struct bits holding = { 0 };
    (void)state;

    buffer_add_text(&text,
                    "clause 999 \"All to all\" share every field\n"
                    "  with mash, social-care, police, school, education, hospital, gp,\n"
                    "       community-health, camhs, early-help, probation, housing,\n"
                    "       adult-services, youth\n"
                    "  for safeguarding or direct-care because \"to try the nevers\"\n");
    diagnostics_init(&diagnostics);
    assert_ok(
        policy_read(&policy, buffer_bytes(&text), "a.policy", &kith_schema, &diagnostics));
    for (size_t i = 0; i < policy->expectation_count; i++)
        for (size_t n = 0; n < policy->example_count; n++) {
            const struct example *example = &policy->examples[n];
            struct decision decision;

            if (i < example->first || i >= example->first + example->count)
                continue;
            decision = policy_decide(policy, policy->expectations[i].field, example->agency,
                                     &example->situation, example->on_caseload);
            if (decision.form == policy->expectations[i].form)
                holding = bits_or(&holding, &decision.nevers);
        }
    for (unsigned n = 0; n < policy_never_count(policy); n++)
        if (!bits_have(&holding, n))
            fail_msg("no example tries never %u", policy_never_number(policy, n));
    assert_true(policy_never_count(policy) >= 6);
    diagnostics_clear(&diagnostics);
    policy_free(&policy);
    buffer_clear(&text);
}

static void
it_is_in_order(void **state)
{
    struct buffer text = file_content("policy/jersey.policy");
    struct policy *policy;
    struct buffer report =
        report_of(buffer_bytes(&text), "jersey.policy", &kith_schema, &policy);
    (void)state;

    assert_string_equal(buffer_text(&report), "");
    assert_in_range(policy_example_count(policy), 30, 100);
    policy_free(&policy);
    buffer_clear(&report);
    buffer_clear(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_in_order),
        cmocka_unit_test(an_example_fails_if_any_clause_is_left_out),
        cmocka_unit_test(an_example_names_what_each_never_holds_back),
    };

    return RUN(tests);
}
