#ifndef KITH_CLI_AGENCY_H
#define KITH_CLI_AGENCY_H

#include "core/instant.h"

/* kith agency add|renew|suspend|lift NAME …: argv[0] is "agency".  Returns the exit status. */
int agency_command(int argc, char **argv);

/* A warning on stderr about a name that no signed agreement in FOLDER has. */
void agency_warn_if_not_in_agreement(const char *dir, const char *name, struct instant now);

#endif
