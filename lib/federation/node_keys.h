#ifndef KITH_FEDERATION_NODE_KEYS_H
#define KITH_FEDERATION_NODE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "crypto/key.h"
#include "crypto/keyfile.h"
#include "envelope/open.h"
#include "federation/passphrase.h"

/*
 * The secret keys of one node, from its keys folder:
 *
 *     kek.key          opened by the passphrase; opens all others
 *     transport.key
 *     transport-next.key   that the registry does not name yet, when there is one
 *     signing-N.key    N as in the registry
 *     intake-N.key     as many as are alive
 *     master.key       of the store
 *     psk-EPOCH.key
 *
 * Of each numbered kind the NODE_KEYS_MAX newest are read.  The broker has a transport key
 * only.  A demonstration has kek.demo, the bare key in
 * hexadecimal, in place of kek.key; it is refused unless demo is set, and with demo set
 * nothing else is accepted.
 */
enum { NODE_KEYS_MAX = 16 };

#define NEXT_TRANSPORT_FILE "transport-next.key"

enum node_role { NODE_AGENCY, NODE_BROKER };

struct numbered_secret {
    uint32_t number;
    struct sign_public public;
    struct sign_secret secret;
};

struct numbered_key {
    uint32_t number;
    struct key key;
};

/* Each list is in ascending order of number.  In memory that is locked where the system
   lets us, and left out of core dumps. */
struct node_keys {
    struct exchange_public transport_public;
    struct exchange_secret transport;
    bool has_next_transport;
    struct exchange_public next_transport_public;
    struct exchange_secret next_transport;
    size_t signing_count;
    struct numbered_secret signing[NODE_KEYS_MAX];
    size_t intake_count;
    uint32_t intake_numbers[NODE_KEYS_MAX];
    struct intake_secret intake[NODE_KEYS_MAX];
    size_t psk_count;
    struct numbered_key psk[NODE_KEYS_MAX];
    struct key master; /* of an agency */
    struct key kek;    /* to write further key files with */
};

/* passphrase: NULL when demo.  Refusals name the file. */
enum err node_keys_load(struct node_keys **keys, const char *folder, enum node_role role,
                        const char *passphrase, bool demo, struct why *why) MUST_CHECK;
/* The same, with the passphrase found as passphrase_find does. */
enum err node_keys_open(struct node_keys **keys, const char *folder, enum node_role role,
                        const char *passphrase_file, bool demo, struct why *why) MUST_CHECK;
/* Wipes. */
void node_keys_free(struct node_keys **keys);

/* transport-next.key takes the place of transport.key. */
enum err node_keys_go_over(const char *folder, struct why *why) MUST_CHECK;

/* NULL when there is none of that number. */
const struct numbered_secret *node_keys_signing(const struct node_keys *keys, uint32_t number);
const struct key *node_keys_psk(const struct node_keys *keys, uint32_t epoch);

/* The key-encryption key of a folder: made new, or opened.  passphrase NULL: kek.demo. */
enum err node_kek_make(struct key *kek, const char *folder, const char *passphrase,
                       struct why *why) MUST_CHECK;
enum err node_kek_open(struct key *kek, const char *folder, const char *passphrase,
                       struct why *why) MUST_CHECK;

#endif
