#ifndef KITH_BROKER_CONFIG_H
#define KITH_BROKER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"

/* broker.conf */
struct config {
    char *federation;      /* folder of the federation's public documents */
    char *keys;            /* folder of the broker's key files */
    char *store;           /* "sqlite:PATH", PATH from the folder of broker.conf */
    char *archive;         /* folder of the agreements that have been in force */
    char *endpoint;        /* to listen on */
    char *endpoint_file;   /* where the bound endpoint is written; "" for nowhere */
    char *passphrase_file; /* "" : from the service manager */
    uint64_t connections_max;
    bool demo; /* accept a raw key-encryption key */
};

enum err config_read(struct config *config, const char *path, struct why *why) MUST_CHECK;
void config_clear(struct config *config);
/* One line a key. */
void config_help(struct buffer *out);

#endif
