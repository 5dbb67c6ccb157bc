#include <stdlib.h>
#include <string.h>

#include "agent/daemon_parts.h"
#include "agent/newcomer.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "federation/shared.h"

/* An agent that asked to join and is not in the registry yet: it knocks until the broker lets it
   in, and fetches the registry that names it.  Then there is an agent. */

struct waiting {
    struct newcomer *newcomer;
    struct join_request request;
    enum link_state link;
};

static const struct registry *
registry_of(const struct daemon *daemon)
{
    return federation_registry(daemon->in_force->federation);
}

static bool
is_listed(const struct daemon *daemon)
{
    return registry_agency_named(registry_of(daemon), daemon->config->agency) != NULL;
}

static enum sent
post(void *self, struct bytes frame)
{
    struct daemon *daemon = self;

    return daemon->dialler == NULL ? SENT_GONE : dialler_send(daemon->dialler, frame);
}

/* --- Beginning and ending --------------------------------------------------------------------- */

bool
daemon_must_wait(const struct daemon *daemon)
{
    char path[FILE_PATH_MAX];

    return !is_listed(daemon) && path_in(path, daemon->config->keys, JOIN_FILE, NULL) == ERR_OK
           && file_exists(path);
}

static enum err
check_own(const struct daemon *daemon, const struct join_request *request, struct why *why)
{
    if (strcmp(request->agency, daemon->config->agency) != 0)
        return because(why, ERR_CONFLICT, "%s/%s: asks to join for '%s', not for '%s'",
                       daemon->config->keys, JOIN_FILE, request->agency,
                       daemon->config->agency);
    if (memcmp(&request->transport, &daemon->keys->transport_public, sizeof(request->transport))
        != 0)
        return because(why, ERR_CONFLICT, "%s/%s: asks to join with another transport key",
                       daemon->config->keys, JOIN_FILE);
    return ERR_OK;
}

enum err
waiting_begin(struct daemon *daemon, struct why *why)
{
    const struct newcomer_outbox outbox = { post, daemon };
    struct waiting *waiting = mem_new(sizeof(*waiting));
    struct buffer text;
    enum err err;

    buffer_init(&text, JOIN_MAX);
    if (!(err = joining_request(&text, &waiting->request, daemon->config->keys, why)))
        err = check_own(daemon, &waiting->request, why);
    buffer_clear(&text);
    if (err) {
        free(waiting);
        return err;
    }
    waiting->newcomer = newcomer_new(&outbox);
    daemon->waiting = waiting;
    log_event(LOG_NOTICE, "waiting_to_be_admitted", "agency", daemon->config->agency, NULL);
    return ERR_OK;
}

void
waiting_end(struct daemon *daemon)
{
    if (daemon->waiting == NULL)
        return;
    newcomer_free(&daemon->waiting->newcomer);
    free(daemon->waiting);
    daemon->waiting = NULL;
}

/* The next connection is an agent's. */
static enum err
enter_if_listed(struct daemon *daemon, struct why *why)
{
    enum err err;

    if (!is_listed(daemon))
        return ERR_OK;
    if ((err = daemon_enter_service(daemon, why)))
        return err;
    log_event(LOG_NOTICE, "admitted", "agency", daemon->config->agency, NULL);
    waiting_end(daemon);
    daemon->hung_up = true;
    daemon->redial_in = 0;
    return ERR_OK;
}

static enum err
read_again(struct daemon *daemon, struct why *why)
{
    struct in_force *fresh = NULL;
    enum err err = in_force_read(&fresh, daemon->config->federation, daemon->config->archive,
                                 daemon->in_force, loop_wall_clock(), why);

    if (err)
        return err;
    in_force_free(&daemon->in_force);
    daemon->in_force = fresh;
    return enter_if_listed(daemon, why);
}

void
waiting_reload(struct daemon *daemon)
{
    struct why why = { "" };

    if (read_again(daemon, &why))
        log_event(LOG_ALARM, "not_reloaded", "because", why.text, NULL);
    else
        log_event(LOG_NOTICE, "reloaded", NULL);
}

/* --- The broker --------------------------------------------------------------------------------- */

void
waiting_dial_event(struct daemon *daemon, enum dial_event event)
{
    const struct signed_document *agreement =
        federation_document(daemon->in_force->federation, DOCUMENT_AGREEMENT);

    switch (event) {
    case DIAL_UP:
        daemon->waiting->link = LINK_HELLO;
        newcomer_return(daemon->waiting->newcomer, registry_version(registry_of(daemon)),
                        agreement->digest);
        break;
    case DIAL_DOWN: daemon->waiting->link = LINK_DOWN; break;
    case DIAL_REFUSED: daemon->waiting->link = LINK_REFUSED; break;
    }
}

/* Others are told of our own key by the broker; so are we, but only after we are an agent. */
static enum err
install_own_intake(const struct daemon *daemon, const char *fetched, struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, INTAKE_FILE_MAX);
    intake_file_add(&text, &daemon->waiting->request.intake);
    err = federation_install_intake(fetched, buffer_bytes(&text), why);
    buffer_clear(&text);
    return err;
}

static enum err
take_registry(struct daemon *daemon, struct why *why)
{
    char folder[FILE_PATH_MAX];
    struct given_document given;
    enum err err;

    newcomer_document(&given, daemon->waiting->newcomer, DOCUMENT_REGISTRY);
    if ((err = in_force_fetched(folder, daemon->config->archive, why))
        || (err = folder_make(folder, 0700, why))
        || (err = install_own_intake(daemon, folder, why))
        || (err = federation_install_document(folder, DOCUMENT_REGISTRY, given.text,
                                              given.minisigs, given.count,
                                              daemon->in_force->federation, why)))
        return err;
    return read_again(daemon, why);
}

void
waiting_hear(struct daemon *daemon, struct bytes frame)
{
    struct why why = { "" };

    switch (newcomer_hear(daemon->waiting->newcomer, frame)) {
    case NEWCOMER_UNDERWAY: return;
    case NEWCOMER_DONE:
        if (take_registry(daemon, &why) == ERR_OK && daemon->waiting == NULL)
            return;
        log_event(LOG_ALARM, "not_admitted_yet", "because",
                  why.text[0] != 0 ? why.text : "the broker's registry does not name us", NULL);
        break;
    case NEWCOMER_REFUSED:
        log_event(LOG_NOTICE, "not_admitted_yet", "because", "the broker hung up", NULL);
        break;
    }
    daemon_hang_up(daemon);
}

/* --- The door ------------------------------------------------------------------------------------ */

void
waiting_answer(struct daemon *daemon, const struct door_request *request,
               struct door_answer *answer)
{
    const struct waiting_view view = { .request = &daemon->waiting->request,
                                       .link = daemon->waiting->link,
                                       .registry_version =
                                           registry_version(registry_of(daemon)) };

    door_answer_waiting(&view, request, answer);
}
