#ifndef KITH_BROKER_BROKER_H
#define KITH_BROKER_BROKER_H

#include "agreement/in_force.h"
#include "core/bytes.h"
#include "core/instant.h"
#include "federation/invites.h"
#include "net/sent.h"
#include "store/store.h"

/*
 * The broker: takes sealed envelopes from agents whose keys it knows, checks them, writes
 * them down, and gives each recipient what it may have until it says that it has it.
 *
 * It holds no key that opens anything; it never sees a message.  Nothing is acknowledged,
 * and nothing delivered, before it is durable.  This is the core: it is told what was heard
 * and what time it is, and answers through an outbox; sockets, files and clocks are
 * server.c's.
 */
struct broker;

enum {
    /* What one agent may have under way to us, between two CREDITs. */
    SUBMIT_MESSAGES = 256,
    SUBMIT_BYTES = 8 * 1024 * 1024,
    /* A batch is committed when it holds this much, or when nothing more is waiting. */
    BATCH_MESSAGES = 64,
    BATCH_BYTES = 4 * 1024 * 1024,
    /* What the broker sends under one agent's credit, whatever the agent says. */
    DELIVER_MESSAGES = 1000,
    DELIVER_BYTES = 8 * 1024 * 1024,
    PING_AFTER_MS = 10 * 1000,
    DROP_AFTER_MS = 30 * 1000,
    /* What a guest may say and be sent: the registry and the agreement, some times over. */
    GUEST_FRAMES = 512,
    GUEST_BYTES = 64 * 1024 * 1024
};

struct broker_outbox {
    /* Never blocks. */
    enum sent (*post)(void *self, uint64_t session, struct bytes frame);
    void (*cut)(void *self, uint64_t session);
    /* An agency's intake keys, which hold: to be put where the federation is read from, and
       that to be read again when nothing is being heard.  NULL: nobody keeps them. */
    void (*offered)(void *self, const struct agency *agency, struct bytes intake);
    /* A request to join, which fits the invite: to be written down, there and in the invite.
       NULL: nobody keeps them. */
    enum err (*asked_to_join)(void *self, struct open_invite *invite, struct bytes request);
    void *self;
};

/* Somebody who has proved to hold the secret of a transport key. */
struct visitor {
    uint64_t session;
    const uint8_t *transport; /* 32 bytes */
};

/* store and in_force stay the caller's until broker_free; head is as acquired. */
struct broker *broker_new(struct store *store, struct store_head head,
                          struct in_force *in_force, const struct broker_outbox *outbox);
void broker_free(struct broker **broker);

/* From now on this is in force.  Sessions of agencies that are not listed any more, or
   suspended, end. */
void broker_adopt(struct broker *broker, struct in_force *in_force, struct moment now);

/* Who is suspended has changed in what is in force. */
void broker_suspensions_changed(struct broker *broker);

/* From now on these invites are open; the caller's until the next call, or NULL for none.
   Guests whose invite is not among them are put out. */
void broker_invite(struct broker *broker, const struct invites *invites);

/* One frame of a visitor. */
enum err broker_hear(struct broker *broker, const struct visitor *visitor, struct bytes frame,
                     struct moment now) MUST_CHECK;
/* That session is gone. */
void broker_left(struct broker *broker, uint64_t session);
/* Commits what was taken since the last time, answers, delivers.  Anything but ERR_OK: the
   store cannot be trusted any more; stop the process. */
enum err broker_commit(struct broker *broker, struct moment now) MUST_CHECK;
/* About twice a second: acknowledgements to disk, pings, what has waited too long. */
enum err broker_tick(struct broker *broker, struct moment now) MUST_CHECK;
/* Says BYE to everybody. */
void broker_say_goodbye(struct broker *broker);

struct broker_counts {
    uint64_t log_size, accepted, refused, delivered, acknowledged;
    uint64_t cloned; /* sessions that took the place of one that was still alive */
    size_t sessions;
};
struct broker_counts broker_counts(const struct broker *broker);

#endif
