#include "message/date.h"

#include <string.h>

static bool
is_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

static int
two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

bool
date_read(struct date *date, const char *text)
{
    size_t len = strlen(text);
    struct date read = { 0 };

    if (len != 4 && len != 7 && len != 10)
        return false;
    if (!is_digits(text, 4) || (len > 4 && (text[4] != '-' || !is_digits(text + 5, 2)))
        || (len > 7 && (text[7] != '-' || !is_digits(text + 8, 2))))
        return false;
    read.year = two_digits(text) * 100 + two_digits(text + 2);
    if (len > 4)
        read.month = two_digits(text + 5);
    if (len > 7)
        read.day = two_digits(text + 8);
    if (!civil_exists(
            (struct civil){ read.year, len > 4 ? read.month : 1, len > 7 ? read.day : 1 }))
        return false;
    *date = read;
    return true;
}

bool
date_is_member(const char *name)
{
    static const char last[] = "_date";
    size_t len = strlen(name), last_len = sizeof(last) - 1;

    return strcmp(name, "date") == 0 || strncmp(name, "date_of_", strlen("date_of_")) == 0
           || (len > last_len && strcmp(name + len - last_len, last) == 0);
}

static const char *
band_of(int years)
{
    return years < 0     ? "unborn"
           : years < 1   ? "under 1"
           : years <= 4  ? "1 to 4"
           : years <= 9  ? "5 to 9"
           : years <= 15 ? "10 to 15"
           : years <= 17 ? "16 to 17"
                         : "18 or over";
}

static int
last_day_of(int year, int month)
{
    int day = 31;

    while (!civil_exists((struct civil){ year, month, day }))
        day--;
    return day;
}

const char *
date_age_band(struct date born, struct day on)
{
    struct civil first = { born.year, born.month ? born.month : 1, born.day ? born.day : 1 };
    struct civil last = { born.year, born.month ? born.month : 12, born.day };
    const char *oldest, *youngest;

    if (last.day == 0)
        last.day = last_day_of(last.year, last.month);
    oldest = band_of(day_years_between(day_from_civil(first), on));
    youngest = band_of(day_years_between(day_from_civil(last), on));
    return oldest == youngest ? oldest : NULL;
}

bool
date_agrees(struct date a, struct date b)
{
    return a.year == b.year && (a.month == 0 || b.month == 0 || a.month == b.month)
           && (a.day == 0 || b.day == 0 || a.day == b.day);
}
