#include "agent/receipts.h"

#include <string.h>

#include "agent/numbers.h"
#include "core/log.h"

/* --- At MASH ------------------------------------------------------------------------------------ */

static bool
answers_with_receipts(const struct agent *agent)
{
    const struct agreement *agreement = agreements_current(agent->in_force->agreements);
    int place = agreement_member(agreement, agent->me);

    return place >= 0 && policy_agency_is(agreement->policy, place, TYPE_MASH);
}

/* Whose message it is has been verified before anything of it is opened. */
static bool
is_known_to_be_the_senders(enum check check)
{
    return check != CHECK_FORM && check != CHECK_SUITE && check != CHECK_SENDER_KEY
           && check != CHECK_SIGNATURE;
}

enum err
receipt_give(struct agent *agent, const struct arrival *arrival, enum check check,
             struct moment now)
{
    const struct core *core = &arrival->core;
    struct control control = { .type = CONTROL_RECEIPT, .opened = check == CHECK_OK };
    uint64_t seq;
    enum err err;

    if (arrival->is_stub || !is_known_to_be_the_senders(check)
        || (core->kind != KIND_CONCERN && core->kind != KIND_NEEDS)
        || !answers_with_receipts(agent))
        return ERR_OK;
    memcpy(control.h, arrival->h, DIGEST);
    if ((err = stream_take(agent->store, core->sender, &seq)))
        return err;
    return control_queue(agent, &control, core->sender, seq, now);
}

/* --- At the sender ------------------------------------------------------------------------------ */

enum err
receipt_take(struct agent *agent, const struct arrival *arrival)
{
    const struct control *control = &arrival->control;
    enum told_state state = control->opened ? TOLD_OPENED : TOLD_NOT_OPENED;
    struct spooled entry;
    enum err err = spool_find_h(agent->store, control->h, &entry);

    if (err == ERR_OK)
        err = told_set(agent->store, entry.notice_id, arrival->core.sender, state,
                       arrival->delivery->accepted_ms);
    /* Of a sealing that was done again, or from somebody to whom it was not sealed. */
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err == ERR_OK && !control->opened)
        log_event(LOG_ALARM, "not_opened", "by", agency_name(agent, arrival->core.sender), "do",
                  "telephone them", NULL);
    return err;
}
