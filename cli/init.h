#ifndef KITH_CLI_INIT_H
#define KITH_CLI_INIT_H

/* kith init FOLDER …: argv[0] is "init".  Returns the exit status. */
int init_command(int argc, char **argv);

#endif
