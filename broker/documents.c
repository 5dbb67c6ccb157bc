#include "broker/parts.h"

#include <string.h>

#include "core/log.h"
#include "federation/shared.h"

/* What agents fetch from us, and what they offer. */

enum { OFFER_AFTER_MS = 60 * 1000 };

/* --- What we go by ---------------------------------------------------------------------------- */

void
documents_learn(struct broker *broker)
{
    broker->documents_learned++;
    buffer_reset(&broker->intake);
    federation_share_intake(&broker->intake, broker->in_force->federation);
    shared_digest(broker->intake_digest, buffer_bytes(&broker->intake));
    documents_learn_suspensions(broker);
}

void
documents_learn_suspensions(struct broker *broker)
{
    buffer_reset(&broker->suspensions);
    federation_share_suspensions(&broker->suspensions, broker->in_force->federation);
    shared_digest(broker->suspensions_digest, buffer_bytes(&broker->suspensions));
}

/* Once for the documents in force: a suspension is announced without it. */
static void
learn_grants(struct broker *broker, struct peer *peer)
{
    if (peer->grants_learned == broker->documents_learned)
        return;
    peer->grants_learned = broker->documents_learned;
    buffer_reset(&peer->grants);
    federation_share_grants(&peer->grants, broker->in_force->federation, peer->agency);
    shared_digest(peer->grants_digest, buffer_bytes(&peer->grants));
}

struct standing
documents_standing(struct broker *broker, struct peer *peer)
{
    const struct federation *federation = broker->in_force->federation;
    const struct signed_document *registry = federation_document(federation, DOCUMENT_REGISTRY);
    const struct signed_document *agreement =
        federation_document(federation, DOCUMENT_AGREEMENT);

    learn_grants(broker, peer);
    return (struct standing){
        .registry_version = registry->line.version,
        .agreement_version = agreement->line.version,
        .digests = { [WANT_REGISTRY] = bytes_of(registry->digest, DIGEST),
                     [WANT_AGREEMENT] = bytes_of(agreement->digest, DIGEST),
                     [WANT_INTAKE] = bytes_of(broker->intake_digest, DIGEST),
                     [WANT_GRANTS] = bytes_of(peer->grants_digest, DIGEST),
                     [WANT_SUSPENSIONS] = bytes_of(broker->suspensions_digest, DIGEST) },
    };
}

void
documents_announce(struct broker *broker, struct peer *peer)
{
    const struct frame announce = { .verb = VERB_ANNOUNCE,
                                    .announce = documents_standing(broker, peer) };

    tell(broker, peer, &announce);
}

/* --- FETCH ------------------------------------------------------------------------------------- */

static struct document
signed_as_a_whole(const struct broker *broker, enum document_kind kind)
{
    const struct signed_document *document =
        federation_document(broker->in_force->federation, kind);

    return (struct document){ .digest = bytes_of(document->digest, DIGEST),
                              .content = document->text,
                              .minisigs = document->minisigs,
                              .minisig_count = document->minisig_count };
}

static struct document
put_together(const struct buffer *text, const uint8_t digest[DIGEST])
{
    return (struct document){ .digest = bytes_of(digest, DIGEST),
                              .content = bytes_of(text->data, text->len) };
}

static struct document
whole_of(const struct broker *broker, const struct peer *peer, enum document_wanted what)
{
    switch ((int)what) {
    case WANT_REGISTRY: return signed_as_a_whole(broker, DOCUMENT_REGISTRY);
    case WANT_AGREEMENT: return signed_as_a_whole(broker, DOCUMENT_AGREEMENT);
    case WANT_INTAKE: return put_together(&broker->intake, broker->intake_digest);
    case WANT_SUSPENSIONS:
        return put_together(&broker->suspensions, broker->suspensions_digest);
    }
    return put_together(&peer->grants, peer->grants_digest);
}

static void
cut_part(struct document *document, uint64_t offset)
{
    size_t left;

    document->total = document->content.len;
    document->offset = offset < document->total ? offset : document->total;
    left = (size_t)(document->total - document->offset);
    document->content = bytes_of(document->content.data + document->offset,
                                 left < DOCUMENT_PART ? left : DOCUMENT_PART);
    if (document->offset > 0 || document->minisig_count > DOCUMENT_SIGNATURES_MAX)
        document->minisig_count = document->offset > 0 ? 0 : (size_t)DOCUMENT_SIGNATURES_MAX;
}

/* Paid for as a delivery is: an agent that gives no credit is sent nothing, and asks again. */
static bool
takes_from_credit(struct peer *peer, size_t len)
{
    if (peer->credit_messages == 0 || peer->credit_bytes == 0)
        return false;
    peer->credit_messages--;
    peer->credit_bytes -= len < peer->credit_bytes ? len : peer->credit_bytes;
    return true;
}

enum err
on_fetch(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    struct frame answer = { .verb = VERB_DOCUMENT,
                            .document = whole_of(broker, peer, frame->fetch.what) };

    (void)now;
    answer.document.what = frame->fetch.what;
    cut_part(&answer.document, frame->fetch.offset);
    if (takes_from_credit(peer, answer.document.content.len))
        tell(broker, peer, &answer);
    return ERR_OK;
}

/* --- OFFER ------------------------------------------------------------------------------------- */

/* Every offer makes us read the federation again, and everybody fetch: not more than one a
   minute from each. */
static bool
offers_too_often(struct peer *peer, struct moment now)
{
    bool too_often = peer->offered_ms != 0 && now.steady_ms - peer->offered_ms < OFFER_AFTER_MS;

    if (!too_often)
        peer->offered_ms = now.steady_ms;
    return too_often;
}

enum err
on_offer(struct broker *broker, struct peer *peer, const struct frame *frame, struct moment now)
{
    const struct federation *federation = broker->in_force->federation;
    const struct agency *agency =
        registry_agency(federation_registry(federation), peer->agency);
    struct why why = { "it offers too often" };

    if (offers_too_often(peer, now)
        || federation_check_offer(federation, agency, frame->offer, &why)) {
        log_event(LOG_ALARM, "offer_refused", "agency", agency->name, "because", why.text,
                  NULL);
        return ERR_OK;
    }
    log_event(LOG_NOTICE, "offer", "agency", agency->name, NULL);
    if (broker->outbox.offered != NULL)
        broker->outbox.offered(broker->outbox.self, agency, frame->offer);
    return ERR_OK;
}
