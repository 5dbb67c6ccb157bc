#include "agent/daemon_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "federation/renew.h"

/* Fresh intake keys: made here, so that no secret ever leaves this machine. */

enum {
    MADE_LATELY_MS = 5 * 24 * 60 * 60 * 1000,
    KEPT = 6 /* one every five days: nothing that still waits was sealed to an older one */
};

/* What we last offered: the broker may not have had it. */
static enum err
own_file(char path[FILE_PATH_MAX], const struct daemon *daemon, struct why *why)
{
    return path_in(path, daemon->config->archive, "own.intake", why);
}

static bool
was_made_lately(struct bytes text, struct instant now)
{
    struct intake_key keys[INTAKE_KEYS_MAX];
    size_t count;

    if (intake_file_read(keys, &count, text, NULL))
        return false;
    return intake_is_valid(&keys[count - 1], now)
           && now.ms - (int64_t)keys[count - 1].not_before_ms < MADE_LATELY_MS;
}

/* The newest stay, whatever happens: an agent that was away opens what waits for it. */
static void
forget_old_keys(const struct daemon *daemon)
{
    const struct node_keys *keys = daemon->keys;
    char path[FILE_PATH_MAX], name[64];

    for (size_t i = 0; i + KEPT < keys->intake_count; i++) {
        snprintf(name, sizeof(name), "intake-%u.key", (unsigned)keys->intake_numbers[i]);
        if (path_in(path, daemon->config->keys, name, NULL) == ERR_OK && unlink(path) == 0)
            log_event(LOG_NOTICE, "key_deleted", "file", name, NULL);
    }
}

/* First on disk, the secret and what is offered; then adopted; and only then offered. */
static enum err
make(struct daemon *daemon, const struct renewal *renewal, struct buffer *offer,
     const char *path, struct why *why)
{
    enum err err;

    if ((err = intake_renew(offer, renewal, why))
        || (err = file_write(path, buffer_bytes(offer), 0644, why))
        || (err = daemon_reload_keys(daemon, why)))
        return err;
    log_event(LOG_NOTICE, "key_made", "what", "intake", NULL);
    forget_old_keys(daemon);
    return ERR_OK;
}

enum err
daemon_renew(void *self, const struct numbered_secret *signing, struct buffer *offer,
             struct why *why)
{
    struct daemon *daemon = self;
    const struct renewal renewal = {
        .folder = daemon->config->keys,
        .agency = agent_me(daemon->agent)->number,
        .keys = daemon->keys,
        .signing = signing,
        .now = loop_wall_clock(),
    };
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = own_file(path, daemon, why)))
        return err;
    err = file_read(offer, path, why);
    if (err && err != ERR_NOT_FOUND)
        return err;
    if (err == ERR_OK && was_made_lately(buffer_bytes(offer), renewal.now))
        return ERR_OK;
    return make(daemon, &renewal, offer, path, why);
}
