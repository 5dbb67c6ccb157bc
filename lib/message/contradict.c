#include "message/received.h"

#include <string.h>

#include "message/alike.h"
#include "message/date.h"

/* A record of our own. */
struct record {
    const char *given_name, *family_name, *date_of_birth;
    struct day on;
};

static uint16_t
number_of(const char *name)
{
    const struct field *field = schema_field_named(&kith_schema, name, strlen(name));

    return field == NULL ? 0 : field->number;
}

static bool
is_known(const char *text)
{
    return text != NULL && *text != 0;
}

/* --- Names ---------------------------------------------------------------------------------- */

static bool
name_contradicts(const Kith__Name *name, const struct record *own)
{
    bool given_shown = *name->given != 0 || *name->known_as != 0;

    if (is_known(own->given_name) && given_shown
        && !(*name->given != 0 && names_alike(name->given, own->given_name))
        && !(*name->known_as != 0 && names_alike(name->known_as, own->given_name)))
        return true;
    return is_known(own->family_name) && *name->family != 0
           && !names_alike(name->family, own->family_name);
}

/* "L. M.", or "L." which can stand for either name. */
static bool
initials_contradict(const char *initials, const struct record *own)
{
    const char *second = strchr(initials, ' ');
    const char *given = own->given_name, *family = own->family_name;

    if (second == NULL)
        return is_known(given) && is_known(family) && !initial_alike(initials, given)
               && !initial_alike(initials, family);
    return (is_known(given) && !initial_alike(initials, given))
           || (is_known(family) && !initial_alike(second, family));
}

static bool
shown_name_contradicts(const struct received *received, const struct record *own)
{
    const char *text;
    struct leaf leaf;

    if (received_leaf(received, number_of("child.name"), &leaf))
        return name_contradicts(*(Kith__Name *const *)member_value(leaf.message, leaf.member),
                                own);
    return received_form(received, number_of("child.name"), &text) == FORM_INITIALS
           && initials_contradict(text, own);
}

/* --- Dates of birth --------------------------------------------------------------------------- */

static bool
shown_birth_contradicts(const struct received *received, const struct record *own)
{
    uint16_t number = number_of("child.date_of_birth");
    struct date ours, shown;
    const char *text, *band;
    struct leaf leaf;

    if (!is_known(own->date_of_birth) || !date_read(&ours, own->date_of_birth))
        return false;
    if (received_leaf(received, number, &leaf))
        return date_read(&shown, leaf_text(&leaf)) && !date_agrees(ours, shown);
    switch (received_form(received, number, &text)) {
    case FORM_YEAR: return date_read(&shown, text) && !date_agrees(ours, shown);
    case FORM_AGE_BAND:
        band = date_age_band(ours, own->on);
        return band != NULL && strcmp(band, text) != 0;
    case FORM_HIDDEN:
    case FORM_PRESENT:
    case FORM_INITIALS:
    case FORM_MONTH:
    case FORM_DATE:
    case FORM_DISTRICT:
    case FORM_POSTCODE_DISTRICT:
    case FORM_SUMMARY:
    case FORM_FULL:
    case FORM_COUNT: break;
    }
    return false;
}

bool
received_contradicts(const struct received *received, const char *given_name,
                     const char *family_name, const char *date_of_birth, struct day on)
{
    struct record own = { given_name, family_name, date_of_birth, on };

    return shown_name_contradicts(received, &own) || shown_birth_contradicts(received, &own);
}
