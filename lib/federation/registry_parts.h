#ifndef KITH_FEDERATION_REGISTRY_PARTS_H
#define KITH_FEDERATION_REGISTRY_PARTS_H

#include "federation/lookup.h"
#include "federation/registry.h"

/* The registry in memory.  For registry.c and registry_read.c only. */
struct registry {
    struct document_line line;
    struct agency *agencies; /* in the order of the text */
    size_t agency_count;
    struct signing_key index[INDEX_KEYS_MAX];
    size_t index_count;
    uint8_t broker_transport[32];
    bool has_broker, is_demonstration;

    /* Where all agencies' keys lie, one after another. */
    struct signing_key *signing;
    size_t signing_count;
    struct transport_key *transport;
    size_t transport_count;

    /* By number (as its bytes), name, and transport key; by_key: signing keys of all. */
    struct lookup by_number, by_name, by_transport, by_key;
};

#endif
