#ifndef KITH_BROKER_PARTS_H
#define KITH_BROKER_PARTS_H

#include "broker/accept.h"
#include "broker/broker.h"
#include "broker/peers.h"
#include "core/map.h"
#include "wire/frame.h"

/*
 * The inside of the broker, for its own files only: broker.c (who is heard), verbs.c (what
 * each verb does), batch.c and commit.c (what is written down, and what follows), deliver.c
 * (what goes out), guests.c (who asks to join).
 */

/* A submission that has been checked and waits for the commit. */
struct staged {
    uint64_t session;
    uint8_t msg_id[MSG_ID];
    uint8_t h[DIGEST];
    struct buffer envelope, stub;
    struct store_delivery deliveries[RECIPIENTS_MAX];
    size_t delivery_count;
    uint32_t sender, kind;
    uint64_t accepted_ms, expires_ms;
};

struct broker {
    struct store *store;
    struct store_head head;
    struct in_force *in_force;
    const struct invites *invites; /* NULL: none */
    struct broker_outbox outbox;
    struct peers *peers;
    struct root_cache *roots;

    struct staged *staged[BATCH_MESSAGES];
    size_t staged_count, staged_bytes;
    struct map acks; /* agency → struct store_ack * that waits for the commit */

    uint64_t documents_learned; /* how often */
    struct buffer intake;       /* every agency's intake keys, as they are given out */
    uint8_t intake_digest[DIGEST];
    struct buffer suspensions; /* and who is suspended */
    uint8_t suspensions_digest[DIGEST];

    struct buffer frame; /* of the frame being written */
    struct broker_counts counts;
    int64_t expired_ms; /* steady: when expiry last ran */
};

/* broker.c */
void tell(struct broker *broker, struct peer *peer, const struct frame *frame);
void dismiss(struct broker *broker, struct peer *peer, enum bye reason, const char *words);
const char *name_of(const struct broker *broker, uint32_t agency);
/* A transport key may have had its last day. */
bool is_still_listed(const struct broker *broker, const struct peer *peer, struct moment now);

/* verbs.c: what that verb does in the state that the peer is in. */
enum err act_on(struct broker *broker, struct peer *peer, const struct frame *frame,
                struct moment now) MUST_CHECK;
void tell_accepted(struct broker *broker, struct peer *peer, const uint8_t msg_id[MSG_ID],
                   const struct store_fate *fate);

/* documents.c: what is given out of the documents in force, and taken of keys. */
void documents_learn(struct broker *broker);
void documents_learn_suspensions(struct broker *broker);
/* What we go by, for that agency.  Borrowed until the documents in force change. */
struct standing documents_standing(struct broker *broker, struct peer *peer);
void documents_announce(struct broker *broker, struct peer *peer);
enum err on_fetch(struct broker *broker, struct peer *peer, const struct frame *frame,
                  struct moment now);
enum err on_offer(struct broker *broker, struct peer *peer, const struct frame *frame,
                  struct moment now);

/* guests.c: who has an invite, and what it may ask for. */
/* The invite with that key, or NULL. */
struct open_invite *guest_invite(const struct broker *broker, const uint8_t transport[32]);
void guest_enter(struct peer *peer);
enum err on_join(struct broker *broker, struct peer *peer, const struct frame *frame,
                 struct moment now);
enum err on_guests_fetch(struct broker *broker, struct peer *peer, const struct frame *frame,
                         struct moment now);

/* commit.c: half of the credit it was given, so that it should get some back. */
bool uses_much_credit(const struct peer *peer);

/* batch.c */
struct staged *batch_find(struct broker *broker, uint32_t sender, const uint8_t msg_id[MSG_ID]);
enum err batch_add(struct broker *broker, const struct peer *peer,
                   const struct submission *submission, struct moment now);
void batch_acknowledge(struct broker *broker, uint32_t agency, uint64_t position);
enum err batch_commit(struct broker *broker);
/* After a commit. */
void batch_clear(struct broker *broker);
/* The messages, but not the acknowledgements. */
void batch_forget_messages(struct broker *broker);
/* What suspended agencies have said and is not committed: nothing of it is accepted. */
void batch_forget_suspended(struct broker *broker);

/* deliver.c */
/* Sends what the peer's queue and credit allow.  True when its connection is full just
   now, so that it must be tried again. */
bool deliver(struct broker *broker, struct peer *peer, struct moment now, enum err *err);

#endif
