#ifndef KITH_AGENT_ALARMS_H
#define KITH_AGENT_ALARMS_H

#include <stddef.h>

/*
 * Every kind of alarm that the agent keeps for a person, and what that person is to do: the
 * table of doc/operations.md, section 5, in a line each.
 */
struct alarm_kind {
    const char *name;
    const char *advice;
};

/* NULL past the last. */
const struct alarm_kind *alarm_kind_at(size_t i);
/* NULL when there is none of that name. */
const struct alarm_kind *alarm_kind_named(const char *name);

#endif
