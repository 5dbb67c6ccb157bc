#include "schema/field.h"

#define FIELD(number, name, type, category, kinds, since, paths, summary, label)               \
    { number, name, FIELD_##type, CATEGORY_##category, kinds, since, paths, summary, label },
static const struct field fields[] = {
#include "schema/fields.def"
};
#undef FIELD

const struct schema kith_schema = {
    .fields = fields,
    .count = sizeof(fields) / sizeof(fields[0]),
    .version = 1,
};
