#include "agent/daemon_parts.h"

#include "core/log.h"

enum err
daemon_read_suspensions(struct daemon *daemon, struct why *why)
{
    enum err err;

    if ((err = in_force_read_suspensions(daemon->in_force, daemon->config->federation,
                                         daemon->config->archive, daemon_now().wall, why)))
        return err;
    log_event(LOG_NOTICE, "suspensions_read", NULL);
    daemon_report(daemon);
    /* In force it is; what was held and may go is tried again when the store takes it. */
    if (agent_suspensions_changed(daemon->agent))
        daemon->suspensions = 0;
    return ERR_OK;
}

/* The mark is taken before the folder is read: what changes meanwhile is read once more. */
void
daemon_look_at_suspensions(struct daemon *daemon)
{
    uint64_t mark = federation_suspensions_mark(daemon->config->federation);
    struct why why;

    if (mark == daemon->suspensions || daemon->failed != ERR_OK)
        return;
    daemon->suspensions = mark;
    if (daemon_read_suspensions(daemon, &why))
        log_event(LOG_ALARM, "suspensions_not_read", "because", why.text, "do",
                  "mend it; who was suspended stays suspended", NULL);
    daemon_settle(daemon);
}
