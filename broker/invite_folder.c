#include <stdlib.h>
#include <sys/stat.h>

#include "broker/server_parts.h"
#include "core/log.h"
#include "core/mem.h"

/* A change within the same moment as the last reading leaves the same time behind. */
enum { MOMENT_MS = 2000 };

static bool
may_have_changed(struct invite_folder *folder, struct instant now)
{
    struct stat status;
    bool same;

    if (stat(folder->path, &status) != 0)
        status.st_mtim = (struct timespec){ 0 };
    same = folder->invites != NULL && status.st_mtim.tv_sec == folder->changed.tv_sec
           && status.st_mtim.tv_nsec == folder->changed.tv_nsec
           && folder->read.ms - (int64_t)folder->changed.tv_sec * 1000 > MOMENT_MS;
    folder->changed = status.st_mtim;
    folder->read = now;
    return !same;
}

static bool
one_has_gone(const struct invites *old, const struct invites *fresh)
{
    for (size_t i = 0; old != NULL && i < old->count; i++)
        if (invites_by_key(fresh, old->list[i].key.bytes) == NULL)
            return true;
    return false;
}

bool
invite_folder_look(struct invite_folder *folder, struct broker *broker, struct instant now)
{
    struct invites *fresh, *old = folder->invites;
    struct why why, odd;
    bool gone;

    if (!may_have_changed(folder, now))
        return false;
    fresh = mem_new(sizeof(*fresh));
    if (invites_read(fresh, folder->path, &odd, &why)) {
        log_event(LOG_ALARM, "invites_not_read", "because", why.text, NULL);
        free(fresh);
        return false;
    }
    if (odd.text[0] != 0)
        log_event(LOG_ALARM, "invite_left_out", "because", odd.text, NULL);
    folder->invites = fresh;
    broker_invite(broker, fresh);
    gone = one_has_gone(old, fresh);
    if (old != NULL)
        invites_clear(old);
    free(old);
    return gone;
}

bool
invite_folder_knows(const struct invite_folder *folder, const uint8_t key[32])
{
    return folder->invites != NULL && invites_by_key(folder->invites, key) != NULL;
}

void
invite_folder_clear(struct invite_folder *folder)
{
    if (folder->invites != NULL)
        invites_clear(folder->invites);
    free(folder->invites);
    folder->invites = NULL;
}
