#ifndef KITH_STORE_AGENT_STORE_H
#define KITH_STORE_AGENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "crypto/key.h"

/*
 * The agent's store: what it was asked to send (the spool), what it has received (the
 * inbox), its own records of children, and where it stands in every stream.
 *
 * At rest all content is sealed: each record (agency, scheme, local id) has a key of its
 * own, kept sealed under the master key in a second database (PATH.keys), so that
 * destroying one row there makes that child's content unreadable for good.  What stands in
 * clear: ids that are random, agency numbers, times, states, sizes.
 *
 * Changes go through a transaction: begin, any number of changes, commit.  A commit that
 * returns ERR_OK is durable.  After an error of a change only rollback is useful; a change
 * outside a transaction is ERR_REFUSED.  ERR_IO: the disk did not do as it was told, and
 * whether the last commit is there is known only when the store is opened again; until then
 * every call is ERR_IO.
 *
 * A function that is called for each of something may call the store, but not end the
 * transaction.
 */
struct agent_store;

/*
 * Both files are made when neither is there; their folder must be.  A damaged or foreign
 * file, or one without the other, is ERR_CORRUPT and left as it is; one that another process
 * has open ERR_CONFLICT; one that others may read ERR_REFUSED; another master key than the
 * one it was made with ERR_FORGED.  why says what is wrong and what to do.
 */
enum err agent_store_open(struct agent_store **store, const char *path,
                          const struct key *master, struct why *why) MUST_CHECK;
void agent_store_close(struct agent_store **store);

enum err agent_store_begin(struct agent_store *store) MUST_CHECK;
enum err agent_store_commit(struct agent_store *store) MUST_CHECK;
void agent_store_rollback(struct agent_store *store);

/* Small numbers that must survive: highest registry version seen, last position, … */
enum err agent_store_number(struct agent_store *store, const char *name,
                            uint64_t *value) MUST_CHECK; /* 0 when never set */
enum err agent_store_set_number(struct agent_store *store, const char *name,
                                uint64_t value) MUST_CHECK;

/* --- Own records of children ----------------------------------------------------------- */

struct own_record {
    uint64_t id;        /* local row number */
    uint8_t handle[16]; /* drawn the first time we say anything about the child */
    struct key k;       /* drawn for the roll; all zero when not on a roll */
    bool answered;      /* the index has answered for it */
    /* Sealed at rest; borrowed until the next record_take or record_by_handle, or for the
       call.  Dates YYYY-MM-DD; "" when unknown. */
    const char *system, *local_id, *given_name, *family_name, *date_of_birth;
};

/* The record with that scheme and local id; made, with a fresh random handle, when it is
   not there yet. */
enum err record_take(struct agent_store *store, const char *system, const char *local_id,
                     struct own_record *record) MUST_CHECK;
/* Sets what the roll says about it: k, names, date of birth; and answered. */
enum err record_set(struct agent_store *store, const struct own_record *record) MUST_CHECK;
enum err record_by_handle(struct agent_store *store, const uint8_t handle[16],
                          struct own_record *record) MUST_CHECK;
/* The record on a roll whose k the caller recognises; of the others nothing is opened, so
   that one among many is found soon.  ERR_NOT_FOUND when there is none. */
enum err record_by_key(struct agent_store *store,
                       bool (*is_it)(const void *context, const struct key *k),
                       const void *context, struct own_record *record) MUST_CHECK;
/* Every record, until each returns false. */
enum err record_each(struct agent_store *store,
                     bool (*each)(void *context, const struct own_record *record),
                     void *context) MUST_CHECK;
/* Destroys the record's key and what it sealed.  From the commit on nobody can read what we
   knew of the child; that there were messages, when and to whom, remains.  ERR_NOT_FOUND
   when there is no such record. */
enum err record_destroy(struct agent_store *store, uint64_t id) MUST_CHECK;

/* --- The spool --------------------------------------------------------------------------- */

enum spool_state {
    SPOOL_QUEUED = 1,   /* written down; not yet sealed, or to be sealed again */
    SPOOL_SEALED = 2,   /* sealed bytes stored; not yet accepted */
    SPOOL_ACCEPTED = 3, /* the broker has it durably */
    SPOOL_REFUSED = 4,  /* came back with a reason a person must act on */
    SPOOL_HELD = 5,     /* held by the agent for a person */
    SPOOL_SET_ASIDE = 6 /* nobody was told, and a person has dealt with that */
};

struct spooled {
    uint64_t number; /* 1, 2, … in the order of coming in */
    uint8_t notice_id[16];
    uint32_t kind;
    uint32_t revision;
    enum spool_state state;
    uint64_t record; /* id of the own record it is about; 0 when it is about none */
    uint64_t queued_ms;
    uint64_t accepted_ms; /* 0 until accepted */
    uint64_t log_index;   /* valid when accepted */
    uint8_t msg_id[16];   /* of the sealing, when sealed */
    uint8_t h[32];
    const char *reason; /* in words, when refused or held; "" else */
    /* The message as packed by the agent; sealed at rest.  Empty once destroyed. */
    struct bytes message;
    struct bytes sealed; /* the packed envelope, when sealed */
};

/*
 * Adds a message with its idempotency key ("" for none).  request: digest of the request's
 * body.  A key that is known with the same digest gives the first notice id in *notice_id
 * and sets *repeated; with another digest ERR_CONFLICT.
 */
enum err spool_add(struct agent_store *store, const struct spooled *entry,
                   const char *idempotency_key, const uint8_t request[32],
                   uint8_t notice_id[16], bool *repeated) MUST_CHECK;
/* *entry is borrowed until the next spool_find or spool_find_msg. */
enum err spool_find(struct agent_store *store, const uint8_t notice_id[16],
                    struct spooled *entry) MUST_CHECK;
enum err spool_find_msg(struct agent_store *store, const uint8_t msg_id[16],
                        struct spooled *entry) MUST_CHECK;
enum err spool_find_h(struct agent_store *store, const uint8_t h[32],
                      struct spooled *entry) MUST_CHECK;
/* Entries in a state whose number is above `after`, oldest first, at most max; *entry is
   borrowed for the call. */
enum err spool_each(struct agent_store *store, enum spool_state state, uint64_t after,
                    size_t max, bool (*each)(void *context, const struct spooled *entry),
                    void *context) MUST_CHECK;
/* Those of which somebody is owed. */
enum err spool_each_owed(struct agent_store *store, uint64_t after, size_t max,
                         bool (*each)(void *context, const struct spooled *entry),
                         void *context) MUST_CHECK;
/* Of messages about a child; what is about none is our own bookkeeping. */
enum err spool_count(struct agent_store *store, enum spool_state state,
                     uint64_t *count) MUST_CHECK;
/* When the oldest came that the broker does not have yet; 0 when there is none. */
enum err spool_waiting_since(struct agent_store *store, uint64_t *queued_ms) MUST_CHECK;
enum err spool_count_owed(struct agent_store *store, uint64_t *count) MUST_CHECK;
/* State changes.  Accepted entries give up their sealed bytes. */
enum err spool_set_sealed(struct agent_store *store, const uint8_t notice_id[16],
                          const uint8_t msg_id[16], const uint8_t h[32],
                          struct bytes sealed) MUST_CHECK;
enum err spool_set_accepted(struct agent_store *store, const uint8_t notice_id[16],
                            uint64_t log_index, uint64_t accepted_ms) MUST_CHECK;
enum err spool_set_state(struct agent_store *store, const uint8_t notice_id[16],
                         enum spool_state state, const char *reason) MUST_CHECK;

/* Who is told and who is not, for each message; replaced whole at each sealing. */
enum told_state {
    TOLD_SEALED = 1,
    TOLD_OWED = 2,
    TOLD_NOT_SHARED = 3,
    TOLD_OPENED = 4,     /* it has said, signed, that it could read it */
    TOLD_NOT_OPENED = 5, /* it has said that it could not */
};

struct told {
    uint32_t agency;
    enum told_state state;
    uint64_t stream_seq; /* the number this sealing carries for it; 0 if none */
    const char *why;     /* one of our sentences; borrowed for the call */
    uint64_t said_ms;    /* when it said that it opened it, or not; 0: it has said nothing */
};
enum err told_replace(struct agent_store *store, const uint8_t notice_id[16],
                      const struct told *told, size_t count) MUST_CHECK;
/* What that agency has said of a message that was sealed for it; ERR_NOT_FOUND when it was
   not. */
enum err told_set(struct agent_store *store, const uint8_t notice_id[16], uint32_t agency,
                  enum told_state state, uint64_t said_ms) MUST_CHECK;
enum err told_each(struct agent_store *store, const uint8_t notice_id[16],
                   bool (*each)(void *context, const struct told *told),
                   void *context) MUST_CHECK;

/* The next number of the stream to a recipient, counted up (from 1). */
enum err stream_take(struct agent_store *store, uint32_t recipient, uint64_t *seq) MUST_CHECK;

/* --- The inbox ----------------------------------------------------------------------------- */

struct inbox_entry {
    uint64_t number;   /* 1, 2, … in the order of arrival: what `after` counts */
    uint64_t position; /* in the broker's queue for us */
    uint64_t log_index;
    uint64_t accepted_ms, received_ms;
    uint32_t sender;
    uint32_t kind;
    uint8_t notice_id[16];
    uint32_t revision;
    uint8_t h[32];
    uint64_t record;  /* id of our own record it is about; 0 when we have none */
    bool quarantined; /* could not be opened or is held; `reason` says why */
    bool in_part;     /* opened, but something that we should have did not come: `reason` */
    const char *reason;
    /* Both sealed at rest; empty once destroyed. */
    struct bytes content;  /* JSON as shown to our systems */
    struct bytes evidence; /* the DELIVER as it came */
};

/*
 * Adds what was received.  *fresh is false, and nothing is added, when this h is there
 * already, or this (sender, notice id, revision) in an entry that was opened whole: what
 * could not be opened never stands in the way of what can, nor of another of its kind.
 * *number is chosen here, and set when fresh.
 */
enum err inbox_add(struct agent_store *store, const struct inbox_entry *entry, bool *fresh,
                   uint64_t *number) MUST_CHECK;
enum err inbox_each(struct agent_store *store, uint64_t after, size_t max,
                    bool (*each)(void *context, const struct inbox_entry *entry),
                    void *context) MUST_CHECK;
enum err inbox_each_quarantined(struct agent_store *store,
                                bool (*each)(void *context, const struct inbox_entry *entry),
                                void *context) MUST_CHECK;
/* The entry of that h; one that was opened whole of that sender, id and revision.
   ERR_NOT_FOUND; *entry is borrowed until the next of these two. */
enum err inbox_find(struct agent_store *store, const uint8_t h[32],
                    struct inbox_entry *entry) MUST_CHECK;
enum err inbox_find_notice(struct agent_store *store, uint32_t sender,
                           const uint8_t notice_id[16], uint32_t revision,
                           struct inbox_entry *entry) MUST_CHECK;
/* Takes an entry away that is quarantined or there in part, to be added once more as what it
   is after all.  ERR_NOT_FOUND when there is no such entry. */
enum err inbox_drop(struct agent_store *store, uint64_t number) MUST_CHECK;
enum err inbox_count(struct agent_store *store, uint64_t *count,
                     uint64_t *quarantined) MUST_CHECK;

/* The last number seen in the stream from a sender; 0 before the first. */
enum err stream_seen(struct agent_store *store, uint32_t sender, uint64_t *seq) MUST_CHECK;
enum err stream_set_seen(struct agent_store *store, uint32_t sender, uint64_t seq) MUST_CHECK;

/* Numbers of a stream, first to last, that had not come when a later one did. */
struct missing {
    uint32_t sender;
    uint64_t first, last;
    uint64_t since_ms;
};
enum err missing_add(struct agent_store *store, const struct missing *missing) MUST_CHECK;
/* It has come after all; nothing happens if it was not missing. */
enum err missing_fill(struct agent_store *store, uint32_t sender, uint64_t seq) MUST_CHECK;
/* One that has been missing since then or longer; ERR_NOT_FOUND when there is none. */
enum err missing_since(struct agent_store *store, uint64_t since_ms,
                       struct missing *missing) MUST_CHECK;
/* Nobody waits for it any more. */
enum err missing_drop(struct agent_store *store, const struct missing *missing) MUST_CHECK;

/* --- Alarms ----------------------------------------------------------------------------------- */

/* Raised until a person has dealt with them.  name: "GAP", "OVER-WRAP", …; about: agency
   names and our own words, so that one that is raised again and again stays one. */
struct alarm {
    uint64_t number;
    const char *name;
    const char *about;
    uint64_t raised_ms; /* first */
    uint64_t last_ms;
    uint64_t count;
};
/* Adds it with that count, or counts it so many times more. */
enum err alarm_raise(struct agent_store *store, const char *name, const char *about,
                     uint64_t times, uint64_t now_ms) MUST_CHECK;
/* A person has dealt with it; ERR_NOT_FOUND when there is none of that number. */
enum err alarm_drop(struct agent_store *store, uint64_t number) MUST_CHECK;
enum err alarm_each(struct agent_store *store,
                    bool (*each)(void *context, const struct alarm *alarm),
                    void *context) MUST_CHECK;

#endif
