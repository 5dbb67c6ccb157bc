#ifndef KITH_TESTS_SCENARIO_ISLAND_H
#define KITH_TESTS_SCENARIO_ISLAND_H

#include "../federate.h"

#include "agent/agent.h"
#include "agent/door.h"
#include "broker/broker.h"
#include "store/store.h"
#include "wire/frame.h"
#include "json/json.h"

/*
 * The whole federation at work: the broker and six agents, real stores and real seals, and
 * between them a list of frames in place of sockets.  Time is an argument.
 */
enum { NODES = AGENCIES_END - MASH, FRAMES_MAX = 1024 };

struct node {
    struct island *island;
    uint32_t agency;
    struct node_keys *keys;
    struct in_force *in_force;
    struct agent_store *store;
    struct agent *agent;
    uint64_t session; /* 0: no connection */
    bool broken;      /* the connection is to be given up */
    bool out_of_reach;
    int64_t clock_ms; /* its clock minus the world's */
    bool dies;        /* when it next hears a message, before it has written it down */

    size_t deliveries;  /* that it was sent */
    size_t last_submit; /* bytes of the message that it sent last */
};

struct post {
    struct node *node;
    uint64_t session;
    bool to_broker;
    struct buffer bytes;
};

struct island {
    struct federate federate;
    struct in_force *in_force;
    struct store *store;
    struct broker *broker;
    int64_t clock_ms; /* the broker's minus the world's */
    bool dies;        /* as a node does */
    bool stopped;

    struct node nodes[NODES];
    struct post posts[FRAMES_MAX];
    size_t post_count;
    uint64_t sessions;
};

/* NULL when there is no agency of that name. */
static inline struct node *
node_named(struct island *island, const char *name)
{
    for (size_t i = 0; i < NODES; i++)
        if (strcmp(name_of(island->nodes[i].agency), name) == 0)
            return &island->nodes[i];
    return NULL;
}

static inline struct node *
node_of(struct island *island, uint32_t agency)
{
    return &island->nodes[agency - MASH];
}

static inline struct moment
now_at_broker(const struct island *island)
{
    struct moment now = island->federate.now;

    now.wall.ms += island->clock_ms;
    return now;
}

static inline struct moment
now_of(const struct node *node)
{
    struct moment now = node->island->federate.now;

    now.wall.ms += node->clock_ms;
    return now;
}

static inline enum sent
put(struct node *node, bool to_broker, struct bytes frame)
{
    struct island *island = node->island;
    struct post *post = &island->posts[island->post_count++];

    assert_true(island->post_count < FRAMES_MAX);
    *post = (struct post){ .node = node, .session = node->session, .to_broker = to_broker };
    buffer_init(&post->bytes, FRAME_MAX);
    buffer_add_bytes(&post->bytes, frame);
    return SENT_OK;
}

static inline struct node *
node_in(struct island *island, uint64_t session)
{
    for (size_t i = 0; i < NODES; i++)
        if (island->nodes[i].session == session)
            return &island->nodes[i];
    return NULL;
}

/* --- What the cores do to the world --------------------------------------------------------- */

static inline enum sent
broker_posts(void *self, uint64_t session, struct bytes frame)
{
    struct node *node = node_in(self, session);

    if (node == NULL || node->broken)
        return SENT_GONE;
    node->deliveries += frame.data[0] == VERB_DELIVER;
    return put(node, false, frame);
}

static inline void
broker_cuts(void *self, uint64_t session)
{
    struct node *node = node_in(self, session);

    if (node != NULL)
        node->broken = true;
}

static inline enum sent
agent_posts(void *self, struct bytes frame)
{
    struct node *node = self;

    if (node->session == 0 || node->broken)
        return SENT_GONE;
    if (frame.data[0] == VERB_SUBMIT)
        node->last_submit = frame.len;
    return put(node, true, frame);
}

static inline void
agent_hangs_up(void *self)
{
    ((struct node *)self)->broken = true;
}

/* --- Starting and stopping -------------------------------------------------------------------- */

static inline void
broker_start(struct island *island)
{
    const struct broker_outbox outbox = { broker_posts, broker_cuts, NULL, NULL, island };
    char where[FILE_PATH_MAX];
    struct store_head head;
    struct why why = { "" };

    snprintf(where, sizeof(where), "sqlite:%s/broker/store/broker.db", island->federate.folder);
    island->in_force = read_in_force(&island->federate, 0, NULL);
    expect_ok(store_open(&island->store, where, &why), &why);
    expect_ok(store_acquire(island->store, 0, &head, &why), &why);
    island->broker = broker_new(island->store, head, island->in_force, &outbox);
    island->stopped = island->dies = false;
}

/* The broker's disk is put aside, and another in its place. */
static inline void
change_disk(const struct island *island, const char *aside, const char *instead)
{
    const char *folder = island->federate.folder;

    shell("mv %s/broker/store %s/broker/%s", folder, folder, aside);
    shell("mv %s/broker/%s %s/broker/store", folder, instead, folder);
}

/* The broker looks at its disk, and does not start. */
static inline void
broker_refuses_disk(const struct island *island, uint64_t floor)
{
    char where[FILE_PATH_MAX];
    struct store *store;
    struct store_head head;
    struct why why = { "" };

    snprintf(where, sizeof(where), "sqlite:%s/broker/store/broker.db", island->federate.folder);
    expect_ok(store_open(&store, where, &why), &why);
    assert_err(store_acquire(store, floor, &head, &why), ERR_CORRUPT);
    store_close(&store);
}

/* As if killed: nothing is said, nothing written. */
static inline void
broker_stop(struct island *island)
{
    broker_free(&island->broker);
    store_close(&island->store);
    in_force_free(&island->in_force);
    island->stopped = true;
    for (size_t i = 0; i < NODES; i++)
        island->nodes[i].broken = island->nodes[i].session != 0;
}

static inline void
node_start(struct node *node)
{
    const struct federate *federate = &node->island->federate;
    const struct agent_outbox outbox = { agent_posts, agent_hangs_up, NULL, NULL, node };
    char path[FILE_PATH_MAX];
    struct why why = { "" };

    snprintf(path, sizeof(path), "%s/agencies/%s/store/agent.db", federate->folder,
             name_of(node->agency));
    node->keys = keys_of(federate, node->agency);
    node->in_force = read_in_force(federate, node->agency, NULL);
    expect_ok(agent_store_open(&node->store, path, &node->keys->master, &why), &why);
    expect_ok(agent_new(&node->agent, name_of(node->agency), node->store, node->in_force,
                        node->keys, &outbox, now_of(node), &why),
              &why);
    node->dies = false;
}

static inline void
node_stop(struct node *node)
{
    agent_free(&node->agent);
    agent_store_close(&node->store);
    in_force_free(&node->in_force);
    node_keys_free(&node->keys);
}

static inline void
node_restart(struct node *node)
{
    node_stop(node);
    node_start(node);
    node->broken = node->session != 0;
}

/* --- Frames on their way ------------------------------------------------------------------------ */

static inline void
broker_hears(struct island *island, const struct post *post)
{
    const struct agency *listed =
        registry_agency(federation_registry(island->in_force->federation), post->node->agency);
    struct visitor visitor = { post->session, listed->transport[0].key };

    assert_ok(broker_hear(island->broker, &visitor, buffer_bytes(&post->bytes),
                          now_at_broker(island)));
    if (island->dies && post->bytes.data[0] == VERB_SUBMIT) {
        broker_stop(island);
        broker_start(island);
    }
}

static inline void
node_hears(struct node *node, const struct post *post)
{
    assert_ok(agent_hear(node->agent, buffer_bytes(&post->bytes), now_of(node)));
    if (node->dies && post->bytes.data[0] == VERB_DELIVER)
        node_restart(node);
}

/* What has been said so far is heard, unless its connection has gone meanwhile. */
static inline void
carry(struct island *island)
{
    size_t count = island->post_count;

    for (size_t i = 0; i < count; i++) {
        struct post *post = &island->posts[i];
        bool lost = post->session != post->node->session || post->node->broken;

        if (!lost && post->to_broker)
            broker_hears(island, post);
        else if (!lost)
            node_hears(post->node, post);
        buffer_clear(&post->bytes);
    }
    island->post_count -= count;
    memmove(island->posts, island->posts + count, island->post_count * sizeof(struct post));
}

/* Connections that are broken end; whoever can connects again. */
static inline void
connect_all(struct island *island)
{
    for (size_t i = 0; i < NODES; i++) {
        struct node *node = &island->nodes[i];

        if (node->broken) {
            if (!island->stopped)
                broker_left(island->broker, node->session);
            agent_disconnected(node->agent, false, now_of(node));
            node->session = 0;
            node->broken = false;
        }
        if (node->session == 0 && !node->out_of_reach && !island->stopped) {
            node->session = ++island->sessions;
            agent_connected(node->agent, now_of(node));
        }
    }
}

static inline bool
somebody_is_cut_off(const struct island *island)
{
    for (size_t i = 0; i < NODES; i++)
        if (island->nodes[i].broken)
            return true;
    return false;
}

/* Until nobody has anything more to say, and all who can are connected. */
static inline void
let_run(struct island *island)
{
    do {
        connect_all(island);
        carry(island);
        if (!island->stopped)
            assert_ok(broker_commit(island->broker, now_at_broker(island)));
        for (size_t i = 0; i < NODES; i++)
            assert_ok(agent_settle(island->nodes[i].agent, now_of(&island->nodes[i])));
    } while (island->post_count > 0 || somebody_is_cut_off(island));
}

static inline void
let_pass(struct island *island, int64_t ms)
{
    pass(&island->federate.now, ms);
    for (size_t round = 0; round < 2; round++) { /* the second for who was put out */
        if (!island->stopped)
            assert_ok(broker_tick(island->broker, now_at_broker(island)));
        for (size_t i = 0; i < NODES; i++)
            assert_ok(agent_tick(island->nodes[i].agent, now_of(&island->nodes[i])));
        let_run(island);
    }
}

static inline void
island_begin(struct island *island)
{
    memset(island, 0, sizeof(*island));
    federate_begin(&island->federate);
    broker_start(island);
    for (uint32_t agency = MASH; agency < AGENCIES_END; agency++) {
        struct node *node = node_of(island, agency);

        *node = (struct node){ .island = island, .agency = agency };
        node_start(node);
    }
    let_run(island);
}

static inline void
island_end(struct island *island)
{
    for (size_t i = 0; i < NODES; i++)
        node_stop(&island->nodes[i]);
    if (!island->stopped)
        broker_stop(island);
    for (size_t i = 0; i < island->post_count; i++)
        buffer_clear(&island->posts[i].bytes);
    federate_end(&island->federate);
}

/* The federation's documents have changed, for the broker. */
static inline void
adopt_at_broker(struct island *island)
{
    struct in_force *old = island->in_force;

    island->in_force = read_in_force(&island->federate, 0, old);
    broker_adopt(island->broker, island->in_force, now_at_broker(island));
    in_force_free(&old);
}

/* For everybody. */
static inline void
adopt_all(struct island *island)
{
    struct in_force *old;
    struct why why = { "" };

    adopt_at_broker(island);
    for (size_t i = 0; i < NODES; i++) {
        struct node *node = &island->nodes[i];

        old = node->in_force;
        node->in_force = read_in_force(&island->federate, node->agency, old);
        expect_ok(agent_adopt(node->agent, node->in_force, node->keys, now_of(node), &why),
                  &why);
        in_force_free(&old);
    }
    let_run(island);
}

/* --- Children ------------------------------------------------------------------------------------- */

struct child {
    const char *id, *given, *family, *born;
};

static const struct child leah = { "child-1", "Leah", "Le Marquand", "2017-03-14" };
static const struct child noah = { "child-2", "Noah", "Renouf", "2012-08-02" };

/* The handle under which that agency speaks of the child. */
static inline void
handle_of(const struct node *node, const struct child *child, uint8_t handle[HANDLE])
{
    struct own_record record;

    assert_ok(agent_store_begin(node->store));
    assert_ok(record_take(node->store, "MIS", child->id, &record));
    assert_ok(agent_store_commit(node->store));
    memcpy(handle, record.handle, HANDLE);
}

static inline void
put_on_roll(const struct node *node, const struct child *child)
{
    struct own_record record;

    assert_ok(agent_store_begin(node->store));
    assert_ok(record_take(node->store, "MIS", child->id, &record));
    random_fill(&record.k, sizeof(record.k));
    record.system = "MIS";
    record.local_id = child->id;
    record.given_name = child->given;
    record.family_name = child->family;
    record.date_of_birth = child->born;
    assert_ok(record_set(node->store, &record));
    assert_ok(agent_store_commit(node->store));
}

/* The key of the child's record there; false when it is on no roll there. */
static inline bool
roll_key(const struct node *node, const struct child *child, struct key *k)
{
    static const struct key none;
    struct own_record record;

    assert_ok(agent_store_begin(node->store));
    assert_ok(record_take(node->store, "MIS", child->id, &record));
    agent_store_rollback(node->store);
    *k = record.k;
    return memcmp(k, &none, sizeof(none)) != 0;
}

/* --- The door ---------------------------------------------------------------------------------------- */

/* The caller's JSON; fails unless the answer has that status. */
static inline json_t *
ask(struct node *node, const char *method, const char *path, const char *body, int status)
{
    const struct door_request request = { .method = method,
                                          .path = path,
                                          .body = bytes_of_text(body) };
    struct door_answer answer = { 0 };
    json_t *json;

    buffer_init(&answer.body, 16 * 1024 * 1024);
    assert_ok(door_answer(node->agent, &request, now_of(node), &answer));
    if (answer.status != status)
        fail_msg("%s %s: %d %s", method, path, answer.status, buffer_text(&answer.body));
    assert_ok(json_read(&json, buffer_bytes(&answer.body), NULL));
    buffer_clear(&answer.body);
    return json;
}

static inline const char *
text_of(const json_t *json, const char *member)
{
    const char *text = json_string_value(json_object_get(json, member));

    return text == NULL ? "" : text;
}

#endif
