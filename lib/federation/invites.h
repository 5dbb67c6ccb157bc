#ifndef KITH_FEDERATION_INVITES_H
#define KITH_FEDERATION_INVITES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/instant.h"
#include "federation/join.h"

/*
 * The invites that are open at a broker, a folder of its own: NAME, made by the administrator
 *
 *     kith invite FEDERATION agency 107 NAME
 *     key KEY            the public key of the one-time secret
 *     until TIME
 *
 * and NAME.request, written by the broker when the agency has asked to join (join.h): with it
 * the invite is used up.  Nothing in the folder is secret, and nothing in it lets anybody in:
 * the next registry does.
 */
enum { INVITES_MAX = 1024, INVITE_FILE_MAX = 1024 };

struct open_invite {
    char federation[NAME_MAX_LEN + 1];
    char agency[NAME_MAX_LEN + 1];
    uint32_t number;
    struct exchange_public key;
    struct instant expires;
    struct buffer request; /* empty: nobody has asked yet */
};

struct invites {
    struct open_invite *list;
    size_t count;
};

/* An empty list when there is no such folder.  A file that is no invite is left out, and the last
   such is named in *odd ("" when there is none). */
enum err invites_read(struct invites *invites, const char *folder, struct why *odd,
                      struct why *why) MUST_CHECK;
void invites_clear(struct invites *invites);

/* NULL when there is none. */
struct open_invite *invites_by_key(const struct invites *invites, const uint8_t key[32]);
struct open_invite *invites_named(const struct invites *invites, const char *agency);

/* Is that text a request for this invite? */
enum err invite_fits(struct join_request *request, const struct open_invite *invite,
                     struct bytes text, struct why *why) MUST_CHECK;
/* And made now, by somebody whose clock is right? */
enum err invite_check_request(const struct open_invite *invite, struct bytes text,
                              struct instant now, struct why *why) MUST_CHECK;

/* Onto the disk. */
enum err invites_put(const char *folder, const struct open_invite *invite,
                     struct why *why) MUST_CHECK;
enum err invites_put_request(const char *folder, struct open_invite *invite,
                             struct bytes request, struct why *why) MUST_CHECK;
/* Both files, as far as they are there. */
enum err invites_remove(const char *folder, const char *agency, struct why *why) MUST_CHECK;

#endif
