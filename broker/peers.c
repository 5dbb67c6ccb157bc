#include "broker/peers.h"

#include <stdlib.h>
#include <string.h>

#include "core/map.h"
#include "core/mem.h"
#include "federation/shared.h"

struct peers {
    struct map by_session;
    struct map serving; /* by agency */
    struct map marked;  /* by session */
};

static void
peer_free(struct peer *peer)
{
    buffer_clear(&peer->grants);
    free(peer);
}

struct peers *
peers_new(void)
{
    return mem_new(sizeof(struct peers));
}

void
peers_free(struct peers **peers)
{
    struct peer *peer;
    size_t at = 0;

    if (*peers == NULL)
        return;
    while ((peer = map_next(&(*peers)->by_session, &at)) != NULL)
        peer_free(peer);
    map_clear(&(*peers)->by_session);
    map_clear(&(*peers)->serving);
    map_clear(&(*peers)->marked);
    free(*peers);
    *peers = NULL;
}

struct peer *
peers_find(struct peers *peers, uint64_t session)
{
    return map_get(&peers->by_session, session);
}

struct peer *
peers_add(struct peers *peers, uint64_t session, const uint8_t transport[32], uint32_t agency)
{
    struct peer *peer = mem_new(sizeof(*peer));

    peer->session = session;
    memcpy(peer->transport, transport, sizeof(peer->transport));
    peer->agency = agency;
    buffer_init(&peer->grants, SHARED_MAX);
    map_put(&peers->by_session, session, peer);
    return peer;
}

void
peers_remove(struct peers *peers, uint64_t session)
{
    struct peer *peer = map_remove(&peers->by_session, session);

    if (peer == NULL)
        return;
    if (map_get(&peers->serving, peer->agency) == peer)
        map_remove(&peers->serving, peer->agency);
    map_remove(&peers->marked, session);
    peer_free(peer);
}

void
peers_serve(struct peers *peers, struct peer *peer)
{
    peer->state = PEER_READY;
    map_put(&peers->serving, peer->agency, peer);
}

struct peer *
peers_serving(struct peers *peers, uint32_t agency)
{
    return map_get(&peers->serving, agency);
}

size_t
peers_count(const struct peers *peers)
{
    return peers->by_session.count;
}

void
peers_mark(struct peers *peers, struct peer *peer)
{
    map_put(&peers->marked, peer->session, peer);
}

/* The sessions as they are now: what is done for one may end another. */
static uint64_t *
list_sessions(const struct map *map, size_t *count)
{
    uint64_t *sessions = mem_array(map->count, sizeof(*sessions));
    const struct peer *peer;
    size_t at = 0;

    *count = 0;
    while ((peer = map_next(map, &at)) != NULL)
        sessions[(*count)++] = peer->session;
    return sessions;
}

void
peers_each(struct peers *peers, void (*each)(void *context, struct peer *peer), void *context)
{
    size_t count;
    uint64_t *sessions = list_sessions(&peers->by_session, &count);

    for (size_t i = 0; i < count; i++) {
        struct peer *peer = peers_find(peers, sessions[i]);

        if (peer != NULL)
            each(context, peer);
    }
    free(sessions);
}

void
peers_each_marked(struct peers *peers, bool (*each)(void *context, struct peer *peer),
                  void *context)
{
    size_t count;
    uint64_t *sessions = list_sessions(&peers->marked, &count);

    for (size_t i = 0; i < count; i++) {
        struct peer *peer = peers_find(peers, sessions[i]);

        if (peer != NULL && !each(context, peer))
            map_remove(&peers->marked, sessions[i]);
    }
    free(sessions);
}
