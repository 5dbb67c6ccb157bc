#ifndef KITH_CLI_DEMO_LAY_DOWN_H
#define KITH_CLI_DEMO_LAY_DOWN_H

#include "cli/demo_scenario.h"
#include "core/instant.h"

/* An agency of the registry that is no agency of the story: its keys are valid, and what is
   said with them is not honest (cli/demo_hostile.h).  No agent of it is started. */
#define HOSTILE_AGENCY "harbour-surgery"
/* The public documents as they were before it was enrolled, in the demonstration's folder. */
#define HOSTILE_EARLIER "earlier"

/*
 * Lays a federation down for a demonstration: signers, registry, agreement, broker, an agent
 * for each agency with its own records of the children, and the grants that the index would
 * give once it has linked those records.  Bare keys, thrown away with the folder.
 *
 * Each agent gets a copy of the public documents with the grants on its own records only,
 * as it would over the wire; the broker has them all.
 */
enum err demo_lay_down(struct scenario *scenario, const char *folder, struct bytes agreement,
                       struct instant now, struct why *why) MUST_CHECK;

#endif
