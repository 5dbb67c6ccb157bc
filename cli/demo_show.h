#ifndef KITH_CLI_DEMO_SHOW_H
#define KITH_CLI_DEMO_SHOW_H

#include <stdio.h>

#include "cli/demo_scenario.h"
#include "schema/field.h"

/* What came of a demonstration, as tables.  inboxes[i]: the array of messages that agency i
   of the scenario has received. */

/* One row a message: who received it. */
void show_who_received(FILE *out, const struct scenario *scenario, json_t *const *inboxes);

/* One message, side by side: one row a field, one column an agency that was told:
   the value, its form (age band, initials), "recorded" for a marker, a dot for nothing. */
void show_side_by_side(FILE *out, const struct scenario *scenario, json_t *const *inboxes,
                       size_t message);

/* What an agency received of a message, or NULL. */
const json_t *received_of(json_t *inbox, const struct scenario_message *message);

#endif
