#ifndef KITH_CLI_KEY_H
#define KITH_CLI_KEY_H

/* kith key list|rotate: the keys of this machine's agency. */
int key_command(int argc, char **argv);

#endif
