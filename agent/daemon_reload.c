#include "agent/daemon_parts.h"

#include <string.h>

#include "agreement/standing.h"
#include "core/file.h"
#include "core/log.h"
#include "federation/shared.h"

void
daemon_report(struct daemon *daemon)
{
    daemon->reported = instant_day(loop_wall_clock());
    in_force_report(daemon->in_force, loop_wall_clock());
    agent_report(daemon->agent, daemon_now());
}

/* --- Read again ------------------------------------------------------------------------------- */

/* A transport key that was replaced is used from the next connection on. */
static void
dial_again_if_needed(struct daemon *daemon, const struct exchange_public *former)
{
    if (memcmp(former, &daemon->keys->transport_public, sizeof(*former)) != 0)
        daemon->hung_up = true;
}

static enum err
adopt(struct daemon *daemon, struct in_force *in_force, struct node_keys *keys, struct why *why)
{
    struct exchange_public former = daemon->keys->transport_public;
    enum err err = agent_adopt(daemon->agent, in_force, keys, daemon_now(), why);

    if (err)
        return err;
    in_force_free(&daemon->in_force);
    daemon->in_force = in_force;
    if (keys != daemon->keys)
        node_keys_free(&daemon->keys);
    daemon->keys = keys;
    dial_again_if_needed(daemon, &former);
    return ERR_OK;
}

enum err
daemon_open_keys(struct node_keys **keys, const struct config *config, struct why *why)
{
    return node_keys_open(keys, config->keys, NODE_AGENCY, config->passphrase_file,
                          config->demo, why);
}

/* The store is open under the master key that we started with. */
static enum err
read_keys_again(struct node_keys **keys, const struct daemon *daemon, struct why *why)
{
    enum err err = daemon_open_keys(keys, daemon->config, why);

    if (err == ERR_OK
        && memcmp(&(*keys)->master, &daemon->keys->master, sizeof(struct key)) != 0) {
        err = because(why, ERR_REFUSED, "%s/master.key: another key than that of the store",
                      daemon->config->keys);
        node_keys_free(keys);
    }
    return err;
}

static enum err
read_all_again(struct daemon *daemon, struct why *why)
{
    struct in_force *in_force = NULL;
    struct node_keys *keys = NULL;
    enum err err;

    if ((err = read_keys_again(&keys, daemon, why))
        || (err = in_force_read(&in_force, daemon->config->federation, daemon->config->archive,
                                daemon->in_force, loop_wall_clock(), why))
        || (err = adopt(daemon, in_force, keys, why))) {
        in_force_free(&in_force);
        node_keys_free(&keys);
    }
    return err;
}

void
daemon_reload(struct daemon *daemon)
{
    struct why why;

    if (read_all_again(daemon, &why)) {
        agent_note_reload(daemon->agent, why.text);
        log_event(LOG_ALARM, "not_reloaded", "because", why.text, "do",
                  "mend it and send SIGHUP again; what was in force stays in force", NULL);
        return;
    }
    agent_note_reload(daemon->agent, NULL);
    log_event(LOG_NOTICE, "reloaded", NULL);
    daemon_go_over(daemon);
    daemon_report(daemon);
    daemon_settle(daemon);
}

enum err
daemon_reload_keys(struct daemon *daemon, struct why *why)
{
    return read_all_again(daemon, why);
}

/* --- Our next transport key -------------------------------------------------------------------- */

static bool
next_transport_is_listed(const struct daemon *daemon)
{
    return daemon->keys->has_next_transport
           && registry_agency_by_transport(federation_registry(daemon->in_force->federation),
                                           daemon->keys->next_transport_public.bytes,
                                           instant_day(loop_wall_clock()))
                  == agent_me(daemon->agent);
}

void
daemon_go_over(struct daemon *daemon)
{
    struct why why;

    if (!next_transport_is_listed(daemon))
        return;
    if (node_keys_go_over(daemon->config->keys, &why) || read_all_again(daemon, &why))
        log_event(
            LOG_ALARM, "not_gone_over", "because", why.text, "do",
            "mend it and send SIGHUP; the former transport key is used until its last day",
            NULL);
    else
        log_event(LOG_NOTICE, "gone_over", "to", "the next transport key", NULL);
}

/* --- What the broker gave ---------------------------------------------------------------------- */

/* One that this version of Kith cannot compile must not lie there at the next start. */
static enum err
check_agreement(struct bytes text, struct why *why)
{
    struct agreement *agreement = NULL;
    uint8_t digest[DIGEST];
    enum err err;

    document_digest(digest, DOCUMENT_AGREEMENT, text);
    err = agreement_read(&agreement, text, digest, "agreement.policy", loop_wall_clock(), why);
    agreement_free(&agreement);
    return err;
}

static enum err
put(const struct daemon *daemon, enum document_wanted what, struct bytes content,
    const struct bytes *minisigs, size_t count, struct why *why)
{
    const struct federation *current = daemon->in_force->federation;
    char folder[FILE_PATH_MAX];
    enum err err;

    if ((err = in_force_fetched(folder, daemon->config->archive, why))
        || (err = folder_make(folder, 0700, why)))
        return err;
    switch ((int)what) {
    case WANT_REGISTRY:
        return federation_install_document(folder, DOCUMENT_REGISTRY, content, minisigs, count,
                                           current, why);
    case WANT_AGREEMENT:
        if ((err = check_agreement(content, why)))
            return err;
        return federation_install_document(folder, DOCUMENT_AGREEMENT, content, minisigs, count,
                                           current, why);
    case WANT_INTAKE: return federation_install_intake(folder, content, why);
    case WANT_SUSPENSIONS: return federation_install_suspensions(folder, content, why);
    }
    return federation_install_grants(folder, content, why);
}

/* Our keys are as they were: nothing is opened with the passphrase for this. */
static enum err
read_federation_again(struct daemon *daemon, struct why *why)
{
    struct in_force *in_force = NULL;
    enum err err;

    err = in_force_read(&in_force, daemon->config->federation, daemon->config->archive,
                        daemon->in_force, loop_wall_clock(), why);
    if (err == ERR_OK && (err = adopt(daemon, in_force, daemon->keys, why)))
        in_force_free(&in_force);
    return err;
}

/* Made since we read our keys, by `kith key rotate`. */
static bool
next_keys_are_there(const struct daemon *daemon)
{
    char path[FILE_PATH_MAX];

    return path_in(path, daemon->config->keys, NEXT_TRANSPORT_FILE, NULL) == ERR_OK
           && file_exists(path);
}

enum err
daemon_install(void *self, enum document_wanted what, struct bytes content,
               const struct bytes *minisigs, size_t count, struct why *why)
{
    struct daemon *daemon = self;
    enum err err;

    if ((err = put(daemon, what, content, minisigs, count, why)))
        return err;
    if (what == WANT_SUSPENSIONS)
        return daemon_read_suspensions(daemon, why);
    err = next_keys_are_there(daemon) ? read_all_again(daemon, why)
                                      : read_federation_again(daemon, why);
    if (err)
        return err;
    daemon_go_over(daemon);
    daemon_report(daemon);
    return ERR_OK;
}
