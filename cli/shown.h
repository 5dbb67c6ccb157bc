#ifndef KITH_CLI_SHOWN_H
#define KITH_CLI_SHOWN_H

#include "schema/field.h"
#include "json/json.h"

/* The fields of a message in JSON, for people: by the labels of the registry. */

/* A text member; "" when there is none. */
const char *text_member(const json_t *object, const char *name);

/* The field in that message, at whichever of its paths it stands; NULL when it was not given
   in full. */
const json_t *field_given(const json_t *message, const struct field *field);

/* On one line: a name, an address or a list as a person would write it. */
void write_value(struct buffer *out, const json_t *value);

#endif
