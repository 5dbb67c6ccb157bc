#include "agent/door_parts.h"

#include <stdlib.h>

#include "agent/alarms.h"
#include "agreement/standing.h"

/* --- How it is going ---------------------------------------------------------------------------------- */

static const char *
link_words(const struct agent_status *status)
{
    if (status->suspended && status->link != LINK_READY)
        return "refused: this agency is suspended from the federation";
    switch (status->link) {
    case LINK_DOWN: return "out of reach";
    case LINK_REFUSED: return "refused: the broker does not know this agency's transport key";
    case LINK_HELLO: return "connecting";
    case LINK_READY: return "connected";
    }
    return "unknown";
}

static bool
list_alarm(void *context, const struct alarm *alarm)
{
    const struct alarm_kind *kind = alarm_kind_named(alarm->name);
    json_t *json = json_object();

    json_object_set_new(json, "number", json_integer((json_int_t)alarm->number));
    json_object_set_new(json, "name", json_string(alarm->name));
    json_object_set_new(json, "about", json_string(alarm->about));
    json_object_set_new(json, "raisedAt", json_of_instant(alarm->raised_ms));
    json_object_set_new(json, "lastAt", json_of_instant(alarm->last_ms));
    json_object_set_new(json, "count", json_integer((json_int_t)alarm->count));
    if (kind != NULL)
        json_object_set_new(json, "do", json_string(kind->advice));
    json_array_append_new(context, json);
    return true;
}

static json_t *
json_of_agreement(const struct agent *agent, struct moment now)
{
    const struct policy *policy = agreements_current(agent_in_force(agent)->agreements)->policy;
    json_t *json = json_object();
    char day[DAY_TEXT], words[STANDING_TEXT];

    json_object_set_new(json, "title", json_string(policy_title(policy)));
    json_object_set_new(json, "version", json_integer(policy_version(policy)));
    json_object_set_new(json, "inForce",
                        json_boolean(policy_in_force(policy, instant_day(now.wall))));
    day_write(day, policy_last_day(policy));
    json_object_set_new(json, "until", json_string(day));
    if (agreement_standing(words, policy, instant_day(now.wall)))
        json_object_set_new(json, "standing", json_string(words));
    return json;
}

static json_t *
json_of_signing_key(const struct agency *me, struct moment now)
{
    json_t *json = json_object();
    char day[DAY_TEXT], words[STANDING_TEXT];

    day_write(day, signing_until(me));
    json_object_set_new(json, "until", json_string(day));
    if (signing_standing(words, me, instant_day(now.wall)))
        json_object_set_new(json, "standing", json_string(words));
    return json;
}

static json_t *
json_of_status(const struct agent *agent, const struct agent_status *status, struct moment now)
{
    const struct registry *registry = federation_registry(agent_in_force(agent)->federation);
    const struct agency *me = agent_me(agent);
    json_t *json = json_object(), *out = json_object(), *in = json_object();

    json_object_set_new(json, "agency", json_string(me->name));
    json_object_set_new(json, "type", json_string(type_of(agent, me->number)));
    json_object_set_new(json, "federation", json_string(registry_federation(registry)));
    json_object_set_new(json, "registryVersion", json_integer(registry_version(registry)));
    json_object_set_new(json, "agreement", json_of_agreement(agent, now));
    json_object_set_new(json, "broker", json_string(link_words(status)));
    json_object_set_new(json, "suspended", json_boolean(status->suspended));
    json_object_set_new(json, "inAgreement", json_boolean(status->in_agreement));
    json_object_set_new(json, "signingKey", json_of_signing_key(me, now));
    json_object_set_new(json, "keysUntil", json_of_instant((uint64_t)status->keys_until_ms));
    if (status->narrowed[0] != 0)
        json_object_set_new(json, "narrowed", json_string(status->narrowed));
    if (status->not_reloaded != NULL)
        json_object_set_new(json, "notReloaded", json_string(status->not_reloaded));
    json_object_set_new(json, "mashTelephone", json_string(agent_mash_telephone(agent)));
    json_object_set_new(json, "brokerSince", json_of_instant((uint64_t)status->link_since_ms));
    json_object_set_new(json, "agreementDiffers", json_boolean(status->agreement_differs));
    json_object_set_new(json, "registryDiffers", json_boolean(status->registry_differs));
    json_object_set_new(json, "clockSkewMs", json_integer(status->clock_skew_ms));
    json_object_set_new(out, "spooled", json_integer((json_int_t)status->queued));
    json_object_set_new(out, "sealed", json_integer((json_int_t)status->sealed));
    json_object_set_new(out, "accepted", json_integer((json_int_t)status->accepted));
    json_object_set_new(out, "refused", json_integer((json_int_t)status->refused));
    json_object_set_new(out, "held", json_integer((json_int_t)status->held));
    if (status->waiting_since_ms != 0)
        json_object_set_new(json, "waitingSince", json_of_instant(status->waiting_since_ms));
    json_object_set_new(json, "owed", json_integer((json_int_t)status->owed));
    json_object_set_new(in, "received", json_integer((json_int_t)status->received));
    json_object_set_new(in, "quarantined", json_integer((json_int_t)status->quarantined));
    json_object_set_new(json, "sent", out);
    json_object_set_new(json, "inbox", in);
    return json;
}

enum err
show_status(struct agent *agent, const struct door_request *request, const char *rest,
            struct moment now, struct door_answer *answer)
{
    struct agent_status status;
    json_t *json, *alarms;
    enum err err = agent_status(agent, &status);

    (void)request, (void)rest;
    if (err)
        return err;
    json = json_of_status(agent, &status, now);
    alarms = json_array();
    json_object_set_new(json, "alarms", alarms);
    if ((err = alarm_each(agent_get_store(agent), list_alarm, alarms))) {
        json_decref(json);
        return err;
    }
    answer_json(answer, 200, json);
    return ERR_OK;
}

enum err
dismiss_alarm(struct agent *agent, const struct door_request *request, const char *rest,
              struct moment now, struct door_answer *answer)
{
    char *end;
    uint64_t number = strtoull(rest, &end, 10);
    enum err err = ERR_NOT_FOUND;

    if (rest[0] >= '0' && rest[0] <= '9' && *end == 0 && number <= INT64_MAX)
        err = agent_dismiss_alarm(agent, number);
    if (err == ERR_NOT_FOUND) {
        answer_problem(answer, 404, "There is no such alarm", "GET /v1/status numbers them",
                       NULL);
        return ERR_OK;
    }
    return err ? err : show_status(agent, request, rest, now, answer);
}

enum err
show_alive(struct agent *agent, const struct door_request *request, const char *rest,
           struct moment now, struct door_answer *answer)
{
    (void)agent, (void)request, (void)rest, (void)now;
    answer->status = 200;
    answer->content_type = "text/plain";
    buffer_add_text(&answer->body, "ok\n");
    return ERR_OK;
}

enum err
show_ready(struct agent *agent, const struct door_request *request, const char *rest,
           struct moment now, struct door_answer *answer)
{
    const struct policy *policy = agreements_current(agent_in_force(agent)->agreements)->policy;
    bool in_force = policy_in_force(policy, instant_day(now.wall));
    struct agent_status status;
    enum err err = agent_status(agent, &status);

    (void)request, (void)rest;
    if (err)
        return err;
    answer->status = status.link == LINK_READY && in_force ? 200 : 503;
    answer->content_type = "text/plain";
    buffer_print(&answer->body, "broker: %s\nagreement: %s\n", link_words(&status),
                 in_force ? "in force" : "not in force: MASH and social care only");
    return ERR_OK;
}
