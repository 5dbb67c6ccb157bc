#ifndef KITH_BROKER_SERVER_PARTS_H
#define KITH_BROKER_SERVER_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "broker/broker.h"
#include "federation/invites.h"

/* The shell's part in joining: the folder of invites, read when it has changed. */
struct invite_folder {
    const char *path;
    struct invites *invites; /* as the broker has them; NULL before it was first read */
    struct timespec changed; /* the folder's, when it was read */
    struct instant read;     /* when that was */
};

/* Reads the folder if it may have changed, and tells the broker.  True when an invite has gone:
   its agency may have been admitted, the last step of which that is. */
bool invite_folder_look(struct invite_folder *folder, struct broker *broker,
                        struct instant now);
bool invite_folder_knows(const struct invite_folder *folder, const uint8_t key[32]);
void invite_folder_clear(struct invite_folder *folder);

#endif
