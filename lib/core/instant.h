#ifndef KITH_CORE_INSTANT_H
#define KITH_CORE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Time as an argument.  An instant is a point in time, in milliseconds since
 * 1970-01-01T00:00Z; a day is a calendar date, in days since 1970-01-01.  Only the
 * shells read a clock; everything below is handed the time.
 *
 * The agreement's dates are dates in Jersey, which keeps UK time: UTC, and one hour
 * ahead from the last Sunday of March to the last Sunday of October, both at 01:00 UTC.
 */
struct instant {
    int64_t ms;
};

struct day {
    int32_t number;
};

/* Now, as a shell hands it to a core: the wall clock for what is signed, and a clock that
   is never set for how long to wait. */
struct moment {
    struct instant wall;
    int64_t steady_ms;
};

#define DAY_MS       (24 * 60 * 60 * INT64_C(1000))
#define INSTANT_TEXT 32 /* room for a written instant and its NUL */
#define DAY_TEXT     20

bool instant_is_before(struct instant a, struct instant b);
struct instant instant_after(struct instant from, int64_t ms);

/* The calendar date in Jersey at that instant. */
struct day instant_day(struct instant instant);

/* RFC 3339, UTC, "2026-11-25T17:25:00Z" (with .mmm when not a whole second). */
void instant_write(char text[INSTANT_TEXT], struct instant instant);
/* RFC 3339 with any offset and up to nine decimals (cut to milliseconds); years 0001
   to 9999.  A leap second is refused. */
bool instant_read(struct instant *instant, const char *text);
/* In the years 0001 to 9999 of UTC, where an offset can lead out of. */
bool instant_exists(struct instant instant);
/* As a person in Jersey reads it: "Wed 25 Nov 2026 17:25". */
void instant_write_local(char text[INSTANT_TEXT], struct instant instant);

struct civil {
    int year, month, day;
};

struct day day_from_civil(struct civil civil);
struct civil day_to_civil(struct day day);
bool civil_exists(struct civil civil);
/* "YYYY-MM-DD", a date that exists. */
bool day_read(struct day *day, const char *text);
void day_write(char text[DAY_TEXT], struct day day);
/* Whole years between the two dates, as an age is counted; negative before birth. */
int day_years_between(struct day born, struct day on);

#endif
