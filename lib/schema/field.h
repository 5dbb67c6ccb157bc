#ifndef KITH_SCHEMA_FIELD_H
#define KITH_SCHEMA_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a field of a message is: its number, the name it has in the sharing agreement,
 * how much of it can be shown (its ladder of forms), and how sensitive it is.
 *
 * A field that is not in the registry does not exist: nobody can be given it.
 */

/* The kinds of message.  The broker sees the kind, and nothing finer. */
enum kind {
    KIND_NONE = 0,
    KIND_CONCERN = 1,
    KIND_NEEDS = 2,
    KIND_REQUEST = 3,
    KIND_CONTROL = 4
};

#define KIND_BIT(kind) (1u << (kind))

/* "concern", "needs", ... */
const char *kind_name(enum kind kind);

/*
 * How much of a field a reader is given.  Along the ladder of any one type of field a
 * larger value is more detailed, so that comparing two forms of one field is comparing
 * numbers.  The numbers are on the wire (Reduced.form) and never change.
 */
enum form {
    FORM_HIDDEN = 0,            /* nothing, not even that there is something */
    FORM_PRESENT = 1,           /* "recorded, not shown" */
    FORM_INITIALS = 2,          /* name */
    FORM_AGE_BAND = 3,          /* date */
    FORM_YEAR = 4,              /* date */
    FORM_MONTH = 5,             /* time */
    FORM_DATE = 6,              /* time */
    FORM_DISTRICT = 7,          /* address: the parish or the town */
    FORM_POSTCODE_DISTRICT = 8, /* address: the first half of the postcode */
    FORM_SUMMARY = 9,           /* narrative: what the sender wrote for sharing */
    FORM_FULL = 10,
    FORM_COUNT = 11
};

/* The types of field, each with one total ladder of forms; every ladder begins hidden,
   present and ends full. */
enum field_type {
    FIELD_NAME,      /* initials */
    FIELD_DATE,      /* age-band, year */
    FIELD_TIME,      /* month, date */
    FIELD_ADDRESS,   /* district, postcode-district */
    FIELD_NARRATIVE, /* summary */
    FIELD_TEXT,
    FIELD_ID,
    FIELD_CODE, /* a member of a list of codes, a number, yes or no */
    FIELD_LIST, /* a repeated field: one unit */
    FIELD_TYPES
};

/* Sensitivity, a label for people and for the nevers that no agreement can lift. */
enum category {
    CATEGORY_ROUTING = 0, /* C0 */
    CATEGORY_IDENTITY,    /* C1 */
    CATEGORY_LOCATION,    /* C2 */
    CATEGORY_FAMILY,      /* C3 */
    CATEGORY_CONCERN,     /* C4 */
    CATEGORY_HEALTH,      /* C5 */
    CATEGORY_PROTECTED,   /* C6 */
    CATEGORY_CRIMINAL,    /* C7 */
    CATEGORY_EDUCATION,   /* C8 */
    CATEGORY_CARE_STATUS, /* C9 */
    CATEGORY_VOICE,       /* C10 */
    CATEGORY_THIRD_PARTY, /* C11 */
    CATEGORY_SOURCE,      /* C12 */
    CATEGORY_SEALED,      /* C13 */
    CATEGORY_CONTACT,     /* C14 */
    CATEGORIES
};

struct field {
    uint16_t number;  /* never reused, never changed */
    const char *name; /* in the agreement: "child.date_of_birth" */
    enum field_type type;
    enum category category;
    uint8_t kinds;       /* KIND_BITs of the messages that can carry it */
    uint16_t since;      /* the schema version that brought it */
    const char *paths;   /* where it stands in the protobuf messages, space-separated:
                               "concern.child.date_of_birth needs.child.date_of_birth" */
    const char *summary; /* narratives: the name of the sibling member that holds what
                               the sender wrote for sharing; else NULL */
    const char *label;   /* for people: "Date of birth" */
};

/* A set of fields, in ascending order of number. */
struct schema {
    const struct field *fields;
    size_t count;
    uint16_t version; /* the highest `since` */
};

/* Kith's own fields (fields.def). */
extern const struct schema kith_schema;

/* NULL when there is none. */
const struct field *schema_field(const struct schema *schema, uint16_t number);
const struct field *schema_field_named(const struct schema *schema, const char *name,
                                       size_t len);

const char *form_name(enum form form); /* "age-band" */
bool form_named(enum form *form, const char *name, size_t len);
bool form_is_on_ladder(enum form form, enum field_type type);
/* The steps of a ladder from FORM_HIDDEN to FORM_FULL; returns their number. */
size_t ladder_of(enum field_type type, enum form forms[FORM_COUNT]);
const char *field_type_name(enum field_type type); /* "name", "date", ... */
const char *category_code(enum category category); /* "C0" ... "C14" */
const char *category_name(enum category category); /* "identity", ... */

/* The longest text of a reduced form, in bytes; false when there is no such limit. */
bool form_text_max(enum form form, size_t *max);
/* The parish or town of an address is no longer than this. */
enum { FORM_DISTRICT_MAX = 40 };

/*
 * The most bytes that one (field, form) takes in a packed fragment, tags included, or 0
 * when it has no such bound (names, addresses, texts, narratives, ids and lists given in
 * full or in summary).  Compartments made of bounded pairs only have one fixed size, so
 * that sizes do not tell what they hold.
 */
size_t form_size_bound(const struct field *field, enum form form);

#endif
