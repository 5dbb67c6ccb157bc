#include "sample.h"

#include "message/alike.h"

struct row {
    const char *name, *birth; /* of the message: members of a name, a date */
    const char *given, *family, *date_of_birth;
    bool contradicts;
};

static bool
contradicts(const struct row *row, unsigned form)
{
    struct received *received = received_new(KIND_CONCERN);
    struct buffer fragments[FRAGMENTS];
    struct message *message;
    size_t misfiled = 0;
    char json[600];
    struct day on;
    bool answer;

    snprintf(json, sizeof(json),
             "{" CIRCUMSTANCES ",\"concern\":{\"headline\":\"x\",\"child\":{\"unborn\":%s,"
             "\"name\":{%s},\"dateOfBirth\":\"%s\"}}," SHARING "}",
             row->birth[0] == 0 ? "true" : "false", row->name, row->birth);
    message = read_message(json);
    project(message, &forms_apart, "2026-11-25", fragments);
    assert_ok(
        received_add(received, form, buffer_bytes(&fragments[form]), &forms_apart, &misfiled));
    assert_true(day_read(&on, "2026-11-25"));
    answer = received_contradicts(received, row->given, row->family, row->date_of_birth, on);
    received_free(&received);
    clear(fragments);
    message_free(&message);
    return answer;
}

static void
assert_rows(const struct row *rows, size_t count, unsigned form)
{
    for (size_t i = 0; i < count; i++)
        if (contradicts(&rows[i], form) != rows[i].contradicts)
            fail_msg("%s, %s and %s %s, %s as %s: %s", rows[i].name, rows[i].birth,
                     rows[i].given, rows[i].family, rows[i].date_of_birth,
                     form_name((enum form)form),
                     rows[i].contradicts ? "no contradiction" : "a contradiction");
}

#define LEN(rows) (sizeof(rows) / sizeof((rows)[0]))
#define LEAH      "\"given\":\"Leah\",\"family\":\"Le Marquand\""

static void
full_names_and_dates_are_compared(void **state)
{
    static const struct row rows[] = {
        { LEAH, "2016-11-30", "Leah", "Le Marquand", "2016-11-30", false },
        { LEAH, "2016-11-30", "LEAH", "le marquand", "2016-11-30", false },
        { LEAH, "2016-11-30", "Leah Jane", "Marquand", "2016-11-30", false },
        { LEAH, "2016-11-30", "Noah", "Le Marquand", "2016-11-30", true }, /* the twin */
        { LEAH, "2016-11-30", "Leah", "Le Brocq", "2016-11-30", true },    /* only "Le" */
        { LEAH, "2016-11-30", "Leah", "Le Marquand", "2016-11-29", true },
        { LEAH, "2016-11", "Leah", "Le Marquand", "2016-11-30", false },
        { LEAH, "2016-10", "Leah", "Le Marquand", "2016-11-30", true },
        { LEAH, "2016", "Leah", "Le Marquand", "2016-11", false },
        { LEAH, "", "Leah", "Le Marquand", "2016-11-30", false },
        { LEAH, "2016-11-30", NULL, NULL, NULL, false },
        { LEAH, "2016-11-30", "", "", "", false },
        { "\"given\":\"Elizabeth\",\"knownAs\":\"Lily\",\"family\":\"Vibert\"", "", "Lily",
          "Vibert", NULL, false },
        { "\"given\":\"\xc5\x81ukasz\",\"family\":\"W\xc3\xb3jcik\"", "", "Lukasz", "Wojcik",
          NULL, false },
        { "\"given\":\"Jo\xc3\xa3o\",\"family\":\"da Silva-Pereira\"", "", "Joao", "Pereira",
          NULL, false },
        { "\"given\":\"Jo\xc3\xa3o\",\"family\":\"da Silva\"", "", "Jo\xc3\xa3o", "da Costa",
          NULL, true },
        { "\"given\":\"Niamh\",\"family\":\"O'Neill\"", "", "Niamh", "ONeill", NULL, false },
        { "\"given\":\"Li\",\"family\":\"Wu\"", "", "Li", "Wu", NULL, false },
        { "\"family\":\"Vibert\"", "", "Lily", "Vibert", NULL, false },
    };
    (void)state;

    assert_rows(rows, LEN(rows), FORM_FULL);
}

static void
initials_are_compared(void **state)
{
    static const struct row rows[] = {
        { LEAH, "", "Leah", "Le Marquand", NULL, false },
        { LEAH, "", "Lucy", "Marquand Luce", NULL, false },
        { LEAH, "", "Noah", "Le Marquand", NULL, true },
        { LEAH, "", "Leah", "Vibert", NULL, true },
        { LEAH, "", "Leah", NULL, NULL, false },
        { "\"family\":\"Vibert\"", "", "Lily", "Vibert", NULL, false },
        { "\"family\":\"Vibert\"", "", "Lily", "Marett", NULL, true },
        { "\"given\":\"\xc3\x81lvaro\",\"family\":\"Reis\"", "", "alvaro", "reis", NULL,
          false },
    };
    (void)state;

    assert_rows(rows, LEN(rows), FORM_INITIALS);
}

static void
years_and_age_bands_are_compared(void **state)
{
    static const struct row years[] = {
        { LEAH, "2016-11-30", NULL, NULL, "2016-01-01", false },
        { LEAH, "2016-11-30", NULL, NULL, "2015-11-30", true },
    };
    static const struct row bands[] = {
        { LEAH, "2016-11-30", NULL, NULL, "2017-11-30", false }, /* 5 to 9, both */
        { LEAH, "2016-11-30", NULL, NULL, "2016-11-25", true },  /* ten on that day */
        { LEAH, "2016-11-30", NULL, NULL, "2016-11", false },    /* may be either */
    };
    (void)state;

    assert_rows(years, LEN(years), FORM_YEAR);
    assert_rows(bands, LEN(bands), FORM_AGE_BAND);
}

static void
what_is_not_shown_contradicts_nothing(void **state)
{
    static const struct row rows[] = {
        { LEAH, "2016-11-30", "Noah", "Vibert", "2001-01-01", false },
    };
    (void)state;

    assert_rows(rows, LEN(rows), FORM_PRESENT);
    assert_rows(rows, LEN(rows), FORM_MONTH);
}

static void
names_are_alike_by_a_word_that_tells_something(void **state)
{
    (void)state;

    assert_true(names_alike("Anne-Marie", "marie"));
    assert_true(names_alike("", "anything"));
    assert_true(names_alike("Da", "da"));
    assert_false(names_alike("da Silva", "da Costa"));
    assert_false(names_alike("Ann", "Anna"));
    assert_true(names_alike("\xce\x94", "\xce\x94")); /* beyond Latin: itself */
    assert_false(names_alike("\xce\x94", "\xce\x95"));
    assert_true(initial_alike("\xc5\x81.", "lukasz"));
    assert_false(initial_alike("N.", "Leah"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_names_and_dates_are_compared),
        cmocka_unit_test(initials_are_compared),
        cmocka_unit_test(years_and_age_bands_are_compared),
        cmocka_unit_test(what_is_not_shown_contradicts_nothing),
        cmocka_unit_test(names_are_alike_by_a_word_that_tells_something),
    };

    return RUN(tests);
}
