#ifndef KITH_CLI_DEMO_HOSTILE_H
#define KITH_CLI_DEMO_HOSTILE_H

#include "cli/demo_stage.h"

/*
 * The hostile part of the demonstration: an agency that is enrolled like every other, with
 * valid keys and no honest agent, says to the running broker what no agent of ours would ever
 * say, and signed documents are put where they do not belong.  Each attempt must be refused,
 * by the gate that should, and in words; then an honest message must still arrive.
 *
 * An error is what kept the attempts from being made at all.
 */
enum err demo_attack(struct demo *demo, struct why *why) MUST_CHECK;

#endif
