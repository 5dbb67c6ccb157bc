#ifndef KITH_CLI_ENTRY_H
#define KITH_CLI_ENTRY_H

#include <stdbool.h>

#include "core/bytes.h"
#include "json/json.h"

/*
 * One entry of an inbox as a person reads it: first whether a child is in immediate danger,
 * the sender's rating, the child's name as it was given, and the eight digits by which the
 * message can be named on the telephone; then every field, in the order of the registry.
 * The entry's codes are put in words.
 */
struct entry_style {
    unsigned width;  /* columns of the screen */
    bool no_content; /* only who sent what, and when */
};

void entry_write(struct buffer *out, json_t *entry, const struct entry_style *style);

#endif
