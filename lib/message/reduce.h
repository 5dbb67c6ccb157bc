#ifndef KITH_MESSAGE_REDUCE_H
#define KITH_MESSAGE_REDUCE_H

#include "core/bytes.h"
#include "core/instant.h"
#include "message/leaf.h"
#include "schema/field.h"

/*
 * The text that a form short of full gives of a value: "L. M.", "10 to 15", "JE2".  false
 * when the value does not hold enough for it.  authored: the day that ages are counted
 * from.
 */
bool reduce(struct buffer *text, const struct leaf *leaf, const struct field *field,
            enum form form, struct day authored);

#endif
