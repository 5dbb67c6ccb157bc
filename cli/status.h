#ifndef KITH_CLI_STATUS_H
#define KITH_CLI_STATUS_H

/* kith status [--agent SOCKET] [--json]: argv[0] is "status".  Returns the exit status. */
int status_command(int argc, char **argv);

#endif
