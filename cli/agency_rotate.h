#ifndef KITH_CLI_AGENCY_ROTATE_H
#define KITH_CLI_AGENCY_ROTATE_H

/* kith agency rotate LINE: what an agency's `kith key rotate` printed is signed. */
int agency_rotate_command(int argc, char **argv);

#endif
