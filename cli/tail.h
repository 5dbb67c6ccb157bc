#ifndef KITH_CLI_TAIL_H
#define KITH_CLI_TAIL_H

/* kith tail [--agent SOCKET] [--json] [--from N] [--once]: argv[0] is "tail".  Returns the exit status. */
int tail_command(int argc, char **argv);

#endif
