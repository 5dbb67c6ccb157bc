#include <string.h>
#include <unistd.h>

#include "federation/joining.h"
#include "federation/make_parts.h"

/* --- The request that waits ------------------------------------------------------------------ */

static enum err
find_request(struct join_request *request, const struct invites *invites, const char *agency,
             struct why *why)
{
    const struct open_invite *invite = invites_named(invites, agency);

    if (invite == NULL)
        return because(why, ERR_NOT_FOUND, "%s has not been invited: `kith agency invite %s`",
                       agency, agency);
    if (invite->request.len == 0)
        return because(why, ERR_NOT_FOUND,
                       "%s has been invited, and has not asked to join yet: it runs `kith join "
                       "LINE`",
                       agency);
    return invite_fits(request, invite, buffer_bytes(&invite->request), why);
}

enum err
federation_request(struct join_request *request, const char *folder, const char *agency,
                   struct why *why)
{
    char path[FILE_PATH_MAX];
    struct invites invites;
    struct why odd;
    enum err err;

    if ((err = path_of(path, why, folder, INVITES_FOLDER))
        || (err = invites_read(&invites, path, &odd, why)))
        return err;
    err = find_request(request, &invites, agency, why);
    invites_clear(&invites);
    return err;
}

/* --- Admitting it ----------------------------------------------------------------------------- */

static enum err
check_new(const struct join_request *request, const struct registry *registry, struct why *why)
{
    enum err err = check_fresh_name(registry, request->agency, why);

    if (err)
        return err;
    if (strcmp(request->federation, registry_federation(registry)) != 0)
        return because(why, ERR_REFUSED, "the request is for the federation '%s'",
                       request->federation);
    if (registry_agency(registry, request->number) != NULL)
        return because(why, ERR_CONFLICT,
                       "the number %u has been given to another agency since: withdraw the "
                       "invite and invite %s again",
                       (unsigned)request->number, request->agency);
    return ERR_OK;
}

static enum err
publish_intake(const char *path, const struct join_request *request, struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, INTAKE_FILE_MAX);
    intake_file_add(&text, &request->intake);
    err = file_write(path, buffer_bytes(&text), 0644, why);
    buffer_clear(&text);
    return err;
}

/* Nothing of it counts until the registry names the agency. */
static enum err
publish(const struct opened_offline *opened, const struct offline *offline,
        const struct join_request *request, struct why *why)
{
    /* From the day on which the agency made its keys; the broker compared the clocks. */
    const struct new_entry entry = {
        .number = request->number,
        .name = request->agency,
        .signing = &request->signing,
        .transport = &request->transport,
        .since = { (int64_t)request->intake.not_before_ms },
    };
    char intake[FILE_PATH_MAX];
    enum err err;

    if ((err = path_of(intake, why, offline->folder, "federation/intake/%s.intake",
                       request->agency))
        || (err = publish_intake(intake, request, why)))
        return err;
    if ((err = publish_entry(opened, offline, &entry, why)))
        unlink(intake);
    return err;
}

enum err
federation_admit(const struct offline *offline, const struct join_request *request,
                 struct why *why)
{
    char folder[FILE_PATH_MAX];
    struct opened_offline opened;
    enum err err;

    if ((err = path_of(folder, why, offline->folder, INVITES_FOLDER))
        || (err = offline_open(&opened, offline, why)))
        return err;
    if (!(err = check_new(request, federation_registry(opened.federation), why))
        && !(err = publish(&opened, offline, request, why)))
        err = invites_remove(folder, request->agency, why);
    offline_close(&opened);
    return err;
}
