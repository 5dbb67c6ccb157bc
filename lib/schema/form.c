#include "schema/field.h"

#include <string.h>

static const char *const names[FORM_COUNT] = {
    [FORM_HIDDEN] = "hidden",
    [FORM_PRESENT] = "present",
    [FORM_INITIALS] = "initials",
    [FORM_AGE_BAND] = "age-band",
    [FORM_YEAR] = "year",
    [FORM_MONTH] = "month",
    [FORM_DATE] = "date",
    [FORM_DISTRICT] = "district",
    [FORM_POSTCODE_DISTRICT] = "postcode-district",
    [FORM_SUMMARY] = "summary",
    [FORM_FULL] = "full",
};

/* What lies between present and full. */
static const enum form between[FIELD_TYPES][2] = {
    [FIELD_NAME] = { FORM_INITIALS },
    [FIELD_DATE] = { FORM_AGE_BAND, FORM_YEAR },
    [FIELD_TIME] = { FORM_MONTH, FORM_DATE },
    [FIELD_ADDRESS] = { FORM_DISTRICT, FORM_POSTCODE_DISTRICT },
    [FIELD_NARRATIVE] = { FORM_SUMMARY },
};

const char *
form_name(enum form form)
{
    return (unsigned)form < FORM_COUNT ? names[form] : "unknown";
}

bool
form_named(enum form *form, const char *name, size_t len)
{
    for (unsigned i = 0; i < FORM_COUNT; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
            *form = (enum form)i;
            return true;
        }
    return false;
}

size_t
ladder_of(enum field_type type, enum form forms[FORM_COUNT])
{
    size_t count = 0;

    if ((unsigned)type >= FIELD_TYPES)
        return 0;
    forms[count++] = FORM_HIDDEN;
    forms[count++] = FORM_PRESENT;
    for (size_t i = 0; i < 2; i++)
        if (between[type][i] != FORM_HIDDEN)
            forms[count++] = between[type][i];
    forms[count++] = FORM_FULL;
    return count;
}

bool
form_is_on_ladder(enum form form, enum field_type type)
{
    enum form forms[FORM_COUNT];
    size_t count = ladder_of(type, forms);

    for (size_t i = 0; i < count; i++)
        if (forms[i] == form)
            return true;
    return false;
}

bool
form_text_max(enum form form, size_t *max)
{
    switch (form) {
    case FORM_PRESENT: *max = 0; return true;
    case FORM_INITIALS: *max = strlen("L. M.") + 2 * 3; return true; /* UTF-8: up to 4 bytes */
    case FORM_AGE_BAND: *max = strlen("18 or over"); return true;
    case FORM_YEAR: *max = strlen("2026"); return true;
    case FORM_MONTH: *max = strlen("2026-11"); return true;
    case FORM_DATE: *max = strlen("2026-11-25"); return true;
    case FORM_DISTRICT: *max = FORM_DISTRICT_MAX; return true;
    case FORM_POSTCODE_DISTRICT: *max = strlen("SW1A"); return true;
    case FORM_HIDDEN:
    case FORM_SUMMARY:
    case FORM_FULL:
    case FORM_COUNT: break;
    }
    return false;
}

/* The messages that one of the field's paths leads through. */
static size_t
depth(const struct field *field)
{
    size_t deepest = 0, dots = 0;

    for (const char *at = field->paths; *at != 0; at++) {
        dots = *at == ' ' ? 0 : dots + (*at == '.');
        if (dots > deepest)
            deepest = dots;
    }
    return deepest;
}

/* Sizes on the wire. */
enum {
    TAG = 2,     /* members are numbered below 2048 */
    LENGTH = 3,  /* a fragment is shorter than 2 MiB */
    NUMBER = 10, /* any varint */
    TIMESTAMP = 1 + (1 + NUMBER) + (1 + NUMBER),
    CALENDAR_DATE = 1 + 10,
    REDUCED = TAG + LENGTH + (1 + 3) + (1 + 1) /* field, form */
};

size_t
form_size_bound(const struct field *field, enum form form)
{
    size_t around = depth(field) * (TAG + LENGTH) + TAG, text;

    if (form == FORM_HIDDEN || !form_is_on_ladder(form, field->type))
        return 0;
    if (form != FORM_FULL)
        return form_text_max(form, &text) ? REDUCED + (1 + 1) + text : 0;
    switch (field->type) {
    case FIELD_DATE: return around + CALENDAR_DATE;
    case FIELD_TIME: return around + TIMESTAMP;
    case FIELD_CODE: return around + NUMBER;
    case FIELD_NAME:
    case FIELD_ADDRESS:
    case FIELD_NARRATIVE:
    case FIELD_TEXT:
    case FIELD_ID:
    case FIELD_LIST:
    case FIELD_TYPES: break;
    }
    return 0;
}
