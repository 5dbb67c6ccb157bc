#ifndef KITH_FEDERATION_JOINING_H
#define KITH_FEDERATION_JOINING_H

#include "federation/directory.h"
#include "federation/invite.h"
#include "federation/invites.h"
#include "federation/join.h"
#include "federation/make.h"

/*
 * How an agency joins.  federation_invite, at the broker, makes the line and opens the invite;
 * joining_begin, at the agency, makes its keys there and the request; the broker keeps the
 * request; federation_admit, where the signers' keys are, signs the registry that names it.
 * No secret of the agency is ever anywhere else.
 */

/* --- The administrator: invite -------------------------------------------------------------- */

struct invitation {
    const char *agency;
    const char *endpoint; /* of the broker, as the agency will dial it */
    struct instant now, expires;
};
/* Needs the pre-shared key of offline/.  The invite's secrets are the caller's to wipe. */
enum err federation_invite(struct invite *invite, const struct offline *offline,
                           const struct invitation *invitation, struct why *why) MUST_CHECK;

/* --- The agency: join ------------------------------------------------------------------------ */

#define JOIN_FILE "join.request" /* in the keys folder; nothing in it is secret */

/* Makes FOLDER, which must not be there or be empty: keys/, store/, agent.conf, and the request
   in keys/join.request.  passphrase NULL: bare keys, for a demonstration. */
enum err joining_begin(const char *folder, const struct invite *invite, const char *passphrase,
                       struct instant now, struct why *why) MUST_CHECK;
/* The text of the request that was made there, and what it says.  ERR_NOT_FOUND: none was. */
enum err joining_request(struct buffer *text, struct join_request *request, const char *keys,
                         struct why *why) MUST_CHECK;

/* A document as the broker gave it. */
struct given_document {
    struct bytes text;
    const struct bytes *minisigs;
    size_t count;
};
/* Writes FOLDER/federation, once it all verifies: the trust is that of the invite, the documents
   are signed by those whom it names and not older than the invite says, and the registry
   names the broker that the invite does. */
enum err joining_finish(const char *folder, const struct invite *invite, struct bytes trust,
                        const struct given_document documents[2], struct why *why) MUST_CHECK;

/* --- The administrator: admit ----------------------------------------------------------------- */

/* The request that waits, verified against its invite. */
enum err federation_request(struct join_request *request, const char *folder,
                            const char *agency, struct why *why) MUST_CHECK;
/* Signs the registry that names the agency of exactly this request, and publishes its intake
   key; invite and request go. */
enum err federation_admit(const struct offline *offline, const struct join_request *request,
                          struct why *why) MUST_CHECK;

#endif
