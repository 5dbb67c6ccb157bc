#ifndef KITH_CLI_JOIN_H
#define KITH_CLI_JOIN_H

/* kith join LINE --dir FOLDER …: argv[0] is "join".  Returns the exit status. */
int join_command(int argc, char **argv);

#endif
