#ifndef KITH_AGENT_NEWCOMER_H
#define KITH_AGENT_NEWCOMER_H

#include "core/instant.h"
#include "federation/joining.h"
#include "net/sent.h"
#include "wire/frame.h"

/*
 * What an agency says to the broker before it is an agency: with an invite, that it asks to
 * join, and then it fetches the registry and the agreement; and later, when it has been
 * admitted, it fetches the registry that names it.  It publishes nothing and takes nothing.
 * Told what was heard; answers through `post`.
 */
struct newcomer;

enum newcomer_state {
    NEWCOMER_UNDERWAY,
    NEWCOMER_DONE,   /* everything that was to be fetched is here */
    NEWCOMER_REFUSED /* newcomer_words says why */
};

struct newcomer_outbox {
    enum sent (*post)(void *self, struct bytes frame);
    void *self;
};

struct newcomer *newcomer_new(const struct newcomer_outbox *outbox);
void newcomer_free(struct newcomer **newcomer);

/* The connection is up; what was under way on another is forgotten. */
void newcomer_ask(struct newcomer *newcomer, struct bytes request);
void newcomer_return(struct newcomer *newcomer, uint32_t registry_version,
                     const uint8_t agreement[DIGEST]);

enum newcomer_state newcomer_hear(struct newcomer *newcomer, struct bytes frame);

/* Of one who is done; borrowed until the next frame.  The trust and the agreement of one who asked
   to join only. */
struct bytes newcomer_trust(const struct newcomer *newcomer);
void newcomer_document(struct given_document *given, const struct newcomer *newcomer,
                       enum document_kind kind);
/* Of one who was refused: the broker's words, or ours about it. */
const char *newcomer_words(const struct newcomer *newcomer);

#endif
