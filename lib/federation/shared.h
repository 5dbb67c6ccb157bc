#ifndef KITH_FEDERATION_SHARED_H
#define KITH_FEDERATION_SHARED_H

#include "federation/directory.h"

/*
 * What of a federation travels between nodes, as bytes, and how a node takes it in.
 * The registry and the agreement are documents that were signed as they are; intake keys and
 * grants are each signed, and put together by whoever gives them out.
 */

/* Every agency's intake keys, a line each, in the order of the registry. */
void federation_share_intake(struct buffer *out, const struct federation *federation);
/* The grants under which that agency publishes, as a grants file, in the order of their
   ids.  Nobody else needs them, and all together say which agencies know the same child. */
void federation_share_grants(struct buffer *out, const struct federation *federation,
                             uint32_t publisher);
/* The files of the folder of suspensions, one after another: LE16 length, name, LE32 length,
   content; in the order of their names. */
void federation_share_suspensions(struct buffer *out, const struct federation *federation);
/* What of them was fetched, in the same form. */
void federation_fetched_suspensions(struct buffer *out, const struct federation *federation);
/* B(32, "kith1.shared", text): says whether two nodes have the same. */
void shared_digest(uint8_t digest[DIGEST], struct bytes text);

enum { SHARED_MAX = 64 * 1024 * 1024 }; /* bytes of any of them */

/*
 * Puts what came into the folder of what was fetched, in place of what was there, so that after a crash at any
 * point the folder is whole.  The document must be signed by those whom the trust of
 * `current` names, be newer, and name its predecessor if that is what is in force; keys and
 * grants must be well-formed, and are verified one by one when the folder is read.
 * On an error nothing has changed.
 */
enum err federation_install_document(const char *folder, enum document_kind kind,
                                     struct bytes text, const struct bytes *minisigs,
                                     size_t count, const struct federation *current,
                                     struct why *why) MUST_CHECK;
enum err federation_install_intake(const char *folder, struct bytes text,
                                   struct why *why) MUST_CHECK;
enum err federation_install_suspensions(const char *folder, struct bytes text,
                                        struct why *why) MUST_CHECK;
enum err federation_install_grants(const char *folder, struct bytes text,
                                   struct why *why) MUST_CHECK;

/* One agency's own file, as it offered it: each key verified under the registry. */
enum err federation_install_offer(const char *folder, const struct federation *current,
                                  const struct agency *agency, struct bytes text,
                                  struct why *why) MUST_CHECK;
/* The check of that alone. */
enum err federation_check_offer(const struct federation *current, const struct agency *agency,
                                struct bytes text, struct why *why) MUST_CHECK;

#endif
