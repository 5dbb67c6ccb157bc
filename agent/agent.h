#ifndef KITH_AGENT_AGENT_H
#define KITH_AGENT_AGENT_H

#include "agreement/in_force.h"
#include "core/bytes.h"
#include "core/instant.h"
#include "federation/node_keys.h"
#include "message/problem.h"
#include "net/sent.h"
#include "schema/field.h"
#include "store/agent_store.h"
#include "wire/frame.h"

/*
 * One agency's agent.  Outwards: takes messages from the agency's systems, writes them
 * down, seals of each exactly what the agreement gives each recipient, and sends until the
 * broker has it.  Inwards: verifies and opens what the broker delivers, writes it down, and
 * acknowledges.
 *
 * This is the core: it is told what was heard and what time it is, and answers through an
 * outbox.  Sockets, files and clocks are daemon.c's.  It never lets a message leave that is
 * not sealed, and never acknowledges what is not on disk.
 */
struct agent;

enum {
    RECEIVE_MESSAGES = 256, /* what we let the broker have under way to us */
    RECEIVE_BYTES = 8 * 1024 * 1024,
    RETRY_MS = 5000
};

struct agent_outbox {
    /* To the broker; never blocks. */
    enum sent (*post)(void *self, struct bytes frame);
    /* Gives the connection up, to be made again after a while. */
    void (*hang_up)(void *self);
    /* Takes in a document that the broker goes by: verified, put where the federation is read
       from, and adopted.  On an error nothing has changed.  NULL: nothing is fetched. */
    enum err (*install)(void *self, enum document_wanted what, struct bytes content,
                        const struct bytes *minisigs, size_t count, struct why *why);
    /* A fresh key for others to seal to, as the intake file to offer; adopted already.  The
       same again if that was done lately.  NULL: somebody else sees to it. */
    enum err (*renew)(void *self, const struct numbered_secret *signing, struct buffer *offer,
                      struct why *why);
    void *self;
};

/* All of these stay the caller's until agent_free.  ERR_NOT_FOUND when the registry does
   not know the agency or its signing key. */
enum err agent_new(struct agent **agent, const char *name, struct agent_store *store,
                   struct in_force *in_force, const struct node_keys *keys,
                   const struct agent_outbox *outbox, struct moment now,
                   struct why *why) MUST_CHECK;
void agent_free(struct agent **agent);

/* From now on this is in force, and these are our keys.  What was kept back is looked at
   again.  On an error everything is as it was. */
enum err agent_adopt(struct agent *agent, struct in_force *in_force,
                     const struct node_keys *keys, struct moment now,
                     struct why *why) MUST_CHECK;

/* Who is suspended has changed in what is in force: what was held may go. */
enum err agent_suspensions_changed(struct agent *agent) MUST_CHECK;

/* --- What the broker's side of the world does to us ------------------------------------- */

void agent_connected(struct agent *agent, struct moment now);
void agent_disconnected(struct agent *agent, bool refused, struct moment now);
/* A frame.  Deliveries are applied by agent_settle. */
enum err agent_hear(struct agent *agent, struct bytes frame, struct moment now) MUST_CHECK;
/* After the frames that were waiting: one durable transaction, then acknowledge; then seal
   and send what waits.  Anything but ERR_OK: the store cannot be trusted; stop. */
enum err agent_settle(struct agent *agent, struct moment now) MUST_CHECK;
/* About every second. */
enum err agent_tick(struct agent *agent, struct moment now) MUST_CHECK;

/* --- What the agency's systems do ---------------------------------------------------------- */

struct published {
    uint8_t notice_id[16];
    bool repeated; /* the idempotency key was known, and this is its first answer */
};

/*
 * Takes a message: checked, and durable in the spool when this returns ERR_OK.
 * ERR_MALFORMED: problems say what; ERR_TOO_BIG: longer than MESSAGE_JSON_MAX; ERR_CONFLICT:
 * the idempotency key was used for another body; ERR_FULL: no room, nothing was changed.
 */
enum err agent_publish(struct agent *agent, enum kind kind, struct bytes json,
                       const char *idempotency_key, struct moment now,
                       struct published *published, struct problems *problems) MUST_CHECK;

/* Logs what a person should see to before it is too late. */
void agent_report(const struct agent *agent, struct moment now);

/* The last attempt to read the federation again failed, and why; NULL: it did not. */
void agent_note_reload(struct agent *agent, const char *not_reloaded);

/* Whom to ring when MASH does not answer; borrowed until agent_free. */
void agent_set_mash_telephone(struct agent *agent, const char *telephone);
const char *agent_mash_telephone(const struct agent *agent);

/* A person has dealt with it: a message that nobody was told of (ERR_REFUSED when it is not
   one), an alarm.  ERR_NOT_FOUND when there is none.  Durable. */
enum err agent_set_aside(struct agent *agent, const uint8_t notice_id[16]) MUST_CHECK;
enum err agent_dismiss_alarm(struct agent *agent, uint64_t number) MUST_CHECK;

struct agent_store *agent_get_store(struct agent *agent);
const struct in_force *agent_in_force(const struct agent *agent);
const struct agency *agent_me(const struct agent *agent);

enum link_state {
    LINK_DOWN,    /* no connection */
    LINK_REFUSED, /* the broker does not know our key */
    LINK_HELLO,   /* connected; HELLO said */
    LINK_READY
};

struct agent_status {
    enum link_state link;
    int64_t link_since_ms; /* wall clock */
    uint64_t queued, sealed, accepted, refused, held;
    uint64_t waiting_since_ms; /* the oldest that the broker does not have; 0: none */
    uint64_t owed;             /* messages that have not gone to everybody whom they concern */
    uint64_t received, quarantined;
    uint64_t applied;       /* queue position */
    uint64_t log_size;      /* as the broker last said */
    int64_t clock_skew_ms;  /* the broker's clock minus ours, when last heard */
    bool agreement_differs; /* the broker has another one in force */
    bool registry_differs;
    bool suspended;           /* we are shut out: the broker says so, or our own documents */
    bool in_agreement;        /* we are an agency of it */
    int64_t keys_until_ms;    /* when the last key ends to which others seal to us; 0: there is
                              none */
    const char *narrowed;     /* why only MASH and social care are told just now; "" */
    const char *not_reloaded; /* why the last SIGHUP changed nothing, or NULL */
};
enum err agent_status(struct agent *agent, struct agent_status *status) MUST_CHECK;

#endif
