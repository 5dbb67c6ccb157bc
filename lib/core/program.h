#ifndef KITH_CORE_PROGRAM_H
#define KITH_CORE_PROGRAM_H

#include <stdbool.h>

#include "core/conf.h"
#include "core/err.h"

/*
 * What the long-running programs have in common: one configuration file as the argument,
 * --check, --verbose and --help, and what they say when they cannot go on.
 */
struct program {
    const char *name;
    const char *check_help; /* what --check does, as the rest of "  --check    …" */
    const struct conf_key *keys;
    void *config; /* that the keys describe */
    /* Until it is told to stop; with check_only, until everything has been read.  path is
       that of the configuration file. */
    enum err (*serve)(const char *path, bool check_only, struct why *why);
};

/* The main function of the program: returns its exit status. */
int program_main(const struct program *program, int argc, char **argv);

/* No core dumps, and nobody may trace the process: its memory holds keys. */
void program_close_memory(void);

#endif
