#include "sample.h"

#include "fragment.pb-c.h"
#include "wire/strict.h"

static const char leah[] =
    "{\"circumstances\":{\"system\":\"MIS\",\"localId\":\"4471\",\"occurredAt\":"
    "\"2026-11-25T17:25:00Z\"},\"concern\":{\"child\":{\"name\":{\"given\":\"Leah\","
    "\"family\":\"Le Marquand\"},\"dateOfBirth\":\"2016-11-30\",\"homeAddress\":{\"parish\":"
    "\"St Helier\",\"postcode\":\"JE2 3QA\"}},\"kind\":\"SCHOOL_CONCERN\",\"factsObserved\":"
    "\"Long.\",\"factsObservedSummary\":\"Short.\"}," SHARING "}";

/* What a reader holds who was given the compartments of these forms. */
static struct received *
receive(const char *json, const struct placement *placement, unsigned first, unsigned last)
{
    struct message *message = read_message(json);
    struct received *received = received_new(message_kind(message));
    struct buffer fragments[FRAGMENTS];
    size_t misfiled = 0;

    project(message, placement, "2026-11-25", fragments);
    for (unsigned c = first; c <= last; c++)
        assert_ok(received_add(received, c, buffer_bytes(&fragments[c]), placement, &misfiled));
    assert_int_equal(misfiled, 0);
    clear(fragments);
    message_free(&message);
    return received;
}

static void
assert_given(const struct received *received, const char *name, enum form form,
             const char *text)
{
    const char *given;

    assert_string_equal(form_name(received_form(received, number_of(name), &given)),
                        form_name(form));
    assert_string_equal(given, text);
}

static void
of_each_field_the_most_detailed_form_is_kept(void **state)
{
    struct received *received = receive(leah, &forms_apart, FORM_PRESENT, FORM_DISTRICT);
    (void)state;

    assert_given(received, "child.name", FORM_INITIALS, "L. L.");
    assert_given(received, "child.date_of_birth", FORM_YEAR, "2016");
    assert_given(received, "child.home_address", FORM_DISTRICT, "St Helier");
    assert_given(received, "circumstances.occurred_at", FORM_DATE, "2026-11-25");
    assert_given(received, "concern.kind", FORM_PRESENT, "");
    assert_given(received, "concern.facts_observed", FORM_PRESENT, "");
    assert_given(received, "concern.injuries", FORM_HIDDEN, "");
    received_free(&received);
    assert_null(received);
}

static void
an_attendance_of_0_per_cent_is_told(void **state)
{
    static const char never[] = A_CONCERN("\"attendance\":{\"percent\":0}");
    struct received *present = receive(never, &forms_apart, FORM_PRESENT, FORM_PRESENT);
    struct received *full = receive(never, &forms_apart, FORM_PRESENT, FORM_FULL);
    struct buffer json;
    (void)state;

    buffer_init(&json, 10000);
    received_write_json(full, &json);
    assert_given(present, "attendance.percent", FORM_PRESENT, "");
    assert_given(full, "attendance.percent", FORM_FULL, "");
    assert_says(buffer_text(&json), "\"percent\":0");
    assert_given(full, "attendance.times_late", FORM_HIDDEN, "");
    buffer_clear(&json);
    received_free(&present);
    received_free(&full);
}

static void
the_order_of_the_fragments_does_not_matter(void **state)
{
    struct message *message = read_message(leah);
    struct received *up = received_new(KIND_CONCERN), *down = received_new(KIND_CONCERN);
    struct buffer fragments[FRAGMENTS], up_json, down_json;
    size_t misfiled = 0;
    (void)state;

    buffer_init(&up_json, 10000);
    buffer_init(&down_json, 10000);
    project(message, &forms_apart, "2026-11-25", fragments);
    for (unsigned c = FORM_PRESENT; c <= FORM_FULL; c++)
        assert_ok(received_add(up, c, buffer_bytes(&fragments[c]), &forms_apart, &misfiled));
    for (unsigned c = FORM_FULL; c >= FORM_PRESENT; c--)
        assert_ok(received_add(down, c, buffer_bytes(&fragments[c]), &forms_apart, &misfiled));
    received_write_json(up, &up_json);
    received_write_json(down, &down_json);
    assert_int_equal(misfiled, 0);
    assert_string_equal(buffer_text(&up_json), buffer_text(&down_json));
    assert_given(up, "concern.facts_observed", FORM_FULL, "");
    assert_null(strstr(buffer_text(&up_json), "Short."));
    assert_says(buffer_text(&up_json), "\"reduced\":[]");
    buffer_clear(&up_json);
    buffer_clear(&down_json);
    received_free(&up);
    received_free(&down);
    clear(fragments);
    message_free(&message);
}

static void
what_was_given_is_written_as_json(void **state)
{
    struct received *received = receive(leah, &forms_apart, FORM_AGE_BAND, FORM_AGE_BAND);
    struct buffer out;
    (void)state;

    buffer_init(&out, 10000);
    received_write_json(received, &out);
    assert_string_equal(buffer_text(&out),
                        "{\"reduced\":[{\"field\":\"child.date_of_birth\",\"label\":\"Date of "
                        "birth\",\"form\":\"age-band\",\"text\":\"5 to 9\"}]}");
    received_free(&received);
    buffer_reset(&out);
    received = receive(leah, &forms_apart, FORM_SUMMARY, FORM_SUMMARY);
    received_write_json(received, &out);
    assert_string_equal(buffer_text(&out),
                        "{\"concern\":{\"factsObservedSummary\":\"Short.\"},\"reduced\":[{"
                        "\"field\":\"concern.facts_observed\",\"label\":\"What was seen\","
                        "\"form\":\"summary\",\"text\":\"Short.\"}]}");
    received_free(&received);
    buffer_clear(&out);
}

static void
a_fragment_that_protobuf_would_not_write_adds_nothing(void **state)
{
    static const uint8_t bad[] = { 0x12, 0x02, 0x18, 0x03, 0x12, 0x00 };
    static const uint8_t no_such_date[] = "\x12\x0c\x0a\x0a\x22\x08"
                                          "2016-13-";
    struct received *received = received_new(KIND_CONCERN);
    size_t misfiled = 0;
    (void)state;

    assert_err(received_add(received, 1, bytes_of(bad, sizeof(bad)), &together, &misfiled),
               ERR_MALFORMED);
    assert_err(received_add(received, 1, bytes_of(no_such_date, sizeof(no_such_date) - 1),
                            &together, &misfiled),
               ERR_MALFORMED);
    assert_int_equal(misfiled, 0);
    assert_given(received, "concern.kind", FORM_HIDDEN, "");
    received_free(&received);
}

static size_t
misfiled_in(const Kith__Fragment *fragment, unsigned c, const struct placement *placement,
            enum kind kind, bool *added)
{
    struct received *received = received_new(kind);
    struct buffer packed, json;
    size_t misfiled = 0;

    buffer_init(&packed, 10000);
    buffer_init(&json, 10000);
    strict_pack(&fragment->base, &packed);
    assert_ok(received_add(received, c, buffer_bytes(&packed), placement, &misfiled));
    received_write_json(received, &json);
    *added = strstr(buffer_text(&json), "CANARY") != NULL;
    received_free(&received);
    buffer_clear(&packed);
    buffer_clear(&json);
    return misfiled;
}

static void
what_stands_in_the_wrong_compartment_is_left_out_and_counted(void **state)
{
    Kith__Fragment fragment = KITH__FRAGMENT__INIT;
    Kith__Concern concern = KITH__CONCERN__INIT;
    Kith__Reduced reduced = KITH__REDUCED__INIT, *list[] = { &reduced };
    bool added;
    (void)state;

    fragment.concern = &concern;
    concern.headline = (char *)"CANARY";
    assert_int_equal(misfiled_in(&fragment, FORM_FULL, &forms_apart, KIND_CONCERN, &added), 0);
    assert_true(added);
    assert_int_equal(misfiled_in(&fragment, FORM_YEAR, &forms_apart, KIND_CONCERN, &added), 1);
    assert_false(added);
    assert_int_equal(misfiled_in(&fragment, 0, &forms_apart, KIND_CONCERN, &added), 1);
    assert_false(added);
    assert_int_equal(misfiled_in(&fragment, 1, &together, KIND_NEEDS, &added), 1);
    assert_false(added);

    concern.headline = (char *)"";
    concern.facts_observed_summary = (char *)"CANARY"; /* a summary travels as reduced */
    concern.privileged = 1;
    assert_int_equal(misfiled_in(&fragment, 1, &together, KIND_CONCERN, &added), 2);
    assert_false(added);

    fragment.concern = NULL;
    fragment.reduced = list;
    fragment.n_reduced = 1;
    reduced.text = (char *)"CANARY";
    reduced.form = KITH__FORM__CODE__SUMMARY;
    reduced.field = number_of("concern.facts_observed");
    assert_int_equal(misfiled_in(&fragment, FORM_SUMMARY, &forms_apart, KIND_CONCERN, &added),
                     0);
    assert_true(added);
    assert_int_equal(misfiled_in(&fragment, FORM_FULL, &forms_apart, KIND_CONCERN, &added), 1);
    assert_false(added);
    reduced.field = number_of("concern.headline"); /* no summary on its ladder */
    assert_int_equal(misfiled_in(&fragment, 1, &together, KIND_CONCERN, &added), 1);
    reduced.field = 60000;
    assert_int_equal(misfiled_in(&fragment, 1, &together, KIND_CONCERN, &added), 1);
    reduced.field = UINT32_MAX;
    assert_int_equal(misfiled_in(&fragment, 1, &together, KIND_CONCERN, &added), 1);
    reduced.field = number_of("child.date_of_birth");
    reduced.form = KITH__FORM__CODE__YEAR; /* longer than a year */
    assert_int_equal(misfiled_in(&fragment, 1, &together, KIND_CONCERN, &added), 1);
    assert_false(added);
    reduced.form = KITH__FORM__CODE__PRESENT;
    assert_int_equal(misfiled_in(&fragment, 1, &together, KIND_CONCERN, &added), 1);
    reduced.form = KITH__FORM__CODE__HIDDEN;
    assert_int_equal(misfiled_in(&fragment, 1, &together, KIND_CONCERN, &added), 1);
    assert_false(added);
}

static void
the_same_fragment_twice_changes_nothing(void **state)
{
    struct message *message = read_message(leah);
    struct received *received = received_new(KIND_CONCERN);
    struct buffer fragments[FRAGMENTS];
    size_t misfiled = 0;
    (void)state;

    project(message, &together, "2026-11-25", fragments);
    for (size_t i = 0; i < 2; i++)
        assert_ok(received_add(received, 1, buffer_bytes(&fragments[1]), &together, &misfiled));
    assert_int_equal(misfiled, 0);
    assert_given(received, "child.name", FORM_FULL, "");
    received_free(&received);
    clear(fragments);
    message_free(&message);
}

static void
everything_given_is_the_message_again(void **state)
{
    struct received *received = receive(leah, &together, 1, 1);
    struct buffer out;
    (void)state;

    buffer_init(&out, 10000);
    received_write_json(received, &out);
    assert_string_equal(
        buffer_text(&out),
        "{\"circumstances\":{\"system\":\"MIS\",\"localId\":\"4471\",\"occurredAt\":"
        "\"2026-11-25T17:25:00Z\"},\"concern\":{\"child\":{\"name\":{\"given\":\"Leah\","
        "\"family\":\"Le Marquand\"},\"dateOfBirth\":\"2016-11-30\",\"homeAddress\":{"
        "\"parish\":\"St Helier\",\"postcode\":\"JE2 3QA\"}},\"kind\":\"SCHOOL_CONCERN\","
        "\"factsObserved\":\"Long.\"},\"reduced\":[]}");
    received_free(&received);
    buffer_clear(&out);
}

static void
the_header_comes_back_and_nothing_else_is_taken_for_one(void **state)
{
    struct header header = { .notice_id = "0123456789abcde",
                             .revision = 2,
                             .schema = 1,
                             .type = KIND_NEEDS,
                             .purpose_count = 2,
                             .purposes = { "safeguarding", "direct-care" } };
    struct header back;
    struct buffer packed;
    size_t cut = 0;
    (void)state;

    buffer_init(&packed, 1000);
    assert_ok(header_pack(&header, &packed));
    assert_ok(header_unpack(&back, buffer_bytes(&packed)));
    assert_memory_equal(&back, &header, sizeof(header));
    for (size_t len = 0; len < packed.len; len++)
        if (header_unpack(&back, bytes_of(packed.data, len)) == ERR_OK)
            assert_memory_equal(back.notice_id, header.notice_id, NOTICE_ID);
        else
            cut++;
    assert_true(cut > packed.len - 4);
    packed.data[1] = 15; /* a notice id of 15 bytes */
    memmove(packed.data + 2, packed.data + 3, packed.len - 3);
    assert_err(header_unpack(&back, bytes_of(packed.data, packed.len - 1)), ERR_MALFORMED);
    buffer_reset(&packed);
    header.type = KIND_NONE;
    assert_ok(header_pack(&header, &packed));
    assert_err(header_unpack(&back, buffer_bytes(&packed)), ERR_MALFORMED);
    buffer_reset(&packed);
    header.type = KIND_NEEDS;
    header.purposes[1][0] = 0; /* a purpose without a name */
    assert_ok(header_pack(&header, &packed));
    assert_err(header_unpack(&back, buffer_bytes(&packed)), ERR_MALFORMED);
    header.purpose_count = MESSAGE_PURPOSES_MAX + 1;
    assert_err(header_pack(&header, &packed), ERR_TOO_BIG);
    buffer_clear(&packed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_each_field_the_most_detailed_form_is_kept),
        cmocka_unit_test(an_attendance_of_0_per_cent_is_told),
        cmocka_unit_test(the_order_of_the_fragments_does_not_matter),
        cmocka_unit_test(what_was_given_is_written_as_json),
        cmocka_unit_test(a_fragment_that_protobuf_would_not_write_adds_nothing),
        cmocka_unit_test(what_stands_in_the_wrong_compartment_is_left_out_and_counted),
        cmocka_unit_test(the_same_fragment_twice_changes_nothing),
        cmocka_unit_test(everything_given_is_the_message_again),
        cmocka_unit_test(the_header_comes_back_and_nothing_else_is_taken_for_one),
    };

    return RUN(tests);
}
