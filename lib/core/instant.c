#include "core/instant.h"

#include <stdio.h>
#include <string.h>

#define HOUR_MS (60 * 60 * INT64_C(1000))

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

bool
instant_is_before(struct instant a, struct instant b)
{
    return a.ms < b.ms;
}

struct instant
instant_after(struct instant from, int64_t ms)
{
    return (struct instant){ from.ms + ms };
}

/* Both directions: Howard Hinnant, "chrono-compatible low-level date algorithms". */
struct day
day_from_civil(struct civil civil)
{
    int64_t y = civil.month <= 2 ? civil.year - 1 : civil.year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t month = (civil.month + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + civil.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (struct day){ (int32_t)(era * 146097 + day_of_era - 719468) };
}

struct civil
day_to_civil(struct day day)
{
    int64_t z = day.number + INT64_C(719468);
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct civil civil = {
        .year = (int)(year_of_era + era * 400),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };

    civil.year += civil.month <= 2;
    return civil;
}

static int
days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

bool
civil_exists(struct civil civil)
{
    return civil.year >= 1 && civil.year <= 9999 && civil.month >= 1 && civil.month <= 12
           && civil.day >= 1 && civil.day <= days_in_month(civil.year, civil.month);
}

/* 01:00 UTC on the last Sunday of that month. */
static int64_t
clocks_change_ms(int year, int month)
{
    struct day last = day_from_civil((struct civil){ year, month, 31 });
    int weekday =
        (int)((last.number % 7 + 11) % 7); /* 1970-01-01 was a Thursday: Sunday is 0 */

    return (last.number - weekday) * DAY_MS + HOUR_MS;
}

static struct instant
jersey_clock(struct instant instant)
{
    int year = day_to_civil((struct day){ (int32_t)floor_div(instant.ms, DAY_MS) }).year;
    bool summer =
        instant.ms >= clocks_change_ms(year, 3) && instant.ms < clocks_change_ms(year, 10);

    return instant_after(instant, summer ? HOUR_MS : 0);
}

struct day
instant_day(struct instant instant)
{
    return (struct day){ (int32_t)floor_div(jersey_clock(instant).ms, DAY_MS) };
}

void
instant_write(char text[INSTANT_TEXT], struct instant instant)
{
    int64_t day = floor_div(instant.ms, DAY_MS), ms = instant.ms - day * DAY_MS;
    struct civil civil = day_to_civil((struct day){ (int32_t)day });
    int len =
        snprintf(text, INSTANT_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", civil.year, civil.month,
                 civil.day, (int)(ms / HOUR_MS), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60));

    if (ms % 1000 != 0)
        len += snprintf(text + len, INSTANT_TEXT - (size_t)len, ".%03d", (int)(ms % 1000));
    snprintf(text + len, INSTANT_TEXT - (size_t)len, "Z");
}

void
instant_write_local(char text[INSTANT_TEXT], struct instant instant)
{
    static const char *const weekdays[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct instant local = jersey_clock(instant);
    int64_t day = floor_div(local.ms, DAY_MS), ms = local.ms - day * DAY_MS;
    struct civil civil = day_to_civil((struct day){ (int32_t)day });

    snprintf(text, INSTANT_TEXT, "%s %d %s %d %02d:%02d", weekdays[day - floor_div(day, 7) * 7],
             civil.day, months[civil.month - 1], civil.year, (int)(ms / HOUR_MS),
             (int)(ms / 60000 % 60));
}

/* Exactly count digits; moves on past them. */
static bool
read_digits(const char **at, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *value = *value * 10 + (**at - '0');
    }
    return true;
}

static bool
read_char(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool
read_civil(const char **at, struct civil *civil)
{
    return read_digits(at, 4, &civil->year) && read_char(at, '-')
           && read_digits(at, 2, &civil->month) && read_char(at, '-')
           && read_digits(at, 2, &civil->day) && civil_exists(*civil);
}

/* ".123456789": the milliseconds of it. */
static bool
read_fraction(const char **at, int *ms)
{
    int digits = 0;

    *ms = 0;
    if (!read_char(at, '.'))
        return true;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++)
        if (digits < 3)
            *ms = *ms * 10 + (**at - '0');
    for (int i = digits; i < 3; i++)
        *ms *= 10;
    return digits >= 1 && digits <= 9;
}

static bool
read_offset(const char **at, int *minutes)
{
    int sign, hours, mins;

    *minutes = 0;
    if (read_char(at, 'Z'))
        return true;
    sign = **at == '-' ? -1 : 1;
    if (!read_char(at, '+') && !read_char(at, '-'))
        return false;
    if (!read_digits(at, 2, &hours) || !read_char(at, ':') || !read_digits(at, 2, &mins))
        return false;
    *minutes = sign * (hours * 60 + mins);
    return hours <= 23 && mins <= 59;
}

bool
instant_read(struct instant *instant, const char *text)
{
    struct civil civil;
    int hour, minute, second, ms, offset;

    if (!read_civil(&text, &civil) || !read_char(&text, 'T'))
        return false;
    if (!read_digits(&text, 2, &hour) || !read_char(&text, ':')
        || !read_digits(&text, 2, &minute) || !read_char(&text, ':')
        || !read_digits(&text, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    if (!read_fraction(&text, &ms) || !read_offset(&text, &offset) || *text != 0)
        return false;
    instant->ms = day_from_civil(civil).number * DAY_MS
                  + (hour * 60 + minute - offset) * INT64_C(60000) + second * 1000 + ms;
    return true;
}

bool
instant_exists(struct instant instant)
{
    int64_t first = day_from_civil((struct civil){ 1, 1, 1 }).number;
    int64_t last = day_from_civil((struct civil){ 9999, 12, 31 }).number;
    int64_t day = floor_div(instant.ms, DAY_MS);

    return day >= first && day <= last;
}

bool
day_read(struct day *day, const char *text)
{
    struct civil civil;

    if (!read_civil(&text, &civil) || *text != 0)
        return false;
    *day = day_from_civil(civil);
    return true;
}

void
day_write(char text[DAY_TEXT], struct day day)
{
    struct civil civil = day_to_civil(day);

    snprintf(text, DAY_TEXT, "%04d-%02d-%02d", civil.year % 10000, civil.month % 100,
             civil.day % 100);
}

int
day_years_between(struct day born, struct day on)
{
    struct civil from = day_to_civil(born), to = day_to_civil(on);
    bool birthday_passed =
        to.month > from.month || (to.month == from.month && to.day >= from.day);

    return to.year - from.year - !birthday_passed;
}
