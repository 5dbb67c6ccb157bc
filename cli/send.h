#ifndef KITH_CLI_SEND_H
#define KITH_CLI_SEND_H

/* kith send [--agent SOCKET] [--wait accepted] [--json] FILE...|-: argv[0] is "send".  Returns the exit status. */
int send_command(int argc, char **argv);

#endif
