#ifndef KITH_CLI_DEMO_SHOW_H
#define KITH_CLI_DEMO_SHOW_H

#include <stdio.h>

#include "cli/demo_scenario.h"
#include "schema/field.h"

/* What came of a demonstration, as tables for people.  inboxes[i]: the array of messages that
   agency i of the scenario has received.  width: columns of the screen. */

/* One row a message: who received it. */
void show_who_received(FILE *out, const struct scenario *scenario, json_t *const *inboxes,
                       unsigned width);

/* One message, side by side: one row a field, one column for what was sent and for each
   agency that was told: the value, in its form (age band, initials), "recorded" for a
   marker, a dot for nothing.  Every field, as wide as it comes. */
void show_side_by_side(FILE *out, const struct scenario *scenario, json_t *const *inboxes,
                       size_t message);

/* The same, for a screen: the child's name, and the fields in which what the agencies were
   given differs most.  Agencies that were given the same share a column. */
enum { DIFFERENCES_MAX = 12 };
void show_differences(FILE *out, const struct scenario *scenario, json_t *const *inboxes,
                      size_t message, unsigned width);

/* What an agency received of a message, or NULL. */
const json_t *received_of(json_t *inbox, const struct scenario_message *message);

#endif
