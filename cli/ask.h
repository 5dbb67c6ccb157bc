#ifndef KITH_CLI_ASK_H
#define KITH_CLI_ASK_H

#include "federation/make.h"
#include "federation/node_keys.h"

/*
 * A passphrase: from the file when one is given, else asked for on the terminal, which does
 * not show it; `what` says whose ("of the offline keys").  A new one is asked for twice and
 * must not be short.  To be wiped.
 */
enum err ask_passphrase(struct passphrase *passphrase, const char *file, const char *what,
                        struct why *why) MUST_CHECK;
enum err ask_new_passphrase(struct passphrase *passphrase, const char *file, const char *what,
                            struct why *why) MUST_CHECK;

/* Lets `offline` open its folder: in a demonstration with nothing, else with the passphrase,
   which it borrows. */
enum err ask_offline(struct offline *offline, struct passphrase *passphrase, bool demo,
                     const char *file, const char *what, struct why *why) MUST_CHECK;

#endif
