#ifndef KITH_AGENT_PARTS_H
#define KITH_AGENT_PARTS_H

#include "agent/agent.h"
#include "agent/recipients.h"
#include "agreement/standing.h"
#include "core/map.h"
#include "envelope/open.h"
#include "envelope/seal.h"
#include "federation/signer.h"
#include "message/message.h"
#include "wire/frame.h"

/* The inside of the agent, for the files of agent/ only. */

enum {
    IN_FLIGHT_MAX = 256 /* sealed and not answered: no more than one ASK can ask after */
};

/* Digests by enum document_wanted. */
struct documents {
    uint8_t own[WANT_COUNT][DIGEST];
    uint8_t brokers[WANT_COUNT][DIGEST]; /* as it last said */
    uint8_t failed[WANT_COUNT][DIGEST];  /* what did not verify */
    uint32_t brokers_registry, named_registry;
    int64_t behind_since_ms; /* steady; 0: we have what has been named */

    /* Being fetched, WANT_NOTHING for none. */
    enum document_wanted what;
    uint8_t wanted[DIGEST];
    int64_t asked_ms; /* steady */
    struct buffer content;
    struct buffer minisigs[DOCUMENT_SIGNATURES_MAX];
    size_t minisig_count;
};

struct agent {
    const struct agency *me;
    struct agent_store *store;
    struct in_force *in_force;
    const struct node_keys *keys;
    const struct numbered_secret *signer;
    struct agent_outbox outbox;

    /* The link to the broker. */
    enum link_state link;
    struct instant link_since;
    /* What we may still say, as the broker counts it: each frame after HELLO.  Answers are
       said at need even when it is used up, so it may be below 0. */
    int64_t credit_messages, credit_bytes;
    int64_t heard_ms; /* steady */
    int64_t retry_ms; /* steady: not before this is anything sealed or sent again */
    uint64_t log_size;
    int64_t clock_skew_ms;
    bool agreement_differs, registry_differs;
    bool suspended;               /* the broker says so, and has not taken us since */
    int64_t policy_refused_ms;    /* steady: since when our agreement is; 0: it is not */
    char narrowed[STANDING_TEXT]; /* why only MASH and social care are told, "": they are not
                                     the only ones */
    char *not_reloaded;
    const char *mash_telephone;
    struct documents documents;
    int64_t offered_ms; /* steady: when a key of ours was last offered */

    /* Outwards. */
    struct ephemeral *ephemeral;
    struct root_cache *roots;
    struct map refused_for; /* recipients the broker refused, by refusal_key() */
    bool asking;            /* an ASK is under way: nothing is sent before its FATE */
    int64_t asked_ms;       /* steady */
    uint32_t in_flight;     /* submitted in this session and not answered */
    int64_t answered_ms;    /* steady: when one was answered last, or the first submitted */
    uint8_t unsent[IN_FLIGHT_MAX]
                  [MSG_ID]; /* sealed, to be submitted in this session, in order */
    size_t unsent_count;

    /* Inwards. */
    struct opener *opener;
    uint64_t applied; /* queue position, durable */
    uint64_t arrived; /* position of the last delivery applied in the open transaction */
    bool in_transaction;
    bool look_again;        /* at what was kept back: something has changed */
    uint32_t used_messages; /* of the credit we gave */
    uint64_t used_bytes;

    struct buffer frame;
};

/* session.c */
/* What stands in agent->frame; paid for out of the credit. */
enum sent post_frame(struct agent *agent);
enum sent say(struct agent *agent, const struct frame *frame);
void hang_up(struct agent *agent, struct moment now);
void raise_alarm(struct agent *agent, const char *name, const char *about, uint64_t times,
                 struct moment now);
const char *agency_name(const struct agent *agent, uint32_t number);

/* sealing.c: when the broker would take more, seals what is queued, signs it as one batch,
   stores it in the transaction of the next settling, and puts it among the unsent. */
enum err seal_queued(struct agent *agent, struct moment now) MUST_CHECK;
/* False when it was there already. */
bool refused_for_add(struct agent *agent, const uint8_t notice_id[NOTICE_ID], uint32_t agency);

/* stale.c: the later of our time and the broker's, if they differ too much for messages to be taken. */
struct moment stale_latest(const struct agent *agent, struct moment now);
/* Before sealing: chooses the key, and sees whether something has gone stale.  Returns the
   time to seal with. */
struct moment stale_look(struct agent *agent, struct moment now);
/* The broker does not take what is sealed under our agreement. */
void stale_heard_policy(struct agent *agent, struct moment now);

/* situation.c: a message in the agreement's own terms; problems may be NULL. */
bool situation_of(struct situation *situation, const struct message *message,
                  const struct policy *policy, struct instant now, struct problems *problems);

/* submit.c: what is sealed goes out, in order, as far as the broker's credit goes, and what
   the broker says of it. */
void unsent_add(struct agent *agent, const uint8_t msg_id[MSG_ID]);
enum err submit_unsent(struct agent *agent, struct moment now) MUST_CHECK;
/* Asks what became of everything that was sealed before this session. */
enum err ask_after_sealed(struct agent *agent) MUST_CHECK;
enum err on_accepted(struct agent *agent, const struct frame *frame, struct moment now);
enum err on_refused(struct agent *agent, const struct frame *frame, struct moment now);
enum err on_fate(struct agent *agent, const struct frame *frame, struct moment now);

/* receive.c */
enum err receive(struct agent *agent, const struct delivery *delivery,
                 struct moment now) MUST_CHECK;
/* What was kept back may open under what is in force now, or with the keys we have now. */
enum err look_at_quarantine_again(struct agent *agent, struct moment now) MUST_CHECK;

/* stream.c: what comes from a sender bears the numbers 1, 2, 3, …  0: it did not say its
   number, for it did not open, but it has come and keeps its place. */
enum err stream_step(struct agent *agent, uint32_t sender, uint64_t seq,
                     struct moment now) MUST_CHECK;
/* Raises GAP for what has been missing too long. */
enum err stream_report_gaps(struct agent *agent, struct moment now) MUST_CHECK;

/* documents.c */
void documents_learn_own(struct agent *agent);
void documents_learn_own_suspensions(struct agent *agent);
/* Are ours still others than the broker's? */
void documents_compare(struct agent *agent);
void documents_heard(struct agent *agent, const struct standing *standing, struct moment now);
void documents_named(struct agent *agent, uint32_t version, struct moment now);
enum err documents_tick(struct agent *agent, struct moment now) MUST_CHECK;
void documents_clear(struct documents *documents);
enum err on_document(struct agent *agent, const struct frame *frame, struct moment now);
enum err on_announce(struct agent *agent, const struct frame *frame, struct moment now);

/* keys.c */
void keys_tick(struct agent *agent, struct moment now);

/* settle.c */
/* Out of room nothing was changed and nothing acknowledged: what is waiting waits, here and
   at the broker. */
enum err wait_for_room(struct agent *agent, struct moment now) MUST_CHECK;
/* What is heard between two settlings is one transaction: begun with the first change,
   committed, and only then acknowledged. */
enum err open_transaction(struct agent *agent) MUST_CHECK;
enum err settle_heard(struct agent *agent) MUST_CHECK;
/* As if nothing had been heard since the last settling. */
void give_up_transaction(struct agent *agent);

#endif
