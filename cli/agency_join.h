#ifndef KITH_CLI_AGENCY_JOIN_H
#define KITH_CLI_AGENCY_JOIN_H

#include <stdbool.h>

/* kith agency invite|admit|withdraw NAME …, kith agency list …: argv[0] is "agency", argv[1] the
   action.  Returns the exit status. */
bool is_joining_action(const char *action);
int agency_join_command(int argc, char **argv);

#endif
