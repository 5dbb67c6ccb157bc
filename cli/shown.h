#ifndef KITH_CLI_SHOWN_H
#define KITH_CLI_SHOWN_H

#include "schema/field.h"
#include "json/json.h"

/* The fields of a message in JSON, for people. */

/* A text member; "" when there is none. */
const char *text_member(const json_t *object, const char *name);

/* The field in that message, at whichever of its paths it stands; NULL when it was not given
   in full. */
const json_t *field_given(const json_t *message, const struct field *field);

/* The entry of "reduced" for a field that was given in part; else NULL. */
const json_t *reduced_given(const json_t *message, const struct field *field);

bool is_name(const json_t *value);
bool is_address(const json_t *value);

/* On one line: a name or an address as a person would write it, anything else with the label
   of each part.  Codes should be words already (message_put_in_words).  What is written still
   has somebody else's line breaks and controls in it: plain_write shows it. */
void write_value(struct buffer *out, const json_t *value);
/* "10 to 15 (age band only)", "recorded, not shown". */
void write_reduced(struct buffer *out, const json_t *reduced);

#endif
