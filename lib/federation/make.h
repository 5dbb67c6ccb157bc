#ifndef KITH_FEDERATION_MAKE_H
#define KITH_FEDERATION_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "federation/document.h"
#include "federation/grant.h"
#include "federation/suspension.h"

/*
 * Making a federation, and what its registry and agreement signers do later: add agencies,
 * sign a new agreement, sign grants.  Everything lies in one folder:
 *
 *     federation/       the public documents (directory.h)
 *     offline/          the signers' and the index's keys: to be taken off this machine
 *     broker/           broker.conf, keys/, store/
 *     agencies/NAME/    agent.conf, keys/, store/
 *     policy/           the agreement before it was signed
 *     messages/
 *
 * Each of these either does all of its work or changes nothing; a signed document is
 * replaced last, by renaming.
 */
struct make_options {
    const char *folder;
    const char *federation;         /* its name */
    struct bytes agreement;         /* the text, without a first line of ours */
    uint32_t agreement_version;     /* as its header says; 0: version 1 */
    const char *offline_passphrase; /* NULL, both: a demonstration with bare keys */
    const char *broker_passphrase;
    struct instant now;
};

/* The folder must not be there yet, or be empty. */
enum err federation_make(const struct make_options *options, struct why *why) MUST_CHECK;

/* The folder of a federation, and what opens its offline keys (NULL: kek.demo). */
struct offline {
    const char *folder;
    const char *passphrase;
};

struct new_agency {
    const char *name;
    const char *passphrase; /* of its own; NULL: bare key */
    struct instant now;
};

/* Its number is one more than any that was ever given, and at least 100. */
enum err federation_add_agency(const struct offline *offline, const struct new_agency *agency,
                               uint32_t *number, struct why *why) MUST_CHECK;

/* Gives an agency a fresh intake key beside those that may still be sealed to. */
enum err federation_renew_intake(const char *folder, const struct new_agency *agency,
                                 struct why *why) MUST_CHECK;

/* Signs `body`, a text without its first line, as the next version of that document. */
enum err federation_publish(const struct offline *offline, enum document_kind kind,
                            struct bytes body, struct why *why) MUST_CHECK;

/* Signs the grants with the index's key, in batches, and adds them to the file. */
enum err federation_sign_grants(const struct offline *offline, const struct grant *grants,
                                size_t count, struct instant now, struct why *why) MUST_CHECK;

/* Who is to be suspended, and who signs that: offline/registry-N.key; 0: the first of the
   keys there that has not signed it yet. */
struct suspending {
    const char *agency;
    unsigned signer;
    struct instant now;
};

/*
 * Signs a suspension, or adds a signature to the one that is not lifted.  *result: what now
 * stands in federation/suspensions, with the number of its signers.  ERR_CONFLICT when that
 * signer, or each whose key is there, has signed it before.
 */
enum err federation_suspend(const struct offline *offline, const struct suspending *suspending,
                            struct suspension *result, struct why *why) MUST_CHECK;
/* Ends it, signed with as many keys as sign a registry.  ERR_NOT_FOUND when there is nothing
   to end. */
enum err federation_lift(const struct offline *offline, const char *agency, struct instant now,
                         struct why *why) MUST_CHECK;

#endif
