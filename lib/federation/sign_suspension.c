#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "federation/directory.h"
#include "federation/make_parts.h"

/* A suspension or a lift on its way.  Signatures are written before the text, which is
   renamed into place last: half of it is nothing. */
struct writing {
    const struct offline *offline;
    const struct key *kek;
    const struct signers *signers;
    char folder[FILE_PATH_MAX]; /* federation/suspensions */
    char text_name[NAME_MAX_LEN + 16], signature_name[NAME_MAX_LEN + 64];
    const char *kind; /* "suspension" or "lift" */
    struct buffer text;
};

static enum err
begin(struct writing *writing, const struct opened_offline *opened,
      const struct offline *offline, const char *kind, const char *agency, struct why *why)
{
    *writing = (struct writing){
        .offline = offline,
        .kek = &opened->kek,
        .signers = &federation_trust(opened->federation)->registry,
        .kind = kind,
    };
    buffer_init(&writing->text, SUSPENSION_MAX);
    snprintf(writing->text_name, sizeof(writing->text_name), "%s.%s", agency, kind);
    return path_of(writing->folder, why, offline->folder, "federation/suspensions");
}

/* --- With one key --------------------------------------------------------------------------- */

static enum err
key_path(char path[FILE_PATH_MAX], const struct writing *writing, unsigned number,
         struct why *why)
{
    return path_of(path, why, writing->offline->folder, "offline/registry-%u.key", number);
}

static enum err
sign_with(struct buffer *minisig, const struct writing *writing, unsigned number,
          const struct sign_secret *secret, struct why *why)
{
    const struct minisign_public *public = public_of(writing->signers, secret);
    char trusted[NAME_MAX_LEN + 32];

    if (public == NULL)
        return because(
            why, ERR_REFUSED,
            "%s/offline/registry-%u.key: not a key of a signer whom federation/trust names",
            writing->offline->folder, number);
    snprintf(trusted, sizeof(trusted), "kith %s", writing->text_name);
    minisig_write(minisig, buffer_bytes(&writing->text), public, secret, trusted);
    return ERR_OK;
}

/* The signature of that key into *minisig. */
static enum err
read_key_and_sign(struct buffer *minisig, const struct writing *writing, unsigned number,
                  struct why *why)
{
    struct unlock unlock = { .key = writing->kek };
    struct sign_secret secret;
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = key_path(path, writing, number, why)))
        return err;
    err = keyfile_read(secret.bytes, sizeof(secret.bytes), path, KEYFILE_SIGNER, &unlock, why);
    if (err == ERR_OK)
        err = sign_with(minisig, writing, number, &secret, why);
    wipe(&secret, sizeof(secret));
    return err;
}

static void
name_signature(struct writing *writing, unsigned number)
{
    snprintf(writing->signature_name, sizeof(writing->signature_name), "%s.registry-%u.minisig",
             writing->text_name, number);
}

static bool
is_here(const struct writing *writing, const char *name)
{
    char path[FILE_PATH_MAX];

    return path_in(path, writing->folder, name, NULL) == ERR_OK && file_exists(path);
}

static enum err
put_text(struct writing *writing, struct why *why)
{
    return write_text(writing->folder, writing->text_name, &writing->text, why);
}

/* --- Files that are not needed any more ------------------------------------------------------- */

/* Everything that begins so, but the one to be kept (NULL: none). */
static void
remove_all(const struct writing *writing, const char *beginning, const char *kept)
{
    char path[FILE_PATH_MAX];
    struct dirent *entry;
    DIR *listing = opendir(writing->folder);

    while (listing != NULL && (entry = readdir(listing)) != NULL)
        if (strncmp(entry->d_name, beginning, strlen(beginning)) == 0
            && (kept == NULL || strcmp(entry->d_name, kept) != 0)
            && path_in(path, writing->folder, entry->d_name, NULL) == ERR_OK)
            unlink(path);
    if (listing != NULL)
        closedir(listing);
}

/* What is left of one that was lifted: its other signatures, and the lift. */
static void
remove_lifted(const struct writing *writing, const char *agency)
{
    char beginning[NAME_MAX_LEN + 32];

    snprintf(beginning, sizeof(beginning), "%s.suspension.", agency);
    remove_all(writing, beginning, writing->signature_name);
    snprintf(beginning, sizeof(beginning), "%s.lift", agency);
    remove_all(writing, beginning, NULL);
}

/* --- Suspending --------------------------------------------------------------------------------- */

/* Whose signature is wanted: the one asked for, or the first that is here and not given. */
static enum err
choose_signer(struct writing *writing, unsigned *signer, bool again, struct why *why)
{
    unsigned asked = *signer, here = 0;
    char path[FILE_PATH_MAX];
    enum err err;

    for (unsigned i = asked == 0 ? 1 : asked; i <= (asked == 0 ? SIGNERS_MAX : asked); i++) {
        if ((err = key_path(path, writing, i, why)))
            return err;
        if (!file_exists(path))
            continue;
        here++;
        *signer = i;
        name_signature(writing, i);
        if (!again || !is_here(writing, writing->signature_name))
            return ERR_OK;
    }
    if (here > 0)
        return because(why, ERR_CONFLICT,
                       "%s has been signed before by %s; another signer's signature is needed"
                       " (--signer N)",
                       writing->text_name, asked == 0 ? "each whose key is here" : "this key");
    if (asked != 0)
        return because(why, ERR_NOT_FOUND, "%s/offline/registry-%u.key: is not here",
                       writing->offline->folder, asked);
    return because(why, ERR_NOT_FOUND, "%s/offline: no key of a registry signer is here",
                   writing->offline->folder);
}

static enum err
write_signature(const struct writing *writing, unsigned signer, struct why *why)
{
    struct buffer minisig;
    enum err err;

    buffer_init(&minisig, MINISIG_MAX);
    err = read_key_and_sign(&minisig, writing, signer, why);
    if (err == ERR_OK)
        err = folder_make(writing->folder, 0755, why);
    if (err == ERR_OK)
        err = write_text(writing->folder, writing->signature_name, &minisig, why);
    buffer_clear(&minisig);
    return err;
}

static enum err
find_agency(const struct agency **agency, const struct federation *federation, const char *name,
            struct why *why)
{
    *agency = registry_agency_named(federation_registry(federation), name);
    if (*agency == NULL)
        return because(why, ERR_NOT_FOUND, "the registry names no agency '%s'", name);
    return ERR_OK;
}

/* A text that was lifted is never in force again, so no two are alike. */
static struct instant
since_when(const struct federation *federation, const struct agency *agency, struct instant now)
{
    for (size_t i = 0; i < federation_suspension_count(federation); i++) {
        const struct suspension *earlier = federation_suspension_at(federation, i);

        if (earlier->agency == agency->number && !instant_is_before(earlier->since, now))
            now = instant_after(earlier->since, 1000);
    }
    return now;
}

static void
describe(struct suspension *suspension, const struct federation *federation,
         const struct agency *agency, struct instant now)
{
    *suspension = (struct suspension){ .agency = agency->number,
                                       .since = since_when(federation, agency, now) };
    snprintf(suspension->federation, sizeof(suspension->federation), "%s",
             registry_federation(federation_registry(federation)));
    snprintf(suspension->name, sizeof(suspension->name), "%s", agency->name);
}

/* Under the same text a second signature is a second signer; a new text begins anew. */
static enum err
suspend(struct writing *writing, const struct suspending *suspending,
        const struct suspension *before, const struct agency *agency,
        const struct federation *federation, struct why *why)
{
    struct suspension suspension;
    unsigned signer = suspending->signer;
    enum err err;

    if (before != NULL)
        suspension = *before;
    else
        describe(&suspension, federation, agency, suspending->now);
    suspension_write(&writing->text, &suspension);
    if ((err = choose_signer(writing, &signer, before != NULL, why))
        || (err = write_signature(writing, signer, why)))
        return err;
    if (before != NULL)
        return ERR_OK;
    if ((err = put_text(writing, why)))
        return err;
    remove_lifted(writing, agency->name);
    return ERR_OK;
}

/* What every node will now read. */
static enum err
look_again(struct suspension *result, struct federation *federation,
           const struct offline *offline, uint32_t agency, struct why *why)
{
    const struct suspension *found;
    char folder[FILE_PATH_MAX];
    enum err err;

    if ((err = path_of(folder, why, offline->folder, "federation"))
        || (err = federation_read_suspensions(federation, folder, NULL, why)))
        return err;
    if ((found = federation_suspension_of(federation, agency)) == NULL)
        return because(why, ERR_FORGED, "what was written is not valid: %s",
                       federation_left_out_why(federation));
    *result = *found;
    return ERR_OK;
}

enum err
federation_suspend(const struct offline *offline, const struct suspending *suspending,
                   struct suspension *result, struct why *why)
{
    const struct agency *agency;
    struct opened_offline opened;
    struct writing writing;
    enum err err;

    if ((err = offline_open(&opened, offline, why)))
        return err;
    if (!(err = find_agency(&agency, opened.federation, suspending->agency, why))) {
        err = begin(&writing, &opened, offline, "suspension", agency->name, why);
        if (err == ERR_OK)
            err = suspend(&writing, suspending,
                          federation_suspension_of(opened.federation, agency->number), agency,
                          opened.federation, why);
        buffer_clear(&writing.text);
    }
    if (err == ERR_OK)
        err = look_again(result, opened.federation, offline, agency->number, why);
    offline_close(&opened);
    return err;
}

/* --- Lifting ---------------------------------------------------------------------------------------- */

static enum err
sign_with_all(struct writing *writing, struct why *why)
{
    char path[FILE_PATH_MAX];
    unsigned count = 0;
    enum err err = ERR_OK;

    for (unsigned i = 1; i <= SIGNERS_MAX && count < writing->signers->needed && !err; i++) {
        if ((err = key_path(path, writing, i, why)))
            return err;
        if (!file_exists(path))
            continue;
        name_signature(writing, i);
        err = write_signature(writing, i, why);
        count++;
    }
    if (err == ERR_OK && count < writing->signers->needed)
        err = because(why, ERR_NOT_FOUND,
                      "%s/offline: %u of the %u keys that sign a lift are here, as"
                      " registry-N.key",
                      writing->offline->folder, count, (unsigned)writing->signers->needed);
    return err;
}

static enum err
lift(struct writing *writing, const struct suspension *suspension, struct instant now,
     struct why *why)
{
    struct lift lifting = { .agency = suspension->agency, .at = now };
    char beginning[NAME_MAX_LEN + 32];
    enum err err;

    snprintf(lifting.federation, sizeof(lifting.federation), "%s", suspension->federation);
    snprintf(lifting.name, sizeof(lifting.name), "%s", suspension->name);
    memcpy(lifting.of, suspension->digest, DIGEST);
    lift_write(&writing->text, &lifting);
    if (!(err = sign_with_all(writing, why)))
        return put_text(writing, why);
    snprintf(beginning, sizeof(beginning), "%s.lift.", suspension->name);
    remove_all(writing, beginning, NULL);
    return err;
}

enum err
federation_lift(const struct offline *offline, const char *name, struct instant now,
                struct why *why)
{
    const struct suspension *suspension;
    const struct agency *agency;
    struct opened_offline opened;
    struct writing writing;
    enum err err;

    if ((err = offline_open(&opened, offline, why)))
        return err;
    if (!(err = find_agency(&agency, opened.federation, name, why))) {
        suspension = federation_suspension_of(opened.federation, agency->number);
        if (suspension == NULL)
            err = because(why, ERR_NOT_FOUND, "%s is not suspended", name);
        else if (!(err = begin(&writing, &opened, offline, "lift", name, why)))
            err = lift(&writing, suspension, now, why);
        if (suspension != NULL)
            buffer_clear(&writing.text);
    }
    offline_close(&opened);
    return err;
}
