#ifndef KITH_BROKER_CONFIG_H
#define KITH_BROKER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conf.h"

/* broker.conf */
struct config {
    char *federation;      /* folder of the federation's public documents */
    char *keys;            /* folder of the broker's key files */
    char *store;           /* "sqlite:PATH", PATH from the folder of broker.conf */
    char *archive;         /* folder of the agreements that have been in force */
    char *invites;         /* folder of the invites that are open */
    char *endpoint;        /* to listen on */
    char *endpoint_file;   /* where the bound endpoint is written; "" for nowhere */
    char *passphrase_file; /* "" : from the service manager */
    uint64_t connections_max;
    bool demo; /* accept a raw key-encryption key */
};

/* What broker.conf may say, for program.h. */
extern const struct conf_key broker_settings[];

#endif
