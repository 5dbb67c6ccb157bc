#include "net/roster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/mem.h"

enum { NUMBER_TEXT = 16 };

void
roster_clear(struct roster *roster)
{
    struct connection *connection;
    size_t at = 0;

    while ((connection = map_next(&roster->connections, &at)) != NULL)
        free(connection);
    map_clear(&roster->connections);
    free(roster->accepted);
    *roster = (struct roster){ .accepted = NULL };
}

/* --- Let in --------------------------------------------------------------------------------- */

void
roster_let_in(struct roster *roster, const struct curve_public *key, int64_t now,
              char user_id[USER_ID])
{
    struct connection *connection = mem_new(sizeof(*connection));
    uint64_t number = ++roster->last_number;

    connection->session = (struct session){ number, *key };
    connection->fd = -1;
    connection->since = now;
    map_put(&roster->connections, number, connection);
    roster->live++;
    snprintf(user_id, USER_ID, "%016" PRIx64, number);
    hex_write(user_id + NUMBER_TEXT, key->bytes, sizeof(key->bytes));
}

unsigned
roster_of_key(const struct roster *roster, const struct curve_public *key)
{
    const struct connection *connection;
    unsigned count = 0;
    size_t at = 0;

    while ((connection = map_next(&roster->connections, &at)) != NULL)
        if (!connection->ended
            && memcmp(connection->session.key.bytes, key->bytes, sizeof(key->bytes)) == 0)
            count++;
    return count;
}

static void
end(struct roster *roster, struct connection *connection)
{
    if (connection->ended)
        return;
    connection->ended = true;
    connection->fd = -1;
    connection->next_ended = roster->ended;
    roster->ended = connection;
    roster->live--;
}

/* --- Accepted ---------------------------------------------------------------------------------- */

static struct accepted *
accepted_by(const struct roster *roster, int fd)
{
    if (fd < 0 || (size_t)fd >= roster->accepted_count || !roster->accepted[fd].open)
        return NULL;
    return &roster->accepted[fd];
}

static void
make_room(struct roster *roster, size_t fd)
{
    size_t count = roster->accepted_count;

    if (fd < count)
        return;
    roster->accepted_count = 2 * (fd + 1);
    roster->accepted =
        mem_resize(roster->accepted, roster->accepted_count, sizeof(*roster->accepted));
    memset(roster->accepted + count, 0,
           (roster->accepted_count - count) * sizeof(*roster->accepted));
}

void
roster_accepted(struct roster *roster, int fd, int64_t now)
{
    if (fd < 0)
        return;
    roster_disconnected(roster, fd);
    make_room(roster, (size_t)fd);
    roster->accepted[fd] = (struct accepted){ true, roster->last_number, now, 0 };
}

void
roster_disconnected(struct roster *roster, int fd)
{
    struct accepted *accepted = accepted_by(roster, fd);
    struct connection *connection;

    if (accepted == NULL)
        return;
    if ((connection = roster_get(roster, accepted->number)) != NULL)
        end(roster, connection);
    *accepted = (struct accepted){ .open = false };
}

/* --- Joined -------------------------------------------------------------------------------------- */

struct connection *
roster_get(const struct roster *roster, uint64_t number)
{
    return number == 0 ? NULL : map_get(&roster->connections, number);
}

struct connection *
roster_find(const struct roster *roster, const char *user_id)
{
    char digits[NUMBER_TEXT + 1];
    uint8_t number[NUMBER_TEXT / 2];
    uint64_t value = 0;

    if (user_id == NULL || strlen(user_id) != USER_ID - 1)
        return NULL;
    memcpy(digits, user_id, NUMBER_TEXT);
    digits[NUMBER_TEXT] = 0;
    if (!hex_read(number, sizeof(number), digits))
        return NULL;
    for (size_t i = 0; i < sizeof(number); i++)
        value = value << 8 | number[i];
    return roster_get(roster, value);
}

void
roster_join(struct roster *roster, struct connection *connection, int fd,
            const uint8_t routing_id[ROUTING_ID])
{
    struct accepted *accepted = accepted_by(roster, fd);

    memcpy(connection->routing_id, routing_id, ROUTING_ID);
    if (accepted == NULL || connection->session.number <= accepted->floor) {
        end(roster, connection); /* it is gone already: only its frames are here */
        return;
    }
    accepted->number = connection->session.number;
    connection->fd = fd;
}

/* --- Forgotten ------------------------------------------------------------------------------------ */

void
roster_expire(struct roster *roster, int64_t early)
{
    struct connection *connection;
    size_t at = 0;

    while ((connection = map_next(&roster->connections, &at)) != NULL)
        if (connection->fd < 0 && connection->since < early)
            end(roster, connection);
}

void
roster_forget(struct roster *roster, void (*gone)(void *self, const struct session *session),
              void *self)
{
    struct connection *connection;

    while ((connection = roster->ended) != NULL) {
        roster->ended = connection->next_ended;
        map_remove(&roster->connections, connection->session.number);
        if (gone != NULL)
            gone(self, &connection->session);
        free(connection);
    }
}

int
roster_next_silent(const struct roster *roster, int64_t early, size_t *at)
{
    while (*at < roster->accepted_count) {
        const struct accepted *accepted = &roster->accepted[*at];
        int fd = (int)(*at)++;

        if (accepted->open && accepted->number == 0 && accepted->since < early)
            return fd;
    }
    return -1;
}
