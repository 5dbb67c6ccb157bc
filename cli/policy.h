#ifndef KITH_CLI_POLICY_H
#define KITH_CLI_POLICY_H

/* kith policy check|test FILE...: argv[0] is "policy".  Returns the exit status: 0 all is
   well, 1 a file is not, 2 not understood. */
int policy_command(int argc, char **argv);

#endif
