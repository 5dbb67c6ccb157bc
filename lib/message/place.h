#ifndef KITH_MESSAGE_PLACE_H
#define KITH_MESSAGE_PLACE_H

#include <stddef.h>

#include "message/problem.h"

/*
 * Where in a JSON text a reader is: a chain on the stack, from here up to the whole text,
 * which is NULL.  It becomes an RFC 6901 pointer only when there is something to report.
 */
struct place {
    const struct place *above;
    const char *member; /* NULL: the item number `index` of a list */
    size_t index;
};

struct place place_member(const struct place *above, const char *member);
struct place place_item(const struct place *above, size_t index);

/* Adds a problem at that place. */
void complain_at(struct problems *problems, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
