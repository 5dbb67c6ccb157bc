#include "fixture.h"

/*
 * The table that everybody enforces is the agreement that was read aloud: compiled equals
 * interpreted, in every situation of a small agreement and in many of a large one.
 */

static const enum kind kinds[] = { KIND_CONCERN, KIND_NEEDS };

/* Every (field, form) of a kind: released if and only if the decision is at least as
   detailed.  As each form asks this of its own compartment, it also means that every
   coarser form comes along, and that a compartment is visible as a whole. */
static void
assert_table_agrees(const struct policy *policy, const struct schema *schema, int agency,
                    const struct situation *situation, bool on_caseload)
{
    struct bits released[2], ceiling[2];

    for (size_t k = 0; k < 2; k++) {
        struct bits within;

        released[k] = policy_release(policy, kinds[k], agency, situation, on_caseload);
        ceiling[k] = policy_ceiling(policy, kinds[k], agency, situation->day);
        within = bits_and(&released[k], &ceiling[k]);
        assert_true(bits_equal(&within, &released[k]));
        assert_false(bits_have(&released[k], 0));
    }
    for (size_t i = 0; i < schema->count; i++) {
        const struct field *field = &schema->fields[i];
        struct decision decision =
            policy_decide(policy, field->number, agency, situation, on_caseload);
        enum form forms[FORM_COUNT];
        size_t steps = ladder_of(field->type, forms);

        for (size_t k = 0; k < 2 && decision.form < FORM_COUNT; k++)
            for (size_t step = 1; step < steps && (field->kinds & KIND_BIT(kinds[k])); step++) {
                unsigned c =
                    policy_compartment_of(policy, kinds[k], field->number, forms[step]);
                bool seen = c > 0 && bits_have(&released[k], c);

                if (seen != (decision.form >= forms[step]))
                    fail_msg("%s to %s: decided %s, yet '%s' is %sreleased", field->name,
                             policy_agency_name(policy, agency), form_name(decision.form),
                             form_name(forms[step]), seen ? "" : "not ");
            }
    }
}

/* --- The whole space of Westport ----------------------------------------------------------- */

/* One day of each stretch between the dates that the agreement names. */
static const char *const westport_days[] = { "2026-03-31", "2026-04-01", "2026-04-30",
                                             "2026-05-01", "2026-07-31", "2026-08-01",
                                             "2027-03-31", "2027-04-01" };

enum { LEVELS = 5, FACTS = 27, PURPOSES = 8, SITUATIONS = LEVELS * LEVELS * FACTS * PURPOSES };

static struct situation
situation_number(unsigned n, struct day day)
{
    struct situation situation = { .day = day };

    situation.sender_level = (uint8_t)(n % LEVELS);
    situation.decided_level = (uint8_t)((n /= LEVELS) % LEVELS);
    situation.purposes = (n /= LEVELS) % PURPOSES;
    n /= PURPOSES;
    for (unsigned fact = 0; fact < 3; fact++, n /= 3) {
        situation.facts_true |= (uint8_t)((n % 3 == 1) << fact);
        situation.facts_false |= (uint8_t)((n % 3 == 2) << fact);
    }
    return situation;
}

static void
compiled_equals_interpreted_in_every_situation(void **state)
{
    struct policy *policy = westport();
    int agencies = (int)policy_agency_count(policy);
    (void)state;

    for (size_t d = 0; d < sizeof(westport_days) / sizeof(westport_days[0]); d++)
        for (int agency = 0; agency < agencies; agency++) {
            struct bits reached[2] = { 0 };

            for (unsigned n = 0; n < 2 * SITUATIONS; n++) {
                struct situation situation = situation_number(n / 2, a_day(westport_days[d]));

                /* The fields one by one where they can differ, the tables everywhere. */
                if (d % 2 == 1 || n % 7 == 0)
                    assert_table_agrees(policy, &westport_schema, agency, &situation, n % 2);
                for (size_t k = 0; k < 2; k++) {
                    struct bits released =
                        policy_release(policy, kinds[k], agency, &situation, n % 2);

                    reached[k] = bits_or(&reached[k], &released);
                }
            }
            for (size_t k = 0; k < 2; k++) {
                struct bits ceiling =
                    policy_ceiling(policy, kinds[k], agency, a_day(westport_days[d]));

                /* All that is released in some situation, and nothing else. */
                assert_true(bits_equal(&ceiling, &reached[k]));
            }
        }
    policy_free(&policy);
}

/* --- A large one -------------------------------------------------------------------------------- */

static void
compiled_equals_interpreted_in_jersey(void **state)
{
    struct policy *policy = policy_of_file("policy/jersey.policy", &kith_schema);
    uint64_t seed = 20260101;
    (void)state;

    for (unsigned n = 0; n < 5000; n++) {
        struct situation situation = any_situation(policy, &seed);
        int agency = (int)(next_number(&seed) % policy_agency_count(policy));

        assert_table_agrees(policy, &kith_schema, agency, &situation, next_number(&seed) % 2);
    }
    policy_free(&policy);
}

static void
jerseys_ceilings_are_exact(void **state)
{
    struct policy *policy = policy_of_file("policy/jersey.policy", &kith_schema);
    struct day day = policy_first_day(policy);
    (void)state;

    for (int agency = 0; agency < (int)policy_agency_count(policy); agency++)
        for (size_t k = 0; k < 2; k++) {
            struct bits ceiling = policy_ceiling(policy, kinds[k], agency, day);
            struct bits reached = { 0 };

            for (unsigned n = 0; n < 32 * 4 * 2; n++) {
                struct situation situation = { .day = day,
                                               .purposes = 7,
                                               .facts_true = n % 32,
                                               .facts_false = ~(n % 32) & 31,
                                               .decided_level = (uint8_t)(1 + n / 32 % 4) };
                struct bits released =
                    policy_release(policy, kinds[k], agency, &situation, n / 128);

                reached = bits_or(&reached, &released);
            }
            assert_true(bits_equal(&reached, &ceiling));
        }
    policy_free(&policy);
}

/* --- Agreements that nobody wrote ------------------------------------------------------------------ */

static void
print_conditions(struct buffer *text, uint64_t *seed)
{
    static const char *const conditions[] = { "danger", "consent", "level is at least two",
                                              "level is at least four",
                                              "the child is on their caseload" };
    uint32_t which = next_number(seed) % 10;

    if (which >= 5)
        return;
    buffer_print(text, "  when %s", conditions[which]);
    if (next_number(seed) % 2)
        buffer_print(text, " and %s", conditions[(which + 1) % 5]);
    buffer_add_text(text, "\n");
}

static void
print_agencies(struct buffer *text, uint64_t *seed)
{
    static const char *const who[] = { "police",      "school",       "oak, hub",
                                       "east-police", "mash, school", "social-care, elm" };

    buffer_print(text, "%s\n", who[next_number(seed) % 6]);
}

static void
print_clause(struct buffer *text, unsigned number, uint64_t *seed)
{
    static const char *const shared[] = {
        "every field",
        "everything",
        "who, child.address as district",
        "child.date_of_birth as age-band, concern.allegation as summary",
        "child.name as initials, concern.incident_place",
        "concern.kind, concern.raised_at as month, child.safe_address",
    };

    buffer_print(text, "clause %u \"Clause\"\n  share %s\n  with ", number,
                 shared[next_number(seed) % 6]);
    print_agencies(text, seed);
    print_conditions(text, seed);
    buffer_print(text, "  for %s\n  because \"So\"\n",
                 next_number(seed) % 2 ? "help" : "enquire or help");
    if (next_number(seed) % 4 == 0)
        buffer_add_text(text, "  from 2026-03-01 to 2026-04-30\n");
}

static void
print_never(struct buffer *text, unsigned number, uint64_t *seed)
{
    static const char *const kept[] = {
        "everything",
        "child.address more precisely than postcode-district",
        "child.name more precisely than present",
        "child.date_of_birth, concern.kind",
        "concern.allegation more precisely than summary",
        "child.date_of_birth more precisely than year",
    };

    buffer_print(text, "never %u \"Never\"\n  share %s\n  with %s", number,
                 kept[next_number(seed) % 6], next_number(seed) % 3 ? "" : "anyone except ");
    print_agencies(text, seed);
    print_conditions(text, seed);
    buffer_add_text(text, "  because \"So\"\n");
}

static struct buffer
invented_agreement(unsigned clauses, unsigned nevers, uint64_t *seed)
{
    struct buffer text;

    buffer_init(&text, POLICY_TEXT_MAX);
    buffer_add_text(&text, HEADER);
    buffer_add_text(&text, "clause 900 \"Groups are used\"\n  share everything\n  with hub\n  "
                           "for help\n  because \"So\"\n");
    for (unsigned n = 1; n <= clauses; n++)
        print_clause(&text, n, seed);
    for (unsigned n = 1; n <= nevers; n++)
        print_never(&text, n, seed);
    return text;
}

static void
compiled_equals_interpreted_in_invented_agreements(void **state)
{
    uint64_t seed = 7;
    (void)state;

    for (unsigned n = 0; n < 300; n++) {
        struct buffer text =
            invented_agreement(1 + next_number(&seed) % 12, next_number(&seed) % 6, &seed);
        struct policy *policy = policy_of(buffer_text(&text), &westport_schema);

        for (unsigned m = 0; m < 100; m++) {
            struct situation situation = any_situation(policy, &seed);
            int agency = (int)(next_number(&seed) % policy_agency_count(policy));

            assert_table_agrees(policy, &westport_schema, agency, &situation,
                                next_number(&seed) % 2);
        }
        policy_free(&policy);
        buffer_clear(&text);
    }
}

/* --- What an agreement may never do ----------------------------------------------------------------- */

enum change { MORE_NEVERS, MORE_CLAUSES };

/* Whatever is added, every decision moves one way only. */
static void
assert_one_way(enum change change, uint64_t *seed)
{
    struct buffer text = invented_agreement(8, 3, seed);
    struct policy *before = policy_of(buffer_text(&text), &westport_schema), *after;

    if (change == MORE_NEVERS)
        print_never(&text, 500, seed);
    else
        print_clause(&text, 500, seed);
    after = policy_of(buffer_text(&text), &westport_schema);
    for (unsigned n = 0; n < 200; n++) {
        struct situation situation = any_situation(before, seed);
        int agency = (int)(next_number(seed) % policy_agency_count(before));
        bool on_caseload = next_number(seed) % 2;

        for (size_t i = 0; i < westport_schema.count; i++) {
            enum form was = policy_decide(before, westport_fields[i].number, agency, &situation,
                                          on_caseload)
                                .form;
            enum form is =
                policy_decide(after, westport_fields[i].number, agency, &situation, on_caseload)
                    .form;

            assert_true(change == MORE_NEVERS ? is <= was : is >= was);
        }
    }
    policy_free(&before);
    policy_free(&after);
    buffer_clear(&text);
}

static void
another_never_never_releases_more(void **state)
{
    uint64_t seed = 11;
    (void)state;

    for (unsigned n = 0; n < 200; n++)
        assert_one_way(MORE_NEVERS, &seed);
}

static void
another_clause_never_releases_less(void **state)
{
    uint64_t seed = 13;
    (void)state;

    for (unsigned n = 0; n < 200; n++)
        assert_one_way(MORE_CLAUSES, &seed);
}

/* To know a fact or a level, whichever it is, never gives less than not to know it. */
static void
not_knowing_never_gives_more(void **state)
{
    struct policy *policy = westport();
    uint64_t seed = 17;
    (void)state;

    for (unsigned n = 0; n < 20000; n++) {
        struct situation known = any_situation(policy, &seed), unknown;
        int agency = (int)(next_number(&seed) % policy_agency_count(policy));
        bool on_caseload = next_number(&seed) % 2;
        uint8_t fact = (uint8_t)(1u << next_number(&seed) % 3);

        known.facts_true &= (uint8_t)~known.facts_false;
        unknown = known;
        if (n % 2) {
            unknown.facts_true &= (uint8_t)~fact;
            unknown.facts_false &= (uint8_t)~fact;
        } else
            unknown.decided_level = unknown.sender_level = 0;
        for (size_t i = 0; i < westport_schema.count; i++) {
            uint16_t field = westport_fields[i].number;

            assert_true(policy_decide(policy, field, agency, &unknown, on_caseload).form
                        <= policy_decide(policy, field, agency, &known, on_caseload).form);
        }
    }
    policy_free(&policy);
}

/* --- Order ---------------------------------------------------------------------------------------- */

enum { SECTIONS_MAX = 64 };

/* Where the sections behind the agencies begin; the last is the end of the text. */
static size_t
sections_of(const char *text, size_t at[SECTIONS_MAX])
{
    static const char *const openings[] = { "\ngroup ", "\nclause ", "\nnever ", "\nexample " };
    size_t count = 0;

    for (size_t i = 0; text[i] != 0; i++)
        for (size_t n = 0; n < 4; n++)
            if (strncmp(text + i, openings[n], strlen(openings[n])) == 0)
                at[count++] = i;
    at[count] = strlen(text);
    return count;
}

static struct buffer
shuffled(const char *text, uint64_t *seed)
{
    size_t at[SECTIONS_MAX], order[SECTIONS_MAX], count = sections_of(text, at);
    struct buffer out;

    assert_true(count > 20);
    buffer_init(&out, POLICY_TEXT_MAX);
    buffer_add(&out, text, at[0]);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = next_number(seed) % (i + 1), swap = order[i];

        order[i] = order[j];
        order[j] = swap;
    }
    for (size_t i = 0; i < count; i++)
        buffer_add(&out, text + at[order[i]], at[order[i] + 1] - at[order[i]]);
    buffer_add_text(&out, "\n");
    return out;
}

static void
the_order_of_clauses_never_matters(void **state)
{
    struct buffer text = file_content("tests/policy/westport.policy");
    struct policy *policy = westport();
    uint64_t seed = 19;
    (void)state;

    for (unsigned n = 0; n < 50; n++) {
        struct buffer other_text = shuffled(buffer_text(&text), &seed);
        struct policy *other = policy_of(buffer_text(&other_text), &westport_schema);

        assert_int_equal(policy_example_count(policy), policy_example_count(other));
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(policy_compartments(policy, kinds[k]),
                             policy_compartments(other, kinds[k]));
            for (size_t i = 0; i < westport_schema.count * FORM_COUNT; i++) {
                uint16_t field = westport_fields[i / FORM_COUNT].number;
                enum form form = (enum form)(i % FORM_COUNT);

                assert_int_equal(policy_compartment_of(policy, kinds[k], field, form),
                                 policy_compartment_of(other, kinds[k], field, form));
            }
        }
        for (unsigned m = 0; m < 500; m++) {
            struct situation situation = any_situation(policy, &seed);
            int agency = (int)(next_number(&seed) % policy_agency_count(policy));
            struct bits one =
                policy_release(policy, kinds[m % 2], agency, &situation, m / 2 % 2);
            struct bits two =
                policy_release(other, kinds[m % 2], agency, &situation, m / 2 % 2);

            assert_true(bits_equal(&one, &two));
        }
        policy_free(&other);
        buffer_clear(&other_text);
    }
    policy_free(&policy);
    buffer_clear(&text);
}

/* --- Compartments ------------------------------------------------------------------------------------ */

static void
compartments_are_numbered_by_their_smallest_pair(void **state)
{
    struct policy *policy = policy_of_file("policy/jersey.policy", &kith_schema);
    (void)state;

    for (size_t k = 0; k < 2; k++) {
        unsigned next = 1;

        for (size_t i = 0; i < kith_schema.count * FORM_COUNT; i++) {
            unsigned c = policy_compartment_of(policy, kinds[k],
                                               kith_schema.fields[i / FORM_COUNT].number,
                                               (enum form)(i % FORM_COUNT));

            assert_true(c <= next);
            next += c == next;
        }
        assert_int_equal(next, policy_compartments(policy, kinds[k]));
        assert_in_range(next - 1, 15, 35);
    }
    policy_free(&policy);
}

static void
pairs_that_nobody_is_given_are_in_no_compartment(void **state)
{
    struct policy *policy = policy_of(SMALL, &westport_schema);
    (void)state;

    assert_int_equal(policy_compartment_of(policy, KIND_CONCERN, F_ALLEGATION, FORM_FULL), 0);
    assert_int_equal(policy_compartment_of(policy, KIND_CONCERN, F_NAME, FORM_FULL), 1);
    assert_int_equal(policy_compartment_of(policy, KIND_CONCERN, F_NAME, FORM_HIDDEN), 0);
    assert_int_equal(policy_compartment_of(policy, KIND_CONCERN, F_NAME, FORM_YEAR), 0);
    assert_int_equal(policy_compartment_of(policy, KIND_CONCERN, F_NAME, FORM_COUNT), 0);
    assert_int_equal(policy_compartment_of(policy, KIND_CONCERN, 9999, FORM_FULL), 0);
    assert_int_equal(policy_compartment_of(policy, KIND_NONE, F_NAME, FORM_FULL), 0);
    /* A concern carries no attendance, whoever may see it. */
    policy_free(&policy);
    policy = westport();
    assert_int_equal(policy_compartment_of(policy, KIND_CONCERN, F_ATTENDANCE, FORM_FULL), 0);
    assert_true(policy_compartment_of(policy, KIND_NEEDS, F_ATTENDANCE, FORM_FULL) > 0);
    policy_free(&policy);
}

static void
a_compartment_has_a_size_when_all_in_it_is_bounded(void **state)
{
    struct policy *policy = policy_of_file("policy/jersey.policy", &kith_schema);
    unsigned bounded = 0;
    (void)state;

    for (unsigned c = 1; c < policy_compartments(policy, KIND_CONCERN); c++) {
        size_t size = 0;
        bool unbounded = false;

        for (size_t i = 0; i < kith_schema.count * FORM_COUNT; i++) {
            const struct field *field = &kith_schema.fields[i / FORM_COUNT];
            enum form form = (enum form)(i % FORM_COUNT);

            if (policy_compartment_of(policy, KIND_CONCERN, field->number, form) == c) {
                size += form_size_bound(field, form);
                unbounded |= form_size_bound(field, form) == 0;
            }
        }
        assert_int_equal(policy_compartment_size(policy, KIND_CONCERN, c),
                         unbounded ? 0 : size);
        bounded += !unbounded;
    }
    assert_in_range(bounded, 5, policy_compartments(policy, KIND_CONCERN) - 1);
    assert_int_equal(policy_compartment_size(policy, KIND_CONCERN, 0), 0);
    assert_int_equal(policy_compartment_size(policy, KIND_CONCERN, 255), 0);
    policy_free(&policy);
}

static void
requests_go_to_those_they_are_addressed_to(void **state)
{
    static const enum kind addressed[] = { KIND_REQUEST, KIND_CONTROL };
    struct policy *policy = westport();
    struct situation situation = { .day = a_day("2040-01-01") };
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        int school = policy_agency(policy, "st-marys");
        struct bits released = policy_release(policy, addressed[i], school, &situation, false);
        struct bits ceiling = policy_ceiling(policy, addressed[i], school, situation.day);

        assert_int_equal(policy_compartments(policy, addressed[i]), 2);
        assert_int_equal(bits_count(&released), 1);
        assert_true(bits_have(&released, 1));
        assert_true(bits_equal(&released, &ceiling));
    }
    policy_free(&policy);
}

static void
too_many_compartments_are_refused(void **state)
{
    enum { FIELDS = 300 };
    struct field *fields = mem_array(FIELDS, sizeof(*fields));
    char(*names)[32] = mem_array(FIELDS, sizeof(*names));
    struct schema wide = { fields, FIELDS, 1 };
    struct policy *policy;
    struct buffer text, report;
    (void)state;

    /* Bit n of the field's number: whether clause n gives it; so each has a signature. */
    buffer_init(&text, POLICY_TEXT_MAX);
    buffer_add_text(&text, HEADER);
    for (unsigned i = 0; i < FIELDS; i++) {
        snprintf(names[i], sizeof(names[i]),
                 i == 0   ? "child.name"
                 : i == 1 ? "child.date_of_birth"
                 : i == 2 ? "child.nhs_number"
                          : "field.%u",
                 i);
        fields[i] = (struct field){ .number = (uint16_t)(i + 1),
                                    .name = names[i],
                                    .type = FIELD_CODE,
                                    .category = CATEGORY_CONCERN,
                                    .kinds = BOTH,
                                    .paths = names[i],
                                    .since = 1 };
    }
    buffer_add_text(&text,
                    "clause 1 \"All\" share everything with hub for help because \"x\"\n");
    for (unsigned bit = 0; bit < 9; bit++) {
        buffer_print(&text, "clause %u \"Some\" share child.name", bit + 2);
        for (unsigned i = 3; i < FIELDS; i++)
            if (i >> bit & 1)
                buffer_print(&text, ", %s", names[i]);
        buffer_add_text(&text, " with hub for help because \"x\"\n");
    }
    report = report_of(buffer_bytes(&text), "wide.policy", &wide, &policy);
    assert_null(policy);
    assert_says(buffer_text(&report),
                "divide a concern message into more than 255 compartments");
    buffer_clear(&report);
    buffer_clear(&text);
    free(names);
    free(fields);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compiled_equals_interpreted_in_every_situation),
        cmocka_unit_test(compiled_equals_interpreted_in_jersey),
        cmocka_unit_test(jerseys_ceilings_are_exact),
        cmocka_unit_test(compiled_equals_interpreted_in_invented_agreements),
        cmocka_unit_test(another_never_never_releases_more),
        cmocka_unit_test(another_clause_never_releases_less),
        cmocka_unit_test(not_knowing_never_gives_more),
        cmocka_unit_test(the_order_of_clauses_never_matters),
        cmocka_unit_test(compartments_are_numbered_by_their_smallest_pair),
        cmocka_unit_test(pairs_that_nobody_is_given_are_in_no_compartment),
        cmocka_unit_test(a_compartment_has_a_size_when_all_in_it_is_bounded),
        cmocka_unit_test(requests_go_to_those_they_are_addressed_to),
        cmocka_unit_test(too_many_compartments_are_refused),
    };

    return RUN(tests);
}
