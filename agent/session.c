#include "agent/parts.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"

enum { ROOTS_REMEMBERED = 1024 };

/* On failure the agent is as it was. */
static enum err
find_ourselves(struct agent *agent, const char *name, struct in_force *in_force,
               const struct node_keys *keys, struct moment now, struct why *why)
{
    const struct registry *registry = federation_registry(in_force->federation);
    const struct agency *me = registry_agency_named(registry, name);
    const struct numbered_secret *signer;
    bool lapsed;

    if (me == NULL)
        return because(why, ERR_NOT_FOUND, "the registry (version %u) has no agency '%s'",
                       registry_version(registry), name);
    signer = signer_choose(keys, registry, me, instant_day(now.wall), &lapsed);
    if (signer == NULL)
        return because(why, ERR_NOT_FOUND,
                       "none of our signing keys is in the registry (version %u) as a key of"
                       " '%s' that is valid today",
                       registry_version(registry), name);
    agent->me = me;
    agent->signer = signer;
    agent->keys = keys;
    agent->in_force = in_force;
    documents_learn_own(agent);
    return ERR_OK;
}

struct held {
    uint8_t ids[BATCH_MAX][NOTICE_ID];
    size_t count;
};

static bool
note_held(void *context, const struct spooled *entry)
{
    struct held *held = context;

    memcpy(held->ids[held->count++], entry->notice_id, NOTICE_ID);
    return held->count < BATCH_MAX;
}

static enum err
queue_all(struct agent *agent, struct held *held)
{
    enum err err;

    do {
        held->count = 0;
        err = spool_each(agent->store, SPOOL_HELD, 0, BATCH_MAX, note_held, held);
        for (size_t i = 0; i < held->count && err == ERR_OK; i++)
            err = spool_set_state(agent->store, held->ids[i], SPOOL_QUEUED, "");
    } while (err == ERR_OK && held->count > 0);
    return err;
}

/* What was held may go: the registry or the agreement has changed, or we start anew. */
static enum err
queue_held(struct agent *agent)
{
    struct held held;
    enum err err = open_transaction(agent);

    if (err == ERR_OK)
        err = queue_all(agent, &held);
    if (err == ERR_OK)
        err = settle_heard(agent);
    if (err)
        give_up_transaction(agent);
    return err;
}

enum err
agent_new(struct agent **agent, const char *name, struct agent_store *store,
          struct in_force *in_force, const struct node_keys *keys,
          const struct agent_outbox *outbox, struct moment now, struct why *why)
{
    struct agent *made = mem_new(sizeof(*made));
    enum err err;

    err = find_ourselves(made, name, in_force, keys, now, why);
    if (err == ERR_OK)
        err = agent_store_number(store, "applied", &made->applied);
    if (err == ERR_OK)
        err = agent_store_number(store, "log size", &made->log_size);
    if (err) {
        free(made);
        return err;
    }
    made->store = store;
    made->outbox = *outbox;
    made->link_since = now.wall;
    made->look_again = true;
    made->arrived = made->applied;
    made->roots = root_cache_new(ROOTS_REMEMBERED);
    made->opener = opener_new();
    buffer_init(&made->frame, FRAME_MAX);
    if ((err = queue_held(made))) {
        agent_free(&made);
        return because(why, err, "the store does not take a change: %s", err_text(err));
    }
    *agent = made;
    return ERR_OK;
}

void
agent_free(struct agent **agent)
{
    if (*agent == NULL)
        return;
    give_up_transaction(*agent);
    ephemeral_free(&(*agent)->ephemeral);
    root_cache_free(&(*agent)->roots);
    opener_free(&(*agent)->opener);
    map_clear(&(*agent)->refused_for);
    free((*agent)->not_reloaded);
    documents_clear(&(*agent)->documents);
    buffer_clear(&(*agent)->frame);
    free(*agent);
    *agent = NULL;
}

enum err
agent_adopt(struct agent *agent, struct in_force *in_force, const struct node_keys *keys,
            struct moment now, struct why *why)
{
    enum err err = queue_held(agent);

    if (err)
        return because(why, err, "the store: %s", err_text(err));
    if ((err = find_ourselves(agent, agent->me->name, in_force, keys, now, why)))
        return err;
    agent->look_again = true;
    map_clear(&agent->refused_for);
    agent->retry_ms = 0;
    documents_compare(agent);
    if (!agent->agreement_differs)
        agent->policy_refused_ms = 0;
    return ERR_OK;
}

enum err
agent_suspensions_changed(struct agent *agent)
{
    documents_learn_own_suspensions(agent);
    agent->retry_ms = 0;
    return queue_held(agent);
}

/* --- Saying and hearing ------------------------------------------------------------------------ */

enum sent
post_frame(struct agent *agent)
{
    enum sent posted = agent->outbox.post(agent->outbox.self, buffer_bytes(&agent->frame));

    if (posted == SENT_OK) {
        agent->credit_messages--;
        agent->credit_bytes -= (int64_t)agent->frame.len;
    }
    return posted;
}

enum sent
say(struct agent *agent, const struct frame *frame)
{
    buffer_reset(&agent->frame);
    frame_write(&agent->frame, frame);
    return post_frame(agent);
}

void
raise_alarm(struct agent *agent, const char *name, const char *about, uint64_t times,
            struct moment now)
{
    log_event(LOG_ALARM, name, "about", about, NULL);
    /* An alarm that cannot be kept has been logged; the commit will say what is wrong with
       the store. */
    if (alarm_raise(agent->store, name, about, times, (uint64_t)now.wall.ms))
        log_event(LOG_ERROR, "alarm_not_kept", "name", name, NULL);
}

const char *
agency_name(const struct agent *agent, uint32_t number)
{
    const struct agency *agency =
        registry_agency(federation_registry(agent->in_force->federation), number);

    return agency == NULL ? "unlisted" : agency->name;
}

static void
link_become(struct agent *agent, enum link_state state, struct moment now)
{
    static const char *const words[] = { "down", "refused", "connected", "ready" };

    if (agent->link == state)
        return;
    agent->link = state;
    agent->suspended &= state != LINK_READY;
    agent->link_since = now.wall;
    log_event(LOG_NOTICE, "link", "state", words[state], NULL);
}

void
hang_up(struct agent *agent, struct moment now)
{
    link_become(agent, LINK_DOWN, now);
    agent->outbox.hang_up(agent->outbox.self);
}

void
agent_connected(struct agent *agent, struct moment now)
{
    const struct federation *federation = agent->in_force->federation;
    const struct signed_document *agreement =
        federation_document(federation, DOCUMENT_AGREEMENT);
    const struct frame hello = {
        .verb = VERB_HELLO,
        .hello = {
            .protocol = PROTOCOL_VERSION,
            .registry_version = registry_version(federation_registry(federation)),
            .agreement = bytes_of(agreement->digest, DIGEST),
            .log_size = agent->log_size,
            .credit_messages = RECEIVE_MESSAGES,
            .credit_bytes = RECEIVE_BYTES,
        },
    };

    link_become(agent, LINK_HELLO, now);
    agent->heard_ms = now.steady_ms;
    agent->asking = false;
    agent->in_flight = 0;
    agent->unsent_count = 0;
    agent->used_messages = 0;
    agent->used_bytes = 0;
    say(agent, &hello);
}

void
agent_disconnected(struct agent *agent, bool refused, struct moment now)
{
    link_become(agent, refused ? LINK_REFUSED : LINK_DOWN, now);
}

/* No more than we could ever use is believed. */
static void
gain_credit(struct agent *agent, uint64_t messages, uint64_t bytes)
{
    const uint64_t most = (uint64_t)1 << 32;

    agent->credit_messages += (int64_t)(messages < most ? messages : most);
    agent->credit_bytes += (int64_t)(bytes < most ? bytes : most);
    if (agent->credit_messages > (int64_t)most)
        agent->credit_messages = (int64_t)most;
    if (agent->credit_bytes > (int64_t)most)
        agent->credit_bytes = (int64_t)most;
}

/* Positions are the broker's, and where it stands is where we go on: what comes twice is
   known by its hash.  But neither side stands where it did not before. */
static enum err
take_up_position(struct agent *agent, const struct welcome *welcome, struct moment now)
{
    enum err err = open_transaction(agent);

    if (err)
        return err;
    if (welcome->acked > agent->arrived)
        raise_alarm(agent, "GAP",
                    "the broker says that it gave us what is not here; was an old back-up of"
                    " this agent restored?",
                    welcome->acked - agent->arrived, now);
    if (welcome->log_size < agent->log_size)
        raise_alarm(agent, "ROLLBACK",
                    "the broker's log is shorter than it was: what it had not delivered is"
                    " lost; ask all senders what they sent",
                    1, now);
    agent->arrived = welcome->acked;
    agent->log_size = welcome->log_size;
    return ERR_OK;
}

static enum err
on_welcome(struct agent *agent, const struct frame *frame, struct moment now)
{
    const struct welcome *welcome = &frame->welcome;
    enum err err;

    agent->credit_messages = agent->credit_bytes = 0;
    gain_credit(agent, welcome->credit_messages, welcome->credit_bytes);
    agent->clock_skew_ms = (int64_t)welcome->now_ms - now.wall.ms;
    link_become(agent, LINK_READY, now);
    agent->asked_ms = now.steady_ms;
    if ((err = take_up_position(agent, welcome, now)))
        return err;
    documents_heard(agent, &welcome->standing, now);
    return ask_after_sealed(agent);
}

static enum err
on_credit(struct agent *agent, const struct frame *frame, struct moment now)
{
    (void)now;
    gain_credit(agent, frame->credit.messages, frame->credit.bytes);
    return ERR_OK;
}

static enum err
on_deliver(struct agent *agent, const struct frame *frame, struct moment now)
{
    return receive(agent, &frame->delivery, now);
}

static enum err
on_ping(struct agent *agent, const struct frame *frame, struct moment now)
{
    const struct frame pong = { .verb = VERB_PONG, .pong = frame->ping };

    (void)now;
    say(agent, &pong);
    return ERR_OK;
}

static enum err
on_nothing(struct agent *agent, const struct frame *frame, struct moment now)
{
    (void)agent, (void)frame, (void)now;
    return ERR_OK;
}

/* The words are the broker's; only the reason is ours to log. */
static enum err
on_bye(struct agent *agent, const struct frame *frame, struct moment now)
{
    static const char *const reasons[] = {
        [BYE_DONE] = "done",
        [BYE_PROTOCOL] = "we said what is not said",
        [BYE_VERSION] = "another protocol version",
        [BYE_NOT_LISTED] = "we are not in the registry any more",
        [BYE_REPLACED] = "another session of this agency has opened: is the key in use twice?",
        [BYE_SHUTDOWN] = "the broker is stopping",
        [BYE_SUSPENDED] = "this agency is suspended from the federation",
        [BYE_INVITE] = "an invite does not hold any more",
    };

    enum err err = ERR_OK;

    log_event(LOG_NOTICE, "broker_said_goodbye", "because", reasons[frame->bye.reason], NULL);
    agent->suspended = frame->bye.reason == BYE_SUSPENDED;
    hang_up(agent, now);
    if (frame->bye.reason == BYE_REPLACED && (err = open_transaction(agent)) == ERR_OK)
        raise_alarm(agent, "CLONED",
                    "somebody else uses this agency's key, or two agents of it run", 1, now);
    return err;
}

/* A broker that says what is not said in this state is not believed. */
static enum err
on_what_is_not_for_us(struct agent *agent, const struct frame *frame, struct moment now)
{
    log_event(LOG_ALARM, "broker_out_of_turn", "verb", verb_name(frame->verb), NULL);
    hang_up(agent, now);
    return ERR_OK;
}

typedef enum err handler(struct agent *, const struct frame *, struct moment);

// clang-format off
static handler *const handlers[VERB_COUNT][2] = {
    /*                  LINK_HELLO              LINK_READY            */
    [VERB_HELLO]    = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_WELCOME]  = { on_welcome,             on_what_is_not_for_us },
    [VERB_SUBMIT]   = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_ACCEPTED] = { on_what_is_not_for_us,  on_accepted           },
    [VERB_REFUSED]  = { on_what_is_not_for_us,  on_refused            },
    [VERB_ASK]      = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_FATE]     = { on_what_is_not_for_us,  on_fate               },
    [VERB_DELIVER]  = { on_what_is_not_for_us,  on_deliver            },
    [VERB_ACK]      = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_CREDIT]   = { on_what_is_not_for_us,  on_credit             },
    [VERB_FETCH]    = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_DOCUMENT] = { on_what_is_not_for_us,  on_document           },
    [VERB_PING]     = { on_ping,                on_ping               },
    [VERB_PONG]     = { on_nothing,             on_nothing            },
    [VERB_BYE]      = { on_bye,                 on_bye                },
    [VERB_ANNOUNCE] = { on_what_is_not_for_us,  on_announce           },
    [VERB_OFFER]    = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_JOIN]     = { on_what_is_not_for_us,  on_what_is_not_for_us },
    [VERB_JOINED]   = { on_what_is_not_for_us,  on_what_is_not_for_us },
};
// clang-format on

enum err
agent_hear(struct agent *agent, struct bytes bytes, struct moment now)
{
    struct frame frame;
    enum err err;

    if (agent->link != LINK_HELLO && agent->link != LINK_READY)
        return ERR_OK;
    agent->heard_ms = now.steady_ms;
    if (frame_read(&frame, bytes)) {
        log_event(LOG_ALARM, "broker_unreadable", "because", "not a frame of this protocol",
                  NULL);
        hang_up(agent, now);
        return ERR_OK;
    }
    if (frame.verb == VERB_DELIVER || frame.verb == VERB_DOCUMENT) {
        agent->used_messages++;
        agent->used_bytes += bytes.len; /* as the broker counts it */
    }
    err = handlers[frame.verb][agent->link == LINK_READY](agent, &frame, now);
    frame_clear(&frame);
    return err == ERR_FULL ? wait_for_room(agent, now) : err;
}

/* --- Time ------------------------------------------------------------------------------------------ */

/* An ASK or a SUBMIT that is not answered, on a connection that lives. */
static bool
waits_in_vain(const struct agent *agent, struct moment now, int64_t ms)
{
    return (agent->asking && now.steady_ms - agent->asked_ms >= ms)
           || (agent->in_flight > 0 && now.steady_ms - agent->answered_ms >= ms);
}

/* What has waited for the broker for long, while it was within reach. */
static enum err
report_unanswered(struct agent *agent, struct moment now)
{
    enum err err = open_transaction(agent);

    if (err == ERR_OK)
        raise_alarm(agent, "UNANSWERED",
                    "the broker is within reach and does not answer; what is to be sent waits",
                    1, now);
    return err;
}

enum err
agent_tick(struct agent *agent, struct moment now)
{
    const struct frame ping = { .verb = VERB_PING, .ping = 1 };
    const int64_t quiet_ms = 10 * 1000, dead_ms = 30 * 1000;
    enum err err;

    if (agent->link == LINK_READY && now.steady_ms - agent->heard_ms >= quiet_ms)
        say(agent, &ping);
    if (agent->link == LINK_READY && waits_in_vain(agent, now, dead_ms)) {
        hang_up(agent, now);
        if ((err = report_unanswered(agent, now)))
            return err;
    }
    if (agent->link >= LINK_HELLO && now.steady_ms - agent->heard_ms >= dead_ms)
        hang_up(agent, now);
    if ((err = documents_tick(agent, now)))
        return err;
    keys_tick(agent, now);
    return agent_settle(agent, now);
}
