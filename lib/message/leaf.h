#ifndef KITH_MESSAGE_LEAF_H
#define KITH_MESSAGE_LEAF_H

#include <stdbool.h>

#include "message/member.h"
#include "schema/field.h"

/*
 * The place in a message of one registered field.
 */
struct leaf {
    ProtobufCMessage *message; /* that it is a member of */
    const ProtobufCFieldDescriptor *member;
};

/* The path of the field in messages of that kind; false when it has none. */
bool leaf_path(const struct field *field, enum kind kind, const char **path, size_t *len);

/* Finds the field in a fragment.  With make, messages on the way are made; without, false
   when one is missing. */
bool leaf_find(struct leaf *leaf, ProtobufCMessage *fragment, const struct field *field,
               enum kind kind, bool make);
/* The summary that stands beside a narrative. */
bool leaf_summary(struct leaf *summary, const struct leaf *narrative,
                  const struct field *field);

bool leaf_is_set(const struct leaf *leaf);
/* Of a text, a date or a summary. */
const char *leaf_text(const struct leaf *leaf);

#endif
