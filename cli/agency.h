#ifndef KITH_CLI_AGENCY_H
#define KITH_CLI_AGENCY_H

/* kith agency add|renew|suspend|lift NAME …: argv[0] is "agency".  Returns the exit status. */
int agency_command(int argc, char **argv);

#endif
