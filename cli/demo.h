#ifndef KITH_CLI_DEMO_H
#define KITH_CLI_DEMO_H

/* kith demo [--once] [--dir D]: argv[0] is "demo".  Returns the exit status. */
int demo_command(int argc, char **argv);

#endif
