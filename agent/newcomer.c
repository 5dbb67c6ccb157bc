#include "agent/newcomer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum { CREDIT_MESSAGES = 128, CREDIT_BYTES = 8 * 1024 * 1024, TRUST_MAX = 16 * 1024 };

struct download {
    uint8_t digest[DIGEST];
    struct buffer content;
    struct buffer minisigs[DOCUMENT_SIGNATURES_MAX];
    struct bytes minisig_views[DOCUMENT_SIGNATURES_MAX];
    size_t minisig_count;
};

struct newcomer {
    struct newcomer_outbox outbox;
    bool asks;                    /* to join; else it returns */
    enum verb awaited;            /* the broker's answer to what we said last */
    enum document_wanted wanted;  /* what is being fetched */
    struct download documents[2]; /* by enum document_kind */
    struct buffer trust, frame;
    char words[256];
};

/* --- One document, in parts -------------------------------------------------------------------- */

static void
download_init(struct download *download)
{
    buffer_init(&download->content, REGISTRY_MAX);
    for (size_t i = 0; i < DOCUMENT_SIGNATURES_MAX; i++)
        buffer_init(&download->minisigs[i], MINISIG_MAX);
}

static void
download_clear(struct download *download)
{
    buffer_clear(&download->content);
    for (size_t i = 0; i < DOCUMENT_SIGNATURES_MAX; i++)
        buffer_clear(&download->minisigs[i]);
    download->minisig_count = 0;
}

static void
keep_signatures(struct download *download, const struct document *part)
{
    download->minisig_count = part->minisig_count < DOCUMENT_SIGNATURES_MAX
                                  ? part->minisig_count
                                  : (size_t)DOCUMENT_SIGNATURES_MAX;
    for (size_t i = 0; i < download->minisig_count; i++) {
        buffer_reset(&download->minisigs[i]);
        buffer_add_bytes(&download->minisigs[i], part->minisigs[i]);
        download->minisig_views[i] = buffer_bytes(&download->minisigs[i]);
    }
}

/* False when it is not the next part of one document. */
static bool
download_take(struct download *download, const struct document *part, bool *whole)
{
    if (part->offset != download->content.len || part->total > REGISTRY_MAX)
        return false;
    if (part->offset == 0) {
        memcpy(download->digest, part->digest.data, DIGEST);
        keep_signatures(download, part);
    }
    if (memcmp(download->digest, part->digest.data, DIGEST) != 0
        || (part->content.len == 0 && part->total > part->offset))
        return false;
    buffer_add_bytes(&download->content, part->content);
    *whole = download->content.len == part->total;
    return buffer_is_whole(&download->content);
}

/* --- Saying -------------------------------------------------------------------------------------- */

static void
say(struct newcomer *newcomer, const struct frame *frame, enum verb answer)
{
    buffer_reset(&newcomer->frame);
    frame_write(&newcomer->frame, frame);
    newcomer->awaited = answer;
    /* What cannot be said now is said again on the next connection. */
    (void)!newcomer->outbox.post(newcomer->outbox.self, buffer_bytes(&newcomer->frame));
}

static enum newcomer_state
refused(struct newcomer *newcomer, const char *words)
{
    snprintf(newcomer->words, sizeof(newcomer->words), "%s", words);
    newcomer->awaited = VERB_NONE;
    return NEWCOMER_REFUSED;
}

static struct download *
current(struct newcomer *newcomer)
{
    return &newcomer->documents[newcomer->wanted == WANT_REGISTRY ? DOCUMENT_REGISTRY
                                                                  : DOCUMENT_AGREEMENT];
}

static enum newcomer_state
fetch(struct newcomer *newcomer, enum document_wanted what)
{
    struct frame frame = { .verb = VERB_FETCH, .fetch = { .what = what } };

    newcomer->wanted = what;
    frame.fetch.offset = current(newcomer)->content.len;
    say(newcomer, &frame, VERB_DOCUMENT);
    return NEWCOMER_UNDERWAY;
}

static void
begin(struct newcomer *newcomer, bool asks)
{
    newcomer->asks = asks;
    newcomer->words[0] = 0;
    buffer_reset(&newcomer->trust);
    for (int kind = DOCUMENT_REGISTRY; kind <= DOCUMENT_AGREEMENT; kind++)
        download_clear(&newcomer->documents[kind]);
}

void
newcomer_ask(struct newcomer *newcomer, struct bytes request)
{
    const struct frame frame = { .verb = VERB_JOIN, .join = request };

    begin(newcomer, true);
    say(newcomer, &frame, VERB_JOINED);
}

void
newcomer_return(struct newcomer *newcomer, uint32_t registry_version,
                const uint8_t agreement[DIGEST])
{
    const struct frame frame = {
        .verb = VERB_HELLO,
        .hello = { .protocol = PROTOCOL_VERSION,
                   .registry_version = registry_version,
                   .agreement = bytes_of(agreement, DIGEST),
                   .credit_messages = CREDIT_MESSAGES,
                   .credit_bytes = CREDIT_BYTES },
    };

    begin(newcomer, false);
    say(newcomer, &frame, VERB_WELCOME);
}

/* --- Hearing ------------------------------------------------------------------------------------- */

/* One who returns is a session like any other; a guest was given all its credit at once. */
static void
give_credit_back(struct newcomer *newcomer, size_t len)
{
    const struct frame credit = { .verb = VERB_CREDIT,
                                  .credit = { .messages = 1, .bytes = len } };

    if (!newcomer->asks)
        say(newcomer, &credit, newcomer->awaited);
}

static enum newcomer_state
on_document(struct newcomer *newcomer, const struct document *part)
{
    bool whole;

    if (part->what != newcomer->wanted)
        return NEWCOMER_UNDERWAY;
    if (!download_take(current(newcomer), part, &whole)) {
        download_clear(current(newcomer)); /* it was replaced meanwhile */
        return refused(newcomer, "the broker's documents changed meanwhile; try again");
    }
    give_credit_back(newcomer, part->content.len);
    if (!whole)
        return fetch(newcomer, newcomer->wanted);
    if (newcomer->asks && newcomer->wanted == WANT_REGISTRY)
        return fetch(newcomer, WANT_AGREEMENT);
    newcomer->awaited = VERB_NONE;
    return NEWCOMER_DONE;
}

static enum newcomer_state
on_awaited(struct newcomer *newcomer, const struct frame *frame)
{
    if (frame->verb == VERB_DOCUMENT)
        return on_document(newcomer, &frame->document);
    if (frame->verb == VERB_JOINED)
        buffer_add_bytes(&newcomer->trust, frame->joined);
    if (!buffer_is_whole(&newcomer->trust))
        return refused(newcomer, "the broker says too much");
    return fetch(newcomer, WANT_REGISTRY);
}

/* What comes for the agency that it is going to be, comes again when it is. */
static bool
is_for_later(enum verb verb)
{
    return verb == VERB_DELIVER || verb == VERB_ANNOUNCE || verb == VERB_CREDIT
           || verb == VERB_PONG;
}

static enum newcomer_state
act_on(struct newcomer *newcomer, const struct frame *frame)
{
    const struct frame pong = { .verb = VERB_PONG, .pong = frame->ping };

    if (frame->verb == VERB_BYE)
        return refused(newcomer, frame->bye.words);
    if (frame->verb == newcomer->awaited)
        return on_awaited(newcomer, frame);
    if (!newcomer->asks && frame->verb == VERB_PING) {
        say(newcomer, &pong, newcomer->awaited);
        return NEWCOMER_UNDERWAY;
    }
    if (!newcomer->asks && is_for_later(frame->verb))
        return NEWCOMER_UNDERWAY;
    return refused(newcomer, "the broker says what is not said here");
}

enum newcomer_state
newcomer_hear(struct newcomer *newcomer, struct bytes bytes)
{
    enum newcomer_state state;
    struct frame frame;

    if (frame_read(&frame, bytes))
        return refused(newcomer, "the broker says what cannot be read");
    state = act_on(newcomer, &frame);
    frame_clear(&frame);
    return state;
}

/* --- What came ------------------------------------------------------------------------------------ */

struct bytes
newcomer_trust(const struct newcomer *newcomer)
{
    return bytes_of(newcomer->trust.data, newcomer->trust.len);
}

void
newcomer_document(struct given_document *given, const struct newcomer *newcomer,
                  enum document_kind kind)
{
    const struct download *download = &newcomer->documents[kind];

    *given = (struct given_document){
        .text = bytes_of(download->content.data, download->content.len),
        .minisigs = download->minisig_views,
        .count = download->minisig_count,
    };
}

const char *
newcomer_words(const struct newcomer *newcomer)
{
    return newcomer->words;
}

struct newcomer *
newcomer_new(const struct newcomer_outbox *outbox)
{
    struct newcomer *newcomer = mem_new(sizeof(*newcomer));

    newcomer->outbox = *outbox;
    buffer_init(&newcomer->trust, TRUST_MAX);
    buffer_init(&newcomer->frame, FRAME_MAX);
    for (int kind = DOCUMENT_REGISTRY; kind <= DOCUMENT_AGREEMENT; kind++)
        download_init(&newcomer->documents[kind]);
    return newcomer;
}

void
newcomer_free(struct newcomer **newcomer)
{
    if (*newcomer == NULL)
        return;
    for (int kind = DOCUMENT_REGISTRY; kind <= DOCUMENT_AGREEMENT; kind++)
        download_clear(&(*newcomer)->documents[kind]);
    buffer_clear(&(*newcomer)->trust);
    buffer_clear(&(*newcomer)->frame);
    free(*newcomer);
    *newcomer = NULL;
}
