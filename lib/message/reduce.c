#include "message/reduce.h"

#include <google/protobuf/timestamp.pb-c.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "message/date.h"
#include "person.pb-c.h"

/* --- Names ---------------------------------------------------------------------------- */

static void
add_initial(struct buffer *text, const char *name)
{
    size_t len;

    while (*name == ' ')
        name++;
    utf8_next(bytes_of_text(name), &len);
    if (len == 0)
        return;
    if (text->len > 0)
        buffer_add_byte(text, ' ');
    buffer_add(text, name, len);
    buffer_add_byte(text, '.');
}

static bool
initials(struct buffer *text, const Kith__Name *name)
{
    add_initial(text, name->given);
    add_initial(text, name->family);
    return text->len > 0;
}

/* --- Dates and times ------------------------------------------------------------------ */

/* The calendar date of a leaf, be it a time or the text of a date. */
static bool
date_of(struct date *date, const struct leaf *leaf)
{
    const Google__Protobuf__Timestamp *time;
    struct civil civil;

    if (!member_is_timestamp(leaf->member))
        return date_read(date, leaf_text(leaf));
    time = *(Google__Protobuf__Timestamp *const *)member_value(leaf->message, leaf->member);
    civil = day_to_civil(
        instant_day((struct instant){ time->seconds * 1000 + time->nanos / 1000000 }));
    *date = (struct date){ civil.year, civil.month, civil.day };
    return true;
}

static bool
age_band(struct buffer *text, struct date born, struct day authored)
{
    const char *band = date_age_band(born, authored);

    if (band == NULL)
        return false;
    buffer_add_text(text, band);
    return true;
}

static bool
part_of_date(struct buffer *text, const struct date *date, enum form form)
{
    if (form == FORM_YEAR)
        buffer_print(text, "%04d", date->year);
    else if (form == FORM_MONTH && date->month != 0)
        buffer_print(text, "%04d-%02d", date->year, date->month);
    else if (form == FORM_DATE && date->day != 0)
        buffer_print(text, "%04d-%02d-%02d", date->year, date->month, date->day);
    return text->len > 0;
}

/* --- Addresses ------------------------------------------------------------------------ */

static bool
district(struct buffer *text, const Kith__Address *address)
{
    buffer_add_text(text, *address->parish != 0 ? address->parish : address->town);
    return text->len > 0;
}

/* "JE2" of "JE2 3QA" and of "JE23QA": the last three are the inward half.  Nothing of what
   is not a postcode, for it may say more than a district. */
static bool
postcode_district(struct buffer *text, const Kith__Address *address)
{
    const char *postcode = address->postcode;
    char compact[8];
    size_t len = 0;

    for (; *postcode != 0; postcode++) {
        if (*postcode == ' ')
            continue;
        if (len == 7
            || strspn(postcode, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789")
                   == 0)
            return false;
        compact[len++] =
            *postcode >= 'a' && *postcode <= 'z' ? (char)(*postcode - 'a' + 'A') : *postcode;
    }
    if (len < 5 || compact[len - 3] > '9' || compact[len - 2] < 'A' || compact[len - 1] < 'A')
        return false;
    buffer_add(text, compact, len - 3);
    return true;
}

/* --- Any form --------------------------------------------------------------------------- */

static bool
summary(struct buffer *text, const struct leaf *leaf, const struct field *field)
{
    struct leaf beside;

    if (!leaf_summary(&beside, leaf, field) || !leaf_is_set(&beside))
        return false;
    buffer_add_text(text, leaf_text(&beside));
    return true;
}

static const void *
name_or_address(const struct leaf *leaf)
{
    return *(ProtobufCMessage *const *)member_value(leaf->message, leaf->member);
}

bool
reduce(struct buffer *text, const struct leaf *leaf, const struct field *field, enum form form,
       struct day authored)
{
    struct date date;

    if (form == FORM_PRESENT)
        return true;
    if (form == FORM_SUMMARY)
        return summary(text, leaf, field);
    if (!leaf_is_set(leaf))
        return false;
    switch (form) {
    case FORM_INITIALS: return initials(text, name_or_address(leaf));
    case FORM_AGE_BAND: return date_of(&date, leaf) && age_band(text, date, authored);
    case FORM_YEAR:
    case FORM_MONTH:
    case FORM_DATE: return date_of(&date, leaf) && part_of_date(text, &date, form);
    case FORM_DISTRICT: return district(text, name_or_address(leaf));
    case FORM_POSTCODE_DISTRICT: return postcode_district(text, name_or_address(leaf));
    case FORM_HIDDEN:
    case FORM_PRESENT:
    case FORM_SUMMARY:
    case FORM_FULL:
    case FORM_COUNT: break;
    }
    return false;
}
