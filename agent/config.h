#ifndef KITH_AGENT_CONFIG_H
#define KITH_AGENT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conf.h"

/* agent.conf */
struct config {
    char *agency;          /* our name in the registry */
    char *federation;      /* folder of the federation's public documents */
    char *keys;            /* folder of our key files */
    char *store;           /* the store's file */
    char *archive;         /* folder of the agreements that have been in force */
    char *socket;          /* the door: a Unix socket */
    char *broker;          /* "tcp://HOST:PORT", or "file:PATH" of a file that holds it */
    char *passphrase_file; /* "" : from the service manager */
    char *mash_telephone;  /* "": whom to ring is not known here */
    bool demo;             /* accept a raw key-encryption key */
};

/* What agent.conf may say, for program.h. */
extern const struct conf_key agent_settings[];

#endif
