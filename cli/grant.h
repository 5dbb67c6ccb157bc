#ifndef KITH_CLI_GRANT_H
#define KITH_CLI_GRANT_H

/* kith grant list|revoke: what the index has granted, and taking it back. */
int grant_command(int argc, char **argv);

#endif
