#ifndef KITH_WIRE_FRAME_H
#define KITH_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "envelope/core.h"

/*
 * What agents and the broker say to each other: a frame is one byte, the verb, and the
 * packed protobuf message of that verb, read strictly (wire/strict.h).  States and who may
 * say what when: broker/peers.h; bytes: doc/protocol.md.
 */
enum verb {
    VERB_NONE = 0,
    VERB_HELLO,    /* agent: here I am */
    VERB_WELCOME,  /* broker: come in */
    VERB_SUBMIT,   /* agent: take this envelope */
    VERB_ACCEPTED, /* broker: it is durable, under this log index */
    VERB_REFUSED,  /* broker: it is not taken, because */
    VERB_ASK,      /* agent: what became of these? */
    VERB_FATE,     /* broker: this */
    VERB_DELIVER,  /* broker: this is for you */
    VERB_ACK,      /* agent: applied, up to this position */
    VERB_CREDIT,   /* either: so much more may be under way */
    VERB_FETCH,    /* agent: send me that document */
    VERB_DOCUMENT, /* broker: here it is */
    VERB_PING,
    VERB_PONG,
    VERB_BYE,      /* either: I stop talking to you, because */
    VERB_ANNOUNCE, /* broker: these documents are in force now */
    VERB_OFFER,    /* agent: our intake keys */
    VERB_JOIN,     /* guest: I ask to be admitted */
    VERB_JOINED,   /* broker: that is written down */
    VERB_COUNT
};

enum {
    PROTOCOL_VERSION = 1,
    FRAME_MAX = ENVELOPE_MAX + 4096,
    ASK_MAX = 256 /* message ids in one ASK */
};

enum document_wanted {
    WANT_NOTHING = 0,
    WANT_REGISTRY,
    WANT_AGREEMENT,
    WANT_INTAKE,
    WANT_GRANTS,
    WANT_SUSPENSIONS,
    WANT_COUNT
};

enum { DOCUMENT_PART = 256 * 1024, DOCUMENT_SIGNATURES_MAX = 16 };

enum bye {
    BYE_DONE = 1,       /* going away in an orderly manner */
    BYE_PROTOCOL = 2,   /* that verb is not for this state, or not a frame at all */
    BYE_VERSION = 3,    /* we do not speak the same protocol version */
    BYE_NOT_LISTED = 4, /* the key is not, or no longer, in the registry */
    BYE_REPLACED = 5,   /* the same agency has opened another session */
    BYE_SHUTDOWN = 6,
    BYE_SUSPENDED = 7, /* the agency is shut out of the federation until that is lifted */
    BYE_INVITE = 8     /* used up, out of date, or not for this */
};

struct hello {
    uint32_t protocol, registry_version;
    struct bytes agreement;
    uint64_t log_size;
    uint32_t credit_messages;
    uint64_t credit_bytes;
};

/* Digests, DIGEST bytes each, by enum document_wanted. */
struct standing {
    uint32_t registry_version, agreement_version;
    struct bytes digests[WANT_COUNT];
};

struct welcome {
    uint32_t protocol;
    struct standing standing;
    uint64_t acked, log_size;
    uint32_t credit_messages;
    uint64_t credit_bytes;
    uint64_t now_ms;
};

struct accepted {
    struct bytes msg_id, h;
    uint64_t log_index, accepted_ms;
};

struct refused {
    struct bytes msg_id;
    enum check check;
    const char *words;
    uint32_t recipient;
    uint64_t now_ms;
};

struct ask {
    const struct bytes *msg_ids;
    size_t count;
};

struct known {
    struct bytes msg_id, h;
    bool accepted;
    uint64_t log_index, accepted_ms;
};

struct fate {
    const struct known *known;
    size_t count;
};

struct delivery {
    struct envelope envelope;
    uint64_t log_index, accepted_ms, position;
    bool has_grant;
    struct bytes grant_body;
    struct batch_signature grant_batch;
};

struct fetch {
    enum document_wanted what;
    uint64_t offset;
};

struct document {
    enum document_wanted what;
    struct bytes digest;
    uint64_t offset, total; /* of the content's place in the whole */
    struct bytes content;
    const struct bytes *minisigs;
    size_t minisig_count;
};

struct frame {
    enum verb verb;
    union {
        struct hello hello;
        struct welcome welcome;
        struct envelope submit;
        struct accepted accepted;
        struct refused refused;
        struct ask ask;
        struct fate fate;
        struct delivery delivery;
        uint64_t ack;
        struct {
            uint32_t messages;
            uint64_t bytes;
        } credit;
        struct fetch fetch;
        struct document document;
        struct standing announce;
        struct bytes offer;
        struct bytes join, joined;
        uint64_t ping, pong;
        struct {
            enum bye reason;
            const char *words;
        } bye;
    };
    void *memory; /* what the views above point into; see frame_clear */
};

/* Everything in *frame is valid until frame_clear.  ERR_MALFORMED for whatever is not
   exactly a frame, ERR_TOO_BIG beyond FRAME_MAX. */
enum err frame_read(struct frame *frame, struct bytes bytes) MUST_CHECK;
void frame_clear(struct frame *frame);

/* Appends the frame. */
void frame_write(struct buffer *out, const struct frame *frame);

const char *verb_name(enum verb verb); /* "HELLO", … */

/* An envelope by itself, as it is stored: the bytes of a SUBMIT without the verb. */
enum err envelope_unpack(struct envelope *envelope, void **memory,
                         struct bytes packed) MUST_CHECK;
void envelope_release(void **memory);
void envelope_pack(struct buffer *out, const struct envelope *envelope);

#endif
