#include "sample.h"

#include "envelope/core.h"
#include "fragment.pb-c.h"
#include "wire/strict.h"

#define FULL_CHILD                                                                             \
    "\"child\":{\"name\":{\"given\":\"Leah\",\"family\":\"Le Marquand\"},"                     \
    "\"dateOfBirth\":\"2016-11-30\",\"homeAddress\":{\"lines\":[\"4 Rue des Vignes\"],"        \
    "\"parish\":\"St Helier\",\"postcode\":\"je2 3qa\"}}"

static Kith__Fragment *
unpack(const struct buffer *packed)
{
    ProtobufCMessage *message;

    assert_ok(
        strict_unpack(&message, &kith__fragment__descriptor, buffer_bytes(packed), 64 * 1024));
    return (Kith__Fragment *)message;
}

/* What one compartment says of a field short of full; NULL when nothing. */
static const char *
reduced_text(const Kith__Fragment *fragment, const char *name)
{
    for (size_t i = 0; i < fragment->n_reduced; i++)
        if (fragment->reduced[i]->field == number_of(name))
            return fragment->reduced[i]->text;
    return NULL;
}

static void
assert_form(const char *json, const char *authored, const char *name, enum form form,
            const char *expected)
{
    struct message *message = read_message(json);
    struct buffer fragments[FRAGMENTS];
    Kith__Fragment *fragment;

    project(message, &forms_apart, authored, fragments);
    fragment = unpack(&fragments[form]);
    if (expected == NULL)
        assert_null(reduced_text(fragment, name));
    else if (reduced_text(fragment, name) == NULL)
        fail_msg("%s as %s: nothing instead of %s", name, form_name(form), expected);
    else
        assert_string_equal(reduced_text(fragment, name), expected);
    protobuf_c_message_free_unpacked(&fragment->base, NULL);
    clear(fragments);
    message_free(&message);
}

#define WITH_BIRTH(date)                                                                       \
    "{" CIRCUMSTANCES                                                                          \
    ",\"concern\":{\"headline\":\"x\",\"child\":{\"name\":{\"given\":\"L\"},"                  \
    "\"dateOfBirth\":\"" date "\"}}," SHARING "}"
#define WITH_NAME(name)                                                                        \
    "{" CIRCUMSTANCES                                                                          \
    ",\"concern\":{\"headline\":\"x\",\"child\":{\"unborn\":true,\"name\":{" name              \
    "}}}," SHARING "}"
#define WITH_ADDRESS(address) A_CONCERN("\"place\":{" address "}")

static void
a_date_of_birth_is_an_age_band_or_a_year(void **state)
{
    static const struct {
        const char *json, *authored, *band, *year;
    } rows[] = {
        { WITH_BIRTH("2016-11-25"), "2026-11-24", "5 to 9", "2016" },
        { WITH_BIRTH("2016-11-25"), "2026-11-25", "10 to 15", "2016" },
        { WITH_BIRTH("2016-11"), "2026-11-25", NULL, "2016" },
        { WITH_BIRTH("2016-11"), "2026-12-01", "10 to 15", "2016" },
        { WITH_BIRTH("2016"), "2026-11-25", NULL, "2016" },
        { WITH_BIRTH("2014"), "2026-11-25", "10 to 15", "2014" },
        { WITH_BIRTH("2026-02-28"), "2026-11-25", "under 1", "2026" },
        { WITH_BIRTH("2025-11-25"), "2026-11-25", "1 to 4", "2025" },
        { WITH_BIRTH("2021-11-25"), "2026-11-25", "5 to 9", "2021" },
        { WITH_BIRTH("2025-11-26"), "2026-11-25", "under 1", "2025" },
        { WITH_BIRTH("2021-11-26"), "2026-11-25", "1 to 4", "2021" },
        { WITH_BIRTH("2010-11-26"), "2026-11-25", "10 to 15", "2010" },
        { WITH_BIRTH("2010-11-25"), "2026-11-25", "16 to 17", "2010" },
        { WITH_BIRTH("2008-11-26"), "2026-11-25", "16 to 17", "2008" },
        { WITH_BIRTH("2008-11-25"), "2026-11-25", "18 or over", "2008" },
        { WITH_BIRTH("2027-01-01"), "2026-11-25", "unborn", "2027" },
        { WITH_BIRTH("2008-02-29"), "2026-02-28", "16 to 17", "2008" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_form(rows[i].json, rows[i].authored, "child.date_of_birth", FORM_AGE_BAND,
                    rows[i].band);
        assert_form(rows[i].json, rows[i].authored, "child.date_of_birth", FORM_YEAR,
                    rows[i].year);
    }
}

static void
a_name_is_its_initials(void **state)
{
    static const struct {
        const char *json, *initials;
    } rows[] = {
        { WITH_NAME("\"given\":\"Leah\",\"family\":\"Le Marquand\""), "L. L." },
        { WITH_NAME("\"given\":\"\xc5\x81ukasz\",\"middle\":\"J\",\"family\":\"Nowak\""),
          "\xc5\x81. N." },
        { WITH_NAME("\"family\":\"Pereira da Silva\""), "P." },
        { WITH_NAME("\"given\":\" Ana\""), "A." },
        { WITH_NAME("\"knownAs\":\"Bean\""), NULL },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_form(rows[i].json, "2026-11-25", "child.name", FORM_INITIALS, rows[i].initials);
}

static void
an_address_is_a_district_or_half_a_postcode(void **state)
{
    static const struct {
        const char *json, *district, *postcode;
    } rows[] = {
        { WITH_ADDRESS("\"parish\":\"St Helier\",\"postcode\":\"JE2 3QA\""), "St Helier",
          "JE2" },
        { WITH_ADDRESS("\"town\":\"Leeds\",\"postcode\":\"ls12ab\""), "Leeds", "LS1" },
        { WITH_ADDRESS("\"postcode\":\"SW1A 1AA\""), NULL, "SW1A" },
        { WITH_ADDRESS("\"lines\":[\"4 Rue des Vignes\"],\"postcode\":\"JE\""), NULL, NULL },
        { WITH_ADDRESS("\"postcode\":\"4 Rue X\""), NULL, NULL },
        { WITH_ADDRESS("\"postcode\":\"JE23QA7\""), NULL, NULL },
        { WITH_ADDRESS("\"postcode\":\"JE2-3QA\""), NULL, NULL },
        { WITH_ADDRESS("\"postcode\":\"12345\""), NULL, NULL },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_form(rows[i].json, "2026-11-25", "concern.place", FORM_DISTRICT,
                    rows[i].district);
        assert_form(rows[i].json, "2026-11-25", "concern.place", FORM_POSTCODE_DISTRICT,
                    rows[i].postcode);
    }
}

static void
a_time_is_a_date_in_jersey_or_a_month(void **state)
{
    static const char json[] = A_CONCERN("\"seenAt\":\"2026-07-31T23:30:00Z\"");
    static const char needs[] =
        "{" CIRCUMSTANCES ",\"needs\":{" CHILD ",\"reviewDate\":\"2026-12\"}," SHARING "}";
    (void)state;

    assert_form(json, "2026-11-25", "concern.seen_at", FORM_DATE, "2026-08-01");
    assert_form(json, "2026-11-25", "concern.seen_at", FORM_MONTH, "2026-08");
    assert_form(needs, "2026-11-25", "needs.review_date", FORM_DATE, NULL);
    assert_form(needs, "2026-11-25", "needs.review_date", FORM_MONTH, "2026-12");
}

static void
a_summary_is_what_the_sender_wrote_and_never_a_cut(void **state)
{
    static const char with[] = A_CONCERN("\"factsObserved\":\"A long story.\","
                                         "\"factsObservedSummary\":\"A story.\"");
    static const char without[] = A_CONCERN("\"factsObserved\":\"A long story.\"");
    static const char alone[] = A_CONCERN("\"factsObservedSummary\":\"A story.\"");
    (void)state;

    assert_form(with, "2026-11-25", "concern.facts_observed", FORM_SUMMARY, "A story.");
    assert_form(without, "2026-11-25", "concern.facts_observed", FORM_SUMMARY, NULL);
    assert_form(alone, "2026-11-25", "concern.facts_observed", FORM_SUMMARY, "A story.");
    assert_form(alone, "2026-11-25", "concern.facts_observed", FORM_PRESENT, "");
}

static void
present_says_that_there_is_something_and_hidden_says_nothing(void **state)
{
    static const char json[] = A_CONCERN("\"injuries\":[{\"site\":\"HEAD\"}]");
    (void)state;

    assert_form(json, "2026-11-25", "concern.injuries", FORM_PRESENT, "");
    assert_form(json, "2026-11-25", "concern.adults", FORM_PRESENT, NULL);
    assert_form(json, "2026-11-25", "concern.injuries", FORM_HIDDEN, NULL);
}

static void
what_is_not_set_leaves_no_trace(void **state)
{
    struct message *message = read_message(
        "{" CIRCUMSTANCES ",\"concern\":{\"child\":{\"name\":{\"given\":\"L\"},"
        "\"homeAddress\":{}},\"place\":{\"lines\":[]},\"headline\":\"\",\"rag\":\"RED\","
        "\"immediateDanger\":false,\"source\":{},\"injuries\":[]}," SHARING "}");
    struct buffer fragments[FRAGMENTS];
    Kith__Fragment *fragment;
    (void)state;

    project(message, &forms_apart, "2026-11-25", fragments);
    fragment = unpack(&fragments[FORM_PRESENT]);
    assert_int_equal(fragment->n_reduced, 4); /* system, local id, name, rag */
    protobuf_c_message_free_unpacked(&fragment->base, NULL);
    fragment = unpack(&fragments[FORM_FULL]);
    assert_null(fragment->concern->child->home_address);
    assert_null(fragment->concern->place);
    assert_null(fragment->concern->source);
    protobuf_c_message_free_unpacked(&fragment->base, NULL);
    clear(fragments);
    message_free(&message);
}

static void
a_compartment_holds_the_most_detailed_form_only(void **state)
{
    struct message *message = read_message("{" CIRCUMSTANCES ",\"concern\":{" FULL_CHILD
                                           ",\"factsObserved\":\"Long.\",\"factsObserved"
                                           "Summary\":\"Short.\"}," SHARING "}");
    struct buffer fragments[FRAGMENTS];
    Kith__Fragment *fragment;
    (void)state;

    project(message, &together, "2026-11-25", fragments);
    fragment = unpack(&fragments[1]);
    assert_int_equal(fragment->n_reduced, 0);
    assert_string_equal(fragment->concern->child->name->family, "Le Marquand");
    assert_string_equal(fragment->concern->child->date_of_birth, "2016-11-30");
    assert_string_equal(fragment->concern->facts_observed, "Long.");
    assert_string_equal(fragment->concern->facts_observed_summary, "");
    protobuf_c_message_free_unpacked(&fragment->base, NULL);
    clear(fragments);
    message_free(&message);
}

static bool
holds(const struct buffer *packed, const char *words)
{
    return packed->len > 0 && memmem(packed->data, packed->len, words, strlen(words)) != NULL;
}

static void
full_values_and_others_never_share_a_compartment_by_accident(void **state)
{
    struct message *message = read_message("{" CIRCUMSTANCES ",\"concern\":{" FULL_CHILD
                                           ",\"rag\":\"RED\"}," SHARING "}");
    struct buffer fragments[FRAGMENTS];
    (void)state;

    project(message, &forms_apart, "2026-11-25", fragments);
    for (unsigned form = FORM_HIDDEN; form < FORM_FULL; form++) {
        assert_false(holds(&fragments[form], "Marquand"));
        assert_false(holds(&fragments[form], "Vignes"));
        assert_false(holds(&fragments[form], "11-30"));
    }
    assert_true(holds(&fragments[FORM_FULL], "Vignes"));
    assert_int_equal(fragments[FORM_HIDDEN].len, 0);
    clear(fragments);
    message_free(&message);
}

static void
what_is_not_wanted_stays_empty(void **state)
{
    struct message *message = read_message(A_CONCERN("\"rag\":\"RED\""));
    struct buffer fragments[FRAGMENTS];
    struct bits wanted = { { 0 } };
    struct problems problems;
    (void)state;

    for (size_t c = 0; c < FRAGMENTS; c++)
        buffer_init(&fragments[c], 1000);
    problems_init(&problems);
    bits_add(&wanted, FORM_PRESENT);
    assert_ok(message_project(message, &forms_apart, &wanted, (struct day){ 20000 }, fragments,
                              &problems));
    for (unsigned c = 0; c < FRAGMENTS; c++)
        assert_int_equal(fragments[c].len > 0, c == FORM_PRESENT);
    clear(fragments);
    message_free(&message);
}

/* Whatever an agreement puts together. */
static void
the_longest_message_that_is_taken_can_be_sealed(void **state)
{
    char *json = NULL;
    struct message *message;
    struct buffer fragments[FRAGMENTS];
    (void)state;

    assert_true(asprintf(&json,
                         A_CONCERN("\"factsObserved\":\"x\",\"factsObservedSummary\":\"%0*d\","
                                   "\"childWords\":\"%0*d\""),
                         MESSAGE_PACKED_MAX / 2, 0, MESSAGE_PACKED_MAX / 2 - 200, 0)
                > 0);
    message = read_message(json);
    project(message, &together, "2026-11-25", fragments);
    assert_in_range(fragments[1].len, 20000, SIZE_CLASS_MAX - 100);
    clear(fragments);
    project(message, &forms_apart, "2026-11-25", fragments);
    for (unsigned c = 0; c < FRAGMENTS; c++)
        assert_in_range(fragments[c].len, 0, SIZE_CLASS_MAX - 100);
    clear(fragments);
    message_free(&message);
    free(json);
}

static void
what_does_not_fit_is_refused(void **state)
{
    struct message *message = read_message(A_CONCERN(
        "\"headline\":\"short\",\"safetySteps\":\"A text that is longer than the room.\""));
    struct buffer fragments[2];
    struct bits wanted = { { 2 } };
    struct problems problems;
    (void)state;

    buffer_init(&fragments[0], 0);
    buffer_init(&fragments[1], 40);
    problems_init(&problems);
    assert_err(message_project(message, &together, &wanted, (struct day){ 20000 }, fragments,
                               &problems),
               ERR_TOO_BIG);
    assert_int_equal(problems.count, 1);
    assert_null(strstr(problems.list[0].reason, "longer than the room"));
    problems_clear(&problems);
    buffer_clear(&fragments[1]);
    message_free(&message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_of_birth_is_an_age_band_or_a_year),
        cmocka_unit_test(a_name_is_its_initials),
        cmocka_unit_test(an_address_is_a_district_or_half_a_postcode),
        cmocka_unit_test(a_time_is_a_date_in_jersey_or_a_month),
        cmocka_unit_test(a_summary_is_what_the_sender_wrote_and_never_a_cut),
        cmocka_unit_test(present_says_that_there_is_something_and_hidden_says_nothing),
        cmocka_unit_test(what_is_not_set_leaves_no_trace),
        cmocka_unit_test(a_compartment_holds_the_most_detailed_form_only),
        cmocka_unit_test(full_values_and_others_never_share_a_compartment_by_accident),
        cmocka_unit_test(what_is_not_wanted_stays_empty),
        cmocka_unit_test(the_longest_message_that_is_taken_can_be_sealed),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };

    return RUN(tests);
}
