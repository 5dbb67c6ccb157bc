#include "../check.h"

#include "core/instant.h"

static void
times_are_read_as_rfc_3339_and_written_in_utc(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "2026-11-25T17:25:00Z", "2026-11-25T17:25:00Z" },
        { "2026-11-25T17:25:00.5Z", "2026-11-25T17:25:00.500Z" },
        { "2026-06-01T00:30:00+01:00", "2026-05-31T23:30:00Z" },
        { "1969-12-31T23:59:59.999-00:00", "1969-12-31T23:59:59.999Z" },
        { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct instant instant;
        char text[INSTANT_TEXT];

        assert_true(instant_read(&instant, rows[i].in));
        instant_write(text, instant);
        assert_string_equal(text, rows[i].out);
    }
}

static void
what_is_not_a_time_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "2026-11-25",
        "2026-11-25T17:25Z",
        "2026-11-25 17:25:00Z",
        "2026-02-29T00:00:00Z",
        "2026-11-25T24:00:00Z",
        "2026-11-25T23:59:60Z",
        "2026-11-25T17:25:00",
        "2026-13-01T00:00:00Z",
        "2026-11-25T17:25:00.Z",
        "2026-11-25T17:25:00Z ",
        "2026-11-25T17:25:00+25:00",
        "10000-01-01T00:00:00Z",
        "2026-11-25T17:25:00.1234567890Z",
    };
    struct instant instant;
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_false(instant_read(&instant, rows[i]));
}

static void
every_day_of_four_centuries_comes_back(void **state)
{
    struct day first = day_from_civil((struct civil){ 1800, 1, 1 });
    struct day last = day_from_civil((struct civil){ 2200, 12, 31 });
    (void)state;

    assert_int_equal(day_from_civil((struct civil){ 1970, 1, 1 }).number, 0);
    for (int32_t number = first.number; number <= last.number; number++) {
        struct civil civil = day_to_civil((struct day){ number });

        assert_true(civil_exists(civil));
        assert_int_equal(day_from_civil(civil).number, number);
    }
}

static void
jersey_is_an_hour_ahead_in_summer(void **state)
{
    struct instant instant;
    char text[INSTANT_TEXT];
    (void)state;

    assert_true(instant_read(&instant, "2026-07-01T23:30:00Z"));
    day_write(text, instant_day(instant));
    assert_string_equal(text, "2026-07-02");
    assert_true(instant_read(&instant, "2026-12-01T23:30:00Z"));
    day_write(text, instant_day(instant));
    assert_string_equal(text, "2026-12-01");
    /* The clocks go back at 01:00 UTC on 25 October 2026. */
    assert_true(instant_read(&instant, "2026-10-25T00:59:59Z"));
    instant_write_local(text, instant);
    assert_string_equal(text, "Sun 25 Oct 2026 01:59");
    assert_true(instant_read(&instant, "2026-10-25T01:00:00Z"));
    instant_write_local(text, instant);
    assert_string_equal(text, "Sun 25 Oct 2026 01:00");
}

static void
ages_are_counted_by_birthdays(void **state)
{
    struct day born, on;
    (void)state;

    assert_true(day_read(&born, "2016-02-29"));
    assert_true(day_read(&on, "2026-02-28"));
    assert_int_equal(day_years_between(born, on), 9);
    assert_true(day_read(&on, "2026-03-01"));
    assert_int_equal(day_years_between(born, on), 10);
    assert_false(day_read(&on, "2026-02-30"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_rfc_3339_and_written_in_utc),
        cmocka_unit_test(what_is_not_a_time_is_refused),
        cmocka_unit_test(every_day_of_four_centuries_comes_back),
        cmocka_unit_test(jersey_is_an_hour_ahead_in_summer),
        cmocka_unit_test(ages_are_counted_by_birthdays),
    };

    return RUN(tests);
}
