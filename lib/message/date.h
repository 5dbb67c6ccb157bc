#ifndef KITH_MESSAGE_DATE_H
#define KITH_MESSAGE_DATE_H

#include <stdbool.h>

#include "core/instant.h"

/*
 * Calendar dates that may be known in part: YYYY, YYYY-MM or YYYY-MM-DD.
 */
struct date {
    int year;
    int month; /* 0: not known */
    int day;   /* 0: not known */
};

/* A date, or part of one, that exists. */
bool date_read(struct date *date, const char *text);

/* Is a member of this name a calendar date?  "date", "date_of_..." and "..._date" are. */
bool date_is_member(const char *name);

/* "5 to 9", "unborn", ...  NULL when what is known of the birth leaves it open. */
const char *date_age_band(struct date born, struct day on);

/* Could both be the same day? */
bool date_agrees(struct date a, struct date b);

#endif
