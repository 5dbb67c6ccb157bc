#include "agent/parts.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "federation/shared.h"

/* The documents that the broker goes by: fetched when ours are others, one after the other,
   and taken in when they verify. */

enum { ASK_AGAIN_MS = 30 * 1000, BEHIND_MAX_MS = 10 * 60 * 1000 };

/* --- What we go by ------------------------------------------------------------------------------ */

void
documents_learn_own(struct agent *agent)
{
    const struct federation *federation = agent->in_force->federation;
    struct documents *documents = &agent->documents;
    struct buffer text;

    memcpy(documents->own[WANT_REGISTRY],
           federation_document(federation, DOCUMENT_REGISTRY)->digest, DIGEST);
    memcpy(documents->own[WANT_AGREEMENT],
           federation_document(federation, DOCUMENT_AGREEMENT)->digest, DIGEST);
    buffer_init(&text, SHARED_MAX);
    federation_share_intake(&text, federation);
    shared_digest(documents->own[WANT_INTAKE], buffer_bytes(&text));
    buffer_reset(&text);
    federation_share_grants(&text, federation, agent->me->number);
    shared_digest(documents->own[WANT_GRANTS], buffer_bytes(&text));
    buffer_clear(&text);
    documents_learn_own_suspensions(agent);
}

void
documents_learn_own_suspensions(struct agent *agent)
{
    struct buffer text;

    buffer_init(&text, SHARED_MAX);
    federation_fetched_suspensions(&text, agent->in_force->federation);
    shared_digest(agent->documents.own[WANT_SUSPENSIONS], buffer_bytes(&text));
    buffer_clear(&text);
}

static bool
is_same(const struct documents *documents, enum document_wanted what)
{
    return memcmp(documents->own[what], documents->brokers[what], DIGEST) == 0;
}

/* --- Fetching ------------------------------------------------------------------------------------ */

static void
forget_fetched(struct documents *documents)
{
    documents->what = WANT_NOTHING;
    buffer_clear(&documents->content);
    for (size_t i = 0; i < documents->minisig_count; i++)
        buffer_clear(&documents->minisigs[i]);
    documents->minisig_count = 0;
}

static void
ask(struct agent *agent, struct moment now)
{
    struct documents *documents = &agent->documents;
    const struct frame fetch = {
        .verb = VERB_FETCH,
        .fetch = { .what = documents->what, .offset = documents->content.len },
    };

    documents->asked_ms = now.steady_ms;
    say(agent, &fetch);
}

/* What did not verify is not asked for again before the broker has something else. */
static bool
is_wanted(const struct documents *documents, enum document_wanted what)
{
    return !is_same(documents, what)
           && memcmp(documents->failed[what], documents->brokers[what], DIGEST) != 0;
}

static void
fetch_next(struct agent *agent, struct moment now)
{
    /* Who must not be told any more comes before all that says who is told. */
    static const enum document_wanted order[WANT_COUNT - 1] = {
        WANT_SUSPENSIONS, WANT_REGISTRY, WANT_AGREEMENT, WANT_INTAKE, WANT_GRANTS,
    };
    struct documents *documents = &agent->documents;

    if (agent->outbox.install == NULL || documents->what != WANT_NOTHING)
        return;
    for (size_t i = 0; i < WANT_COUNT - 1; i++)
        if (is_wanted(documents, order[i])) {
            documents->what = order[i];
            memcpy(documents->wanted, documents->brokers[order[i]], DIGEST);
            buffer_init(&documents->content, SHARED_MAX);
            ask(agent, now);
            return;
        }
}

void
documents_compare(struct agent *agent)
{
    const struct documents *documents = &agent->documents;

    agent->registry_differs =
        documents->brokers_registry != 0 && !is_same(documents, WANT_REGISTRY);
    agent->agreement_differs =
        documents->brokers_registry != 0 && !is_same(documents, WANT_AGREEMENT);
}

void
documents_heard(struct agent *agent, const struct standing *standing, struct moment now)
{
    struct documents *documents = &agent->documents;

    for (int what = WANT_REGISTRY; what < WANT_COUNT; what++)
        memcpy(documents->brokers[what], standing->digests[what].data, DIGEST);
    documents->brokers_registry = standing->registry_version;
    documents_compare(agent);
    documents_named(agent, standing->registry_version, now);
    forget_fetched(documents);
    fetch_next(agent, now);
}

/* --- Taking in ------------------------------------------------------------------------------------- */

static const char *const document_names[WANT_COUNT] = { "",          "registry",
                                                        "agreement", "intake keys",
                                                        "grants",    "suspensions" };

static enum err
refuse(struct agent *agent, enum document_wanted what, const char *because_of,
       struct moment now)
{
    struct documents *documents = &agent->documents;
    char about[600];
    enum err err = open_transaction(agent);

    if (err)
        return err;
    memcpy(documents->failed[what], documents->wanted, DIGEST);
    snprintf(about, sizeof(about), "the broker's %s: not taken: %s", document_names[what],
             because_of);
    raise_alarm(agent, "DOCUMENT", about, 1, now);
    return ERR_OK;
}

static void
digest_of(uint8_t digest[DIGEST], enum document_wanted what, struct bytes content)
{
    if (what == WANT_REGISTRY || what == WANT_AGREEMENT)
        document_digest(digest, what == WANT_REGISTRY ? DOCUMENT_REGISTRY : DOCUMENT_AGREEMENT,
                        content);
    else
        shared_digest(digest, content);
}

/* The whole is there. */
static enum err
take_in(struct agent *agent, struct moment now)
{
    struct documents *documents = &agent->documents;
    enum document_wanted what = documents->what;
    struct bytes minisigs[DOCUMENT_SIGNATURES_MAX];
    struct why why = { "its digest is another" };
    uint8_t digest[DIGEST];
    enum err err = ERR_FORGED;

    for (size_t i = 0; i < documents->minisig_count; i++)
        minisigs[i] = buffer_bytes(&documents->minisigs[i]);
    digest_of(digest, what, buffer_bytes(&documents->content));
    if (memcmp(digest, documents->wanted, DIGEST) == 0)
        err = agent->outbox.install(agent->outbox.self, what, buffer_bytes(&documents->content),
                                    minisigs, documents->minisig_count, &why);
    forget_fetched(documents);
    if (err == ERR_OK && !is_same(documents, what)
        && memcmp(documents->wanted, documents->brokers[what], DIGEST) == 0) {
        because(&why, ERR_OK, "something in it is not for us to believe");
        err = ERR_REFUSED;
    }
    if (err)
        return refuse(agent, what, why.text, now);
    log_event(LOG_NOTICE, "fetched", "document", document_names[what], NULL);
    return ERR_OK;
}

/* The part that was asked for, of what was asked for. */
static bool
is_next_part(const struct documents *documents, const struct document *document)
{
    return documents->what != WANT_NOTHING && document->what == documents->what
           && memcmp(document->digest.data, documents->wanted, DIGEST) == 0
           && document->offset == documents->content.len && document->total <= SHARED_MAX
           && (document->content.len > 0 || document->total == document->offset);
}

static void
keep_part(struct documents *documents, const struct document *document)
{
    buffer_add_bytes(&documents->content, document->content);
    for (size_t i = 0; i < document->minisig_count && document->offset == 0; i++) {
        struct buffer *minisig = &documents->minisigs[documents->minisig_count++];

        buffer_init(minisig, FRAME_MAX);
        buffer_add_bytes(minisig, document->minisigs[i]);
    }
}

enum err
on_document(struct agent *agent, const struct frame *frame, struct moment now)
{
    struct documents *documents = &agent->documents;
    const struct document *document = &frame->document;
    enum err err = ERR_OK;

    if (!is_next_part(documents, document))
        return ERR_OK; /* of what has been replaced since; the newest is asked for */
    keep_part(documents, document);
    if (documents->content.len < document->total) {
        ask(agent, now);
        return ERR_OK;
    }
    if ((err = take_in(agent, now)) == ERR_OK)
        fetch_next(agent, now);
    return err;
}

enum err
on_announce(struct agent *agent, const struct frame *frame, struct moment now)
{
    documents_heard(agent, &frame->announce, now);
    return ERR_OK;
}

/* --- In time -------------------------------------------------------------------------------------- */

/* Somebody named that version of the registry: the broker, or the sender of a message. */
void
documents_named(struct agent *agent, uint32_t version, struct moment now)
{
    struct documents *documents = &agent->documents;
    uint32_t ours = registry_version(federation_registry(agent->in_force->federation));

    if (version > documents->named_registry)
        documents->named_registry = version;
    if (documents->named_registry <= ours && documents->brokers_registry >= ours)
        documents->behind_since_ms = 0;
    else if (documents->behind_since_ms == 0)
        documents->behind_since_ms = now.steady_ms;
}

static enum err
report_behind(struct agent *agent, struct moment now)
{
    struct documents *documents = &agent->documents;
    enum err err;

    if (documents->behind_since_ms == 0
        || now.steady_ms - documents->behind_since_ms < BEHIND_MAX_MS)
        return ERR_OK;
    documents->behind_since_ms = now.steady_ms;
    if ((err = open_transaction(agent)))
        return err;
    raise_alarm(agent, "ROLLBACK",
                "a newer registry has been named than the broker gives us; is it kept from us?",
                1, now);
    return ERR_OK;
}

enum err
documents_tick(struct agent *agent, struct moment now)
{
    struct documents *documents = &agent->documents;

    if (agent->link == LINK_READY && documents->what != WANT_NOTHING
        && now.steady_ms - documents->asked_ms >= ASK_AGAIN_MS)
        ask(agent, now);
    return report_behind(agent, now);
}

void
documents_clear(struct documents *documents)
{
    forget_fetched(documents);
}
