#include "schema/field.h"

#include <string.h>

const char *
kind_name(enum kind kind)
{
    switch (kind) {
    case KIND_NONE: return "none";
    case KIND_CONCERN: return "concern";
    case KIND_NEEDS: return "needs";
    case KIND_REQUEST: return "request";
    case KIND_CONTROL: return "control";
    }
    return "unknown";
}

const struct field *
schema_field(const struct schema *schema, uint16_t number)
{
    size_t low = 0, high = schema->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (schema->fields[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < schema->count && schema->fields[low].number == number ? &schema->fields[low]
                                                                       : NULL;
}

static bool
is_text(const char *text, const char *name, size_t len)
{
    return strlen(text) == len && memcmp(text, name, len) == 0;
}

const struct field *
schema_field_named(const struct schema *schema, const char *name, size_t len)
{
    for (size_t i = 0; i < schema->count; i++)
        if (is_text(schema->fields[i].name, name, len))
            return &schema->fields[i];
    return NULL;
}

const char *
field_type_name(enum field_type type)
{
    static const char *const names[FIELD_TYPES] = { "name",    "date",      "time",
                                                    "address", "narrative", "text",
                                                    "id",      "code",      "list" };

    return (unsigned)type < FIELD_TYPES ? names[type] : "unknown";
}

const char *
category_code(enum category category)
{
    static const char *const codes[CATEGORIES] = { "C0",  "C1",  "C2",  "C3",  "C4",
                                                   "C5",  "C6",  "C7",  "C8",  "C9",
                                                   "C10", "C11", "C12", "C13", "C14" };

    return (unsigned)category < CATEGORIES ? codes[category] : "C?";
}

const char *
category_name(enum category category)
{
    static const char *const names[CATEGORIES] = { "routing",     "identity", "location",
                                                   "family",      "concern",  "health",
                                                   "protected",   "criminal", "education",
                                                   "care-status", "voice",    "third-party",
                                                   "source",      "sealed",   "contact" };

    return (unsigned)category < CATEGORIES ? names[category] : "unknown";
}
