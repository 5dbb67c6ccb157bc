#ifndef KITH_TESTS_AGENT_DESK_H
#define KITH_TESTS_AGENT_DESK_H

#include "../letter.h"

#include "agent/agent.h"
#include "agent/door.h"
#include "federation/shared.h"
#include "json/json.h"

/*
 * An agent without a socket.  What it says to the broker is kept in order; the broker's
 * part is said here, by hand.
 */
enum { SAID_MAX = 1024 };

struct desk {
    struct federate *federate;
    uint32_t agency;
    struct node_keys *keys;
    struct in_force *in_force;
    struct agent_store *store;
    struct agent *agent;

    struct buffer said[SAID_MAX];
    size_t said_count, read;
    bool hung_up;
    enum sent takes; /* what the connection answers */
    bool hears_receipts;

    /* The shell's part, NULL unless a test gives it: see struct agent_outbox. */
    enum err (*install)(void *self, enum document_wanted what, struct bytes content,
                        const struct bytes *minisigs, size_t count, struct why *why);
    enum err (*renew)(void *self, const struct numbered_secret *signing, struct buffer *offer,
                      struct why *why);
};

static inline enum sent
desk_post(void *self, struct bytes frame)
{
    struct desk *desk = self;
    struct buffer *bytes = &desk->said[desk->said_count];

    if (desk->takes != SENT_OK)
        return desk->takes;
    assert_true(desk->said_count < SAID_MAX);
    desk->said_count++;
    buffer_init(bytes, FRAME_MAX);
    buffer_add_bytes(bytes, frame);
    return SENT_OK;
}

static inline void
desk_hang_up(void *self)
{
    ((struct desk *)self)->hung_up = true;
}

static inline void
desk_start(struct desk *desk)
{
    const struct agent_outbox outbox = { desk_post, desk_hang_up, desk->install, desk->renew,
                                         desk };
    char path[FILE_PATH_MAX];
    struct why why = { "" };

    snprintf(path, sizeof(path), "%s/agencies/%s/store/agent.db", desk->federate->folder,
             name_of(desk->agency));
    desk->keys = keys_of(desk->federate, desk->agency);
    desk->in_force = read_in_force(desk->federate, desk->agency, NULL);
    expect_ok(agent_store_open(&desk->store, path, &desk->keys->master, &why), &why);
    expect_ok(agent_new(&desk->agent, name_of(desk->agency), desk->store, desk->in_force,
                        desk->keys, &outbox, desk->federate->now, &why),
              &why);
}

static inline void
desk_stop(struct desk *desk)
{
    agent_free(&desk->agent);
    agent_store_close(&desk->store);
    in_force_free(&desk->in_force);
    node_keys_free(&desk->keys);
}

static inline void
desk_open(struct desk *desk, struct federate *federate, uint32_t agency)
{
    memset(desk, 0, sizeof(*desk));
    desk->federate = federate;
    desk->agency = agency;
    desk_start(desk);
}

static inline void
desk_forget(struct desk *desk)
{
    for (size_t i = 0; i < desk->said_count; i++)
        buffer_clear(&desk->said[i]);
    desk->said_count = desk->read = 0;
    desk->hung_up = false;
}

/* Nothing is flushed on the way out: what is not committed is lost. */
static inline void
desk_restart(struct desk *desk)
{
    desk_stop(desk);
    desk_forget(desk);
    desk_start(desk);
}

static inline void
desk_close(struct desk *desk)
{
    desk_stop(desk);
    desk_forget(desk);
}

static inline void
desk_renews(struct desk *desk,
            enum err (*renew)(void *self, const struct numbered_secret *signing,
                              struct buffer *offer, struct why *why))
{
    desk->renew = renew;
    desk_restart(desk);
}

static inline void
desk_adopt(struct desk *desk)
{
    struct in_force *fresh = read_in_force(desk->federate, desk->agency, desk->in_force);
    struct node_keys *keys = keys_of(desk->federate, desk->agency);
    struct why why = { "" };

    expect_ok(agent_adopt(desk->agent, fresh, keys, desk->federate->now, &why), &why);
    in_force_free(&desk->in_force);
    node_keys_free(&desk->keys);
    desk->in_force = fresh;
    desk->keys = keys;
}

/* --- The broker's part ----------------------------------------------------------------------- */

static inline void
broker_says(struct desk *desk, const struct frame *frame)
{
    struct buffer bytes;

    buffer_init(&bytes, FRAME_MAX);
    frame_write(&bytes, frame);
    assert_ok(agent_hear(desk->agent, buffer_bytes(&bytes), desk->federate->now));
    buffer_clear(&bytes);
}

static inline void
settle(struct desk *desk)
{
    assert_ok(agent_settle(desk->agent, desk->federate->now));
}

static inline bool
is_a_receipt(const struct desk *desk, const struct buffer *said)
{
    struct frame frame;
    struct core core;
    bool is;

    if (desk->agency != MASH)
        return false;
    if (said->data[0] == VERB_ASK)
        return true;
    if (said->data[0] != VERB_SUBMIT)
        return false;
    assert_ok(frame_read(&frame, bytes_of(said->data, said->len)));
    is = core_read(&core, frame.submit.core) == CHECK_OK && core.kind == KIND_CONTROL;
    frame_clear(&frame);
    return is;
}

/* MASH answers whatever comes, and asks what became of its answers; only the tests of that
   look at it. */
static inline void
skip_receipts(struct desk *desk)
{
    while (!desk->hears_receipts && desk->read < desk->said_count
           && is_a_receipt(desk, &desk->said[desk->read]))
        desk->read++;
}

/* The next frame that the agent said, which must be of that verb.  Until the next call. */
static inline const struct frame *
agent_said(struct desk *desk, enum verb verb)
{
    static struct frame frame;

    frame_clear(&frame);
    skip_receipts(desk);
    if (desk->read == desk->said_count)
        fail_msg("nothing was said; expected %s", verb_name(verb));
    assert_ok(frame_read(&frame, buffer_bytes(&desk->said[desk->read++])));
    assert_string_equal(verb_name(frame.verb), verb_name(verb));
    return &frame;
}

static inline void
agent_is_silent(struct desk *desk)
{
    skip_receipts(desk);
    if (desk->read != desk->said_count)
        fail_msg("%s was said", verb_name(desk->said[desk->read].data[0]));
}

/* The broker goes by the same documents as we do; of intake keys and grants it says nothing
   that matters here. */
static inline struct standing
a_standing(const struct federation *federation)
{
    static const uint8_t any[DIGEST];
    static uint8_t nobody[DIGEST];
    const struct signed_document *registry = federation_document(federation, DOCUMENT_REGISTRY);
    const struct signed_document *agreement =
        federation_document(federation, DOCUMENT_AGREEMENT);

    shared_digest(nobody, (struct bytes){ 0 });
    return (
        struct standing){ .registry_version = registry->line.version,
                          .agreement_version = agreement->line.version,
                          .digests = { [WANT_REGISTRY] = bytes_of(registry->digest, DIGEST),
                                       [WANT_AGREEMENT] = bytes_of(agreement->digest, DIGEST),
                                       [WANT_INTAKE] = bytes_of(any, DIGEST),
                                       [WANT_GRANTS] = bytes_of(any, DIGEST),
                                       [WANT_SUSPENSIONS] = bytes_of(nobody, DIGEST) } };
}

static inline struct frame
a_welcome(const struct desk *desk)
{
    const struct federation *federation = desk->in_force->federation;

    return (struct frame){
        .verb = VERB_WELCOME,
        .welcome = { .protocol = PROTOCOL_VERSION,
                     .standing = a_standing(federation),
                     .credit_messages = 1000,
                     .credit_bytes = 8 * 1024 * 1024,
                     .now_ms = (uint64_t)desk->federate->now.wall.ms },
    };
}

/* Connected and welcome. */
static inline void
connect_desk(struct desk *desk)
{
    struct frame welcome = a_welcome(desk);

    desk->hung_up = false;
    agent_connected(desk->agent, desk->federate->now);
    agent_said(desk, VERB_HELLO);
    broker_says(desk, &welcome);
}

/* Submitted, and accepted as number 3 of the log. */
static inline void
accept_submitted(struct desk *desk)
{
    const struct frame *said = agent_said(desk, VERB_SUBMIT);
    uint8_t msg_id[MSG_ID], h[DIGEST];
    struct frame accepted = {
        .verb = VERB_ACCEPTED,
        .accepted = { bytes_of(msg_id, MSG_ID), bytes_of(h, DIGEST), 3,
                      (uint64_t)desk->federate->now.wall.ms },
    };
    struct core core;

    assert_int_equal(core_read(&core, said->submit.core), CHECK_OK);
    memcpy(msg_id, core.msg_id, MSG_ID);
    header_hash(h, said->submit.core, said->submit.capsule_digests);
    broker_says(desk, &accepted);
    settle(desk);
}

static inline void
lose_connection(struct desk *desk)
{
    agent_disconnected(desk->agent, false, desk->federate->now);
    desk->read = desk->said_count;
}

/* --- The system's part: JSON through the door ---------------------------------------------------- */

#define A_CONCERN(child, members, sharing)                                                     \
    "{\"circumstances\":{\"system\":\"MIS\",\"localId\":\"" child "\"},"                       \
    "\"concern\":{\"child\":{\"name\":{\"given\":\"Leah\",\"family\":\"Le Marquand\"},"        \
    "\"dateOfBirth\":\"2017-03-14\"}," members "},"                                            \
    "\"sharing\":{\"purpose\":\"safeguarding\"" sharing "}}"

#define BRUISE                                                                                 \
    "\"kind\":\"SCHOOL_CONCERN\",\"headline\":\"A bruise\",\"factsObserved\":\"On the arm\""

/* What an ordinary concern is. */
#define ABOUT_LEAH A_CONCERN("child-1", BRUISE, "")

/* The same, and agencies that it must not reach. */
#define KEPT_FROM(agencies)                                                                    \
    "{\"circumstances\":{\"system\":\"MIS\",\"localId\":\"child-1\",\"handling\":"             \
    "{\"mustNotReach\":[" agencies "]}},\"concern\":{\"child\":{\"name\":{\"given\":\"Leah\"," \
    "\"family\":\"Le Marquand\"}}," BRUISE "},\"sharing\":{\"purpose\":\"safeguarding\"}}"

struct answered {
    int status;
    char type[64], location[64];
    json_t *json; /* NULL when it is not JSON */
    char text[64 * 1024];
};

static inline void
ask_door(struct desk *desk, const struct door_request *request, struct answered *answered)
{
    struct door_answer answer = { 0 };

    buffer_init(&answer.body, sizeof(answered->text) - 1);
    assert_ok(door_answer(desk->agent, request, desk->federate->now, &answer));
    assert_true(buffer_is_whole(&answer.body));
    memset(answered, 0, sizeof(*answered));
    answered->status = answer.status;
    snprintf(answered->type, sizeof(answered->type), "%s", answer.content_type);
    snprintf(answered->location, sizeof(answered->location), "%s", answer.location);
    memcpy(answered->text, buffer_text(&answer.body), answer.body.len);
    if (json_read(&answered->json, buffer_bytes(&answer.body), NULL))
        answered->json = NULL;
    buffer_clear(&answer.body);
}

static inline void
done_with(struct answered *answered)
{
    json_decref(answered->json);
    answered->json = NULL;
}

static inline void
get(struct desk *desk, const char *path, struct answered *answered)
{
    struct door_request request = { .method = "GET", .path = path };

    ask_door(desk, &request, answered);
}

static inline void
post_json(struct desk *desk, const char *path, const char *json, const char *key,
          struct answered *answered)
{
    struct door_request request = {
        .method = "POST", .path = path, .idempotency_key = key, .body = bytes_of_text(json)
    };

    ask_door(desk, &request, answered);
}

static inline const char *
text_in(const struct answered *answered, const char *member)
{
    const char *text = json_string_value(json_object_get(answered->json, member));

    return text == NULL ? "" : text;
}

struct message_id {
    char path[64]; /* "/v1/messages/…" */
};

static inline struct message_id
publish(struct desk *desk, const char *json)
{
    struct answered answered;
    struct message_id id;

    post_json(desk, "/v1/messages", json, NULL, &answered);
    if (answered.status != 202)
        fail_msg("%d: %s", answered.status, answered.text);
    snprintf(id.path, sizeof(id.path), "%s", answered.location);
    done_with(&answered);
    return id;
}

/* --- What the agency has ------------------------------------------------------------------------ */

/* Our own record of a child, as the roll has it. */
static inline struct own_record
keep_record(struct desk *desk, const char *local_id, const char *given, const char *family)
{
    struct own_record record;

    assert_ok(agent_store_begin(desk->store));
    assert_ok(record_take(desk->store, "MIS", local_id, &record));
    random_fill(&record.k, sizeof(record.k));
    record.system = "MIS";
    record.local_id = local_id;
    record.given_name = given;
    record.family_name = family;
    record.date_of_birth = "2017-03-14";
    assert_ok(record_set(desk->store, &record));
    assert_ok(agent_store_commit(desk->store));
    return record;
}

/* The handle under which it speaks of that child. */
static inline struct own_record
record_of(struct desk *desk, const char *local_id)
{
    struct own_record record;

    assert_ok(agent_store_begin(desk->store));
    assert_ok(record_take(desk->store, "MIS", local_id, &record));
    assert_ok(agent_store_commit(desk->store));
    return record;
}

struct alarms {
    const char *name;
    size_t count;
    char about[300]; /* of the last one */
};

static inline bool
count_alarm(void *context, const struct alarm *alarm)
{
    struct alarms *alarms = context;

    if (alarms->name == NULL || strcmp(alarm->name, alarms->name) == 0) {
        alarms->count += alarm->count;
        snprintf(alarms->about, sizeof(alarms->about), "%s: %s", alarm->name, alarm->about);
    }
    return true;
}

/* How many alarms of that name there are. */
static inline size_t
alarms_of(struct desk *desk, const char *name)
{
    struct alarms alarms = { .name = name };

    assert_ok(alarm_each(desk->store, count_alarm, &alarms));
    return alarms.count;
}

static inline void
no_alarm(struct desk *desk)
{
    struct alarms alarms = { .name = NULL };

    assert_ok(alarm_each(desk->store, count_alarm, &alarms));
    if (alarms.count > 0)
        fail_msg("%s", alarms.about);
}

#endif
