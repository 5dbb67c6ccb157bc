#include "fixture.h"

#include "core/text.h"

/* What a person is told about a file that is not in order. */

static void
assert_golden(const char *name)
{
    char path[128];
    struct buffer text, expected, report;
    struct policy *policy;

    snprintf(path, sizeof(path), "tests/policy/golden/%s.policy", name);
    text = file_content(path);
    snprintf(path, sizeof(path), "tests/policy/golden/%s.ok", name);
    expected = file_content(path);
    snprintf(path, sizeof(path), "%s.policy", name);
    report = report_of(buffer_bytes(&text), path, &westport_schema, &policy);
    assert_null(policy);
    assert_string_equal(buffer_text(&report), buffer_text(&expected));
    buffer_clear(&text);
    buffer_clear(&expected);
    buffer_clear(&report);
}

static void
every_slip_is_found_in_one_run(void **state)
{
    (void)state;
    assert_golden("broken");
}

static void
an_empty_file_lacks_everything(void **state)
{
    (void)state;
    assert_golden("empty");
}

static void
the_header_is_checked(void **state)
{
    (void)state;
    assert_golden("header");
}

static void
groups_and_clauses_are_checked(void **state)
{
    (void)state;
    assert_golden("groups");
}

static void
what_is_read_is_what_is_parsed(void **state)
{
    (void)state;
    assert_golden("characters");
}

/* --- One slip at a time ------------------------------------------------------------------ */

// clang-format off
static const struct {
    const char *in, *put, *says;
} slips[] = {
    { "version 3", "version 0", "2:9: error: expected a number from 1, not '0'" },
    { "version 3", "version 1234567890", "expected a number from 1" },
    { "version 3", "version v3", "expected a number from 1, not 'v3'" },
    { "replacing 2", "replacing 3", "version 3 can only replace an earlier one" },
    { "to 2026-12-31", "to 2026-02-29", "expected a date of the calendar, as 2026-04-01, not '2026-02-29'" },
    { "to 2026-12-31", "to 2025-12-31", "the agreement ends before it is in force" },
    { "from 2026-01-01", "form 2026-01-01", "unknown word 'form', did you mean 'from'?" },
    { "owner \"Nobody\"\n", "", "1:1: error: the header has no line 'owner'" },
    { "schema 1\n", "schema 1\nschema 1\n", "11:1: error: 'schema' is said already in line 10" },
    { "schema 1", "schema 3", "this software knows the schema up to version 2" },
    { "one, two, three, four", "one, two, three", "6:1: error: an agreement has exactly four levels" },
    { "three, four", "three, four, five", "at most 4 levels" },
    { "one, two, three, four", "", "6:7: error: expected a level here" },
    { "purposes help, enquire", "purposes help, , enquire", "expected a purpose, not ','" },
    { "facts danger, consent", "facts danger, danger", "'danger' is listed twice" },
    { "facts danger, consent", "facts danger, with", "expected a fact, not 'with'" },
    { "facts danger, consent", "facts danger, 2nd", "'2nd': a name begins with a letter" },
    { "mash, police\n", "mash, polise\n", "unknown agency 'polise', did you mean 'police'?" },
    { "mash hub ", "", "an agreement needs an agency of type 'mash'" },
    { "social-care care-team", "care care-team", "an agreement needs an agency of type 'social-care'" },
    { "school oak, elm", "school oak, elm, oak", "agency 'oak' is listed twice" },
    { "school oak, elm", "school oak, police", "'police' is a type with other agencies, too" },
    { "school oak, elm", "school oak, school", "'school' is a type with other agencies, too" },
    { "school oak, elm", "school", "expected an agency of that type" },
    { "group everything is who", "group everything is everything", "group 'everything' is part of itself" },
    { "group everything", "grupe everything", "unknown word 'grupe' at the start of a line, did you mean 'group'?" },
    { "child.date_of_birth", "child.newcomer", "'child.newcomer' came with version 2 of the schema; this agreement is for version 1" },
    { "child.name,", "child.nmae,", "unknown field or group 'child.nmae', did you mean 'child.name'?" },
    { "child.name,", "child.name", "expected the end of this line, not 'child.date_of_birth'" },
    { "clause 1", "  clause 1", "14:3: error: 'clause' must begin in the first column" },
    { "clause 1 ", "clause ", "14:8: error: expected a number from 1, not a quotation" },
    { " \"Care sees them\"", "", "15:3: error: expected a title, between double quotes, not 'share'" },
    { "share everything", "shares everything", "unknown word 'shares' in a clause, did you mean 'share'?" },
    { "share everything, concern.kind\n", "share\n", "16:3: error: expected a field or a group, not 'with'" },
    { "  share everything, concern.kind\n", "", "14:1: error: this clause does not say what is shared ('share' is missing)" },
    { "  with social-care\n", "", "14:1: error: this clause does not say with whom ('with' is missing)" },
    { "  for help or enquire\n", "", "14:1: error: this clause does not say the purpose ('for' is missing)" },
    { "concern.kind", "concern.kind, evrything", "unknown field or group 'evrything', did you mean 'everything'?" },
    { "concern.kind", "concern.kind as age-band", "'concern.kind' cannot be given as 'age-band'; a code can be given as present, full" },
    { "concern.kind", "child.nhs_number as year", "'child.nhs_number' cannot be given as 'year'; an id can be given as present, full" },
    { "concern.kind", "child.name as hidden", "'child.name' cannot be given as 'hidden'; a name can be given as present, initials, full" },
    { "concern.kind", "child.name as initails", "unknown form 'initails', did you mean 'initials'?" },
    { "concern.kind", "who as initials", "'child.date_of_birth' of 'who' cannot be given as 'initials'; a date can be given as present, age-band, year, full" },
    { "concern.kind", "concern.kind more precisely than present", "unknown word 'more' in a clause" },
    { "with social-care", "with anyone except mash", "expected an agency or a type of agency, not 'anyone'" },
    { "with social-care", "with oka", "unknown agency 'oka', did you mean 'oak'?" },
    { "with social-care", "with social-care\n  with mash", "17:3: error: 'with' is in this clause already" },
    { "for help", "for halp", "unknown purpose 'halp', did you mean 'help'?" },
    { "for help or", "for help, enquire or", "17:11: error: expected a word of the language, not ','" },
    { "for help", "when level is at least for for help", "expected a level, not 'for'" },
    { "for help", "when level is at least fuor for help", "unknown level 'fuor', did you mean 'four'?" },
    { "for help", "when dangre for help", "unknown fact 'dangre', did you mean 'danger'?" },
    { "for help", "when not danger for help", "expected a fact, 'level is at least' or 'the child is on their caseload', not 'not'" },
    { "for help", "from 2026-03-01 for help", "expected 'to', not 'for'" },
    { "for help", "from 2026-03-01 to 2026-02-01 for help", "this clause ends before it begins" },
    { "\"Law\"", "Law", "expected the reason, between double quotes, not 'law'" },
    { "\"Law\"", "\"Law", "18:11: error: this quotation is not closed on its line" },
    { "\"Care sees", "\"Care\xe2\x80\x8b sees", "14:15: error: a character that is invisible or changes what is read (U+200B)" },
    { "\"Care sees", "\"Care\xc3 sees", "14:15: error: this byte (c3) is not UTF-8" },
    { "with social", "with s\xd0\xbe" "cial", "'s?cial-care': names are written with a-z, 0-9, '-', '_' and '.' only" },
    { "with social", "with Social", "16:8: error: names have no capital letters: write 'social-care'" },
    { "because \"Law\"\n", "because \"Law\"\nclause 1 \"Again\" share who with mash for help because \"x\"\n", "19:8: error: clause 1 is already in line 14" },
    { "because \"Law\"\n", "because \"Law\"\nnever 1 \"N\" share who more precisely than year with mash because \"x\"\n", "'child.name' of 'who' cannot be given as 'year'" },
    { "because \"Law\"\n", "because \"Law\"\nnever 1 \"N\" share who for help with mash because \"x\"\n", "unknown word 'for' in a never" },
    { "because \"Law\"\n", "because \"Law\"\nexample \"E\" given school, for help sees who\n", "'school' is a type of agency; an example is about one agency" },
    { "because \"Law\"\n", "because \"Law\"\nexample \"E\" given hub, for help\n", "19:1: error: this example expects nothing ('sees' or 'not' is missing)" },
    { "because \"Law\"\n", "because \"Law\"\nexample \"E\" sees who\n", "this example does not say to whom, and what is so ('given' is missing)" },
    { "because \"Law\"\n", "because \"Law\"\nexample \"E\" given hub, level five sees who\n", "unknown level 'five'" },
    { "because \"Law\"\n", "because \"Law\"\nexample \"E\" given hub, on 2026-13-01 sees who\n", "expected a date of the calendar" },
    { "because \"Law\"\n", "because \"Law\"\nthanks\n", "unknown word 'thanks' at the start of a line" },
    { "because \"Law\"\n", "because \"Law\"\n, who\n", "19:1: error: no line begins with ','" },
    { "because \"Law\"\n", "because \"Law\"\n\"So it is\"\n", "19:1: error: no line begins with '\"'" },
};
// clang-format on

static struct buffer
with_slip(const char *in, const char *put)
{
    const char *text = SMALL, *at = strstr(text, in);
    struct buffer slipped;

    assert_non_null(at);
    buffer_init(&slipped, POLICY_TEXT_MAX);
    buffer_add(&slipped, text, (size_t)(at - text));
    buffer_add_text(&slipped, put);
    buffer_add_text(&slipped, at + strlen(in));
    return slipped;
}

static void
each_slip_is_an_error_that_names_its_place(void **state)
{
    struct policy *policy = policy_of(SMALL, &westport_schema);
    (void)state;

    policy_free(&policy);
    for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
        struct buffer text = with_slip(slips[i].in, slips[i].put);
        struct buffer report =
            report_of(buffer_bytes(&text), "a.policy", &westport_schema, &policy);

        assert_null(policy);
        assert_says(buffer_text(&report), slips[i].says);
        buffer_clear(&report);
        buffer_clear(&text);
    }
}

static void
what_is_only_unwise_is_a_warning(void **state)
{
    // clang-format off
    static const struct {
        const char *in, *put, *says;
    } rows[] = {
        { "  because \"Law\"\n", "", "14:1: warning: this clause gives no reason ('because' is missing)" },
        { "share everything,", "share", "13:7: warning: nothing uses group 'everything'" },
        { "  for help", "  from 2027-01-01 to 2027-12-31 for help", "17:8: warning: this clause never applies" },
    };
    // clang-format on
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer text = with_slip(rows[i].in, rows[i].put);
        struct policy *policy;
        struct buffer report =
            report_of(buffer_bytes(&text), "a.policy", &westport_schema, &policy);

        assert_non_null(policy);
        assert_says(buffer_text(&report), rows[i].says);
        policy_free(&policy);
        buffer_clear(&report);
        buffer_clear(&text);
    }
}

/* --- Limits ------------------------------------------------------------------------------- */

static void
assert_refused(struct buffer *text, const char *says)
{
    struct policy *policy;
    struct buffer report = report_of(buffer_bytes(text), "a.policy", &westport_schema, &policy);

    assert_null(policy);
    assert_says(buffer_text(&report), says);
    buffer_clear(&report);
    buffer_clear(text);
}

static struct buffer
small(void)
{
    struct buffer text;

    buffer_init(&text, 4 * POLICY_TEXT_MAX);
    buffer_add_text(&text, SMALL);
    return text;
}

static void
what_is_beyond_a_limit_is_refused(void **state)
{
    struct buffer text = small();
    (void)state;

    for (unsigned n = 2; n <= 256; n++)
        buffer_print(&text, "clause %u \"x\" share who with mash for help because \"x\"\n", n);
    assert_refused(&text, "error: more than 255 clauses");

    text = small();
    for (unsigned n = 1; n <= 256; n++)
        buffer_print(&text, "never %u \"x\" share who with mash because \"x\"\n", n);
    assert_refused(&text, "error: more than 255 nevers");

    text = small();
    buffer_add_text(&text, "agencies club club-0");
    for (unsigned n = 1; n < 4096; n++)
        buffer_print(&text, ", club-%u", n);
    assert_refused(&text, "error: more than 4096 agencies");

    text = small();
    buffer_add_text(&text, "agencies");
    for (unsigned n = 1; n < 256; n++)
        buffer_print(&text, " type-%u club-%u", n, n);
    assert_refused(&text, "error: more than 255 types of agency");

    text = small();
    for (unsigned n = 0; n < 1024; n++)
        buffer_print(&text, "group g%u is who\n", n);
    assert_refused(&text, "error: more than 1024 groups");

    text = small();
    buffer_print(&text, "group %065d is who\n", 7);
    assert_refused(&text, "a name has at most 64 characters");

    text = small();
    while (text.len <= POLICY_TEXT_MAX)
        buffer_add_text(&text, "# Far too long a comment\n");
    assert_refused(&text, "error: a.policy is longer than 1048576 bytes");
}

static void
after_a_hundred_problems_it_says_that_there_are_more(void **state)
{
    struct buffer text = small(), report;
    struct policy *policy;
    (void)state;

    buffer_add_text(&text, "group x is nothing-0");
    for (unsigned n = 1; n < 100; n++)
        buffer_print(&text, ", nothing-%u", n);
    buffer_add_text(&text, "\n");
    report = report_of(buffer_bytes(&text), "a.policy", &westport_schema, &policy);
    assert_says(buffer_text(&report), "unknown field or group 'nothing-99'");
    assert_says(buffer_text(&report), "there is more wrong with this file"); /* group unused */
    buffer_clear(&report);
    buffer_add_text(&text, "group y is nothing-100\n");
    report = report_of(buffer_bytes(&text), "a.policy", &westport_schema, &policy);
    assert_null(strstr(buffer_text(&report), "nothing-100'"));
    assert_says(buffer_text(&report), "there is more wrong with this file");
    buffer_clear(&report);
    buffer_clear(&text);
}

static void
an_endless_line_makes_no_endless_report(void **state)
{
    struct buffer text = small(), report;
    struct policy *policy;
    (void)state;

    buffer_add_text(&text, "group x is");
    for (unsigned n = 0; n < 200; n++)
        buffer_print(&text, " %s%0*d", n > 0 ? "," : "", 4000, (int)n);
    buffer_add_text(&text, "\n");
    report = report_of(buffer_bytes(&text), "a.policy", &westport_schema, &policy);
    assert_null(policy);
    assert_says(buffer_text(&report), "a.policy:19:12: error: unknown field or group '000");
    assert_in_range(report.len, 10000, 128 * 1024);
    assert_true(utf8_is_valid(buffer_bytes(&report)));
    buffer_clear(&report);
    buffer_clear(&text);
}

/* Cut anywhere, a file is read to its end, and a cut that loses a word is not overlooked. */
static void
a_file_cut_short_is_read_safely(void **state)
{
    struct buffer text = file_content("tests/policy/westport.policy");
    unsigned refused = 0;
    (void)state;

    for (size_t len = 0; len < text.len; len++) {
        uint8_t *copy = malloc(len > 0 ? len : 1); /* so that a sanitizer sees an overrun */
        struct policy *policy;
        struct buffer report;

        memcpy(copy, text.data, len);
        report = report_of(bytes_of(copy, len), "a.policy", &westport_schema, &policy);
        refused += policy == NULL;
        policy_free(&policy);
        buffer_clear(&report);
        free(copy);
    }
    assert_in_range(refused, text.len / 4, text.len);
    buffer_clear(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slip_is_found_in_one_run),
        cmocka_unit_test(an_empty_file_lacks_everything),
        cmocka_unit_test(the_header_is_checked),
        cmocka_unit_test(groups_and_clauses_are_checked),
        cmocka_unit_test(what_is_read_is_what_is_parsed),
        cmocka_unit_test(each_slip_is_an_error_that_names_its_place),
        cmocka_unit_test(what_is_only_unwise_is_a_warning),
        cmocka_unit_test(what_is_beyond_a_limit_is_refused),
        cmocka_unit_test(after_a_hundred_problems_it_says_that_there_are_more),
        cmocka_unit_test(an_endless_line_makes_no_endless_report),
        cmocka_unit_test(a_file_cut_short_is_read_safely),
    };

    return RUN(tests);
}
