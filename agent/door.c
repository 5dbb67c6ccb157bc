#include "agent/door.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

enum { PAGE = 50, IDEMPOTENCY_KEY_MAX = 200 };

/* --- Answers ------------------------------------------------------------------------------ */

static void
answer_json(struct door_answer *answer, int status, json_t *json)
{
    answer->status = status;
    answer->content_type = "application/json";
    json_write(&answer->body, json);
    buffer_add_byte(&answer->body, '\n');
    json_decref(json);
}

/* RFC 9457.  errors is taken; NULL for none. */
static void
answer_problem(struct door_answer *answer, int status, const char *title, const char *detail,
               json_t *errors)
{
    json_t *json = json_object();

    json_object_set_new(json, "type", json_string("about:blank"));
    json_object_set_new(json, "title", json_string(title));
    json_object_set_new(json, "status", json_integer(status));
    json_object_set_new(json, "detail", json_string(detail));
    if (errors != NULL)
        json_object_set_new(json, "errors", errors);
    answer_json(answer, status, json);
    answer->content_type = "application/problem+json";
}

static json_t *
json_of_instant(uint64_t ms)
{
    char text[INSTANT_TEXT];

    if (ms == 0)
        return json_null();
    instant_write(text, (struct instant){ (int64_t)ms });
    return json_string(text);
}

static json_t *
json_of_id(const uint8_t id[16])
{
    char text[33];

    hex_write(text, id, 16);
    return json_string(text);
}

static const char *
type_of(const struct agent *agent, uint32_t number)
{
    const struct in_force *in_force = agent_in_force(agent);
    const struct agreement *agreement = agreements_current(in_force->agreements);
    const struct agency *agency =
        registry_agency(federation_registry(in_force->federation), number);
    int place = agency == NULL ? -1 : agreement_member(agreement, agency);

    return place < 0 ? "agency" : policy_agency_type(agreement->policy, place);
}

/* --- POST /v1/concerns, /v1/needs, /v1/messages ---------------------------------------------- */

static bool
is_json(struct bytes text)
{
    json_t *json;

    if (json_read(&json, text, NULL))
        return false;
    json_decref(json);
    return true;
}

static void
answer_invalid(struct door_answer *answer, struct bytes body, const struct problems *problems)
{
    bool malformed = !is_json(body);
    json_t *errors = json_array();
    char detail[120];

    for (size_t i = 0; i < problems->count; i++) {
        json_t *error = json_object();

        json_object_set_new(error, "pointer", json_string(problems->list[i].pointer));
        json_object_set_new(error, "detail", json_string(problems->list[i].reason));
        json_array_append_new(errors, error);
    }
    snprintf(detail, sizeof(detail), "%zu problem%s; nothing was taken", problems->count,
             problems->count == 1 ? "" : "s");
    answer_problem(answer, malformed ? 400 : 422,
                   malformed ? "This is not JSON" : "The message is not as it should be",
                   detail, errors);
}

static void
answer_published(struct door_answer *answer, const struct published *published)
{
    json_t *json = json_object();
    char id[33];

    hex_write(id, published->notice_id, 16);
    snprintf(answer->location, sizeof(answer->location), "/v1/messages/%s", id);
    json_object_set_new(json, "id", json_string(id));
    json_object_set_new(json, "repeated", json_boolean(published->repeated));
    json_object_set_new(json, "fate",
                        json_string("Written down here. That is not yet told: ask for its fate"
                                    " under its id."));
    answer_json(answer, 202, json);
}

static enum err
answer_publishing(struct door_answer *answer, enum err err, struct bytes body,
                  const struct published *published, const struct problems *problems)
{
    switch ((int)err) {
    case ERR_OK: answer_published(answer, published); return ERR_OK;
    case ERR_MALFORMED: answer_invalid(answer, body, problems); return ERR_OK;
    case ERR_TOO_BIG:
        answer_problem(answer, 413, "The message is too large", "nothing was taken", NULL);
        return ERR_OK;
    case ERR_CONFLICT:
        answer_problem(answer, 409, "The idempotency key has been used for another message",
                       "use a new key for a new message; nothing was taken", NULL);
        return ERR_OK;
    case ERR_FULL:
        answer_problem(answer, 507, "There is no room left on this agent's disk",
                       "nothing was taken; send it again when there is room", NULL);
        return ERR_OK;
    default: return err;
    }
}

static enum err
publish(struct agent *agent, enum kind kind, const struct door_request *request,
        struct moment now, struct door_answer *answer)
{
    const char *key = request->idempotency_key == NULL ? "" : request->idempotency_key;
    struct published published;
    struct problems problems;
    enum err err;

    if (strlen(key) > IDEMPOTENCY_KEY_MAX) {
        answer_problem(answer, 400, "The Idempotency-Key is too long", "at most 200 characters",
                       NULL);
        return ERR_OK;
    }
    problems_init(&problems);
    err = agent_publish(agent, kind, request->body, key, now, &published, &problems);
    err = answer_publishing(answer, err, request->body, &published, &problems);
    problems_clear(&problems);
    return err;
}

/* --- GET /v1/messages/{id} -------------------------------------------------------------------- */

static const char *
state_name(enum spool_state state)
{
    switch (state) {
    case SPOOL_QUEUED: return "spooled";
    case SPOOL_SEALED: return "sealed";
    case SPOOL_ACCEPTED: return "accepted";
    case SPOOL_REFUSED: return "refused";
    case SPOOL_HELD: return "held";
    }
    return "unknown";
}

static void
write_fate(char *text, size_t size, const struct spooled *entry, enum link_state link)
{
    const char *reach = link == LINK_READY ? ""
                                           : " The broker is out of reach; it goes out as"
                                             " soon as it is back.";

    switch (entry->state) {
    case SPOOL_QUEUED:
        snprintf(text, size, "Written down here, not yet sent.%s", reach);
        return;
    case SPOOL_SEALED:
        snprintf(text, size, "Sealed for its recipients, not yet taken by the broker.%s",
                 reach);
        return;
    case SPOOL_ACCEPTED:
        snprintf(text, size,
                 "The broker has it, as number %" PRIu64 " of the log, and gives it"
                 " to each recipient that is told.",
                 entry->log_index);
        return;
    case SPOOL_REFUSED:
        snprintf(text, size, "Nobody was told: %s. A person must act.", entry->reason);
        return;
    case SPOOL_HELD:
        snprintf(text, size, "Held here; nobody was told: %s. A person must act.",
                 entry->reason);
        return;
    }
}

static const char *
told_name(const struct told *told, enum spool_state state)
{
    if (told->state == TOLD_OWED)
        return "owed";
    if (told->state == TOLD_NOT_SHARED)
        return "not shared";
    return state == SPOOL_ACCEPTED ? "told" : "waiting";
}

struct listing {
    const struct agent *agent;
    enum spool_state state;
    json_t *list;
};

static bool
list_told(void *context, const struct told *told)
{
    struct listing *listing = context;
    json_t *json = json_object();

    json_object_set_new(json, "type", json_string(type_of(listing->agent, told->agency)));
    json_object_set_new(json, "state", json_string(told_name(told, listing->state)));
    if (told->why[0] != 0)
        json_object_set_new(json, "why", json_string(told->why));
    json_array_append_new(listing->list, json);
    return true;
}

static json_t *
json_of_spooled(const struct spooled *entry, enum link_state link)
{
    json_t *json = json_object();
    char fate[400] = "";

    write_fate(fate, sizeof(fate), entry, link);
    json_object_set_new(json, "id", json_of_id(entry->notice_id));
    json_object_set_new(json, "kind", json_string(kind_name((enum kind)entry->kind)));
    json_object_set_new(json, "state", json_string(state_name(entry->state)));
    json_object_set_new(json, "fate", json_string(fate));
    json_object_set_new(json, "spooledAt", json_of_instant(entry->queued_ms));
    if (entry->state == SPOOL_ACCEPTED) {
        json_object_set_new(json, "acceptedAt", json_of_instant(entry->accepted_ms));
        json_object_set_new(json, "logIndex", json_integer((json_int_t)entry->log_index));
    }
    return json;
}

static enum err
show_message(struct agent *agent, const char *id, struct door_answer *answer)
{
    struct listing listing = { .agent = agent };
    struct agent_status status;
    struct spooled entry;
    uint8_t notice_id[16];
    json_t *json;
    enum err err;

    if (!hex_read(notice_id, sizeof(notice_id), id)) {
        answer_problem(answer, 404, "There is no such message",
                       "an id is 32 hexadecimal digits", NULL);
        return ERR_OK;
    }
    err = spool_find(agent_get_store(agent), notice_id, &entry);
    if (err == ERR_NOT_FOUND || (err == ERR_OK && entry.kind == KIND_CONTROL)) {
        answer_problem(answer, 404, "There is no such message",
                       "this agent was not asked to send it", NULL);
        return ERR_OK;
    }
    if (err || (err = agent_status(agent, &status)))
        return err;
    listing.state = entry.state;
    listing.list = json_array();
    json = json_of_spooled(&entry, status.link);
    json_object_set_new(json, "recipients", listing.list);
    if ((err = told_each(agent_get_store(agent), notice_id, list_told, &listing))) {
        json_decref(json);
        return err;
    }
    answer_json(answer, 200, json);
    return ERR_OK;
}

/* --- GET /v1/inbox ---------------------------------------------------------------------------------- */

struct paging {
    const struct agent *agent;
    json_t *list;
    uint64_t next;
};

static json_t *
json_of_received(const struct agent *agent, const struct inbox_entry *entry)
{
    const struct registry *registry = federation_registry(agent_in_force(agent)->federation);
    const struct agency *sender = registry_agency(registry, entry->sender);
    json_t *json = json_object(), *content;

    json_object_set_new(json, "number", json_integer((json_int_t)entry->number));
    json_object_set_new(json, "id", json_of_id(entry->notice_id));
    json_object_set_new(json, "revision", json_integer(entry->revision));
    json_object_set_new(json, "kind", json_string(kind_name((enum kind)entry->kind)));
    json_object_set_new(json, "from", json_string(sender == NULL ? "" : sender->name));
    json_object_set_new(json, "acceptedAt", json_of_instant(entry->accepted_ms));
    json_object_set_new(json, "receivedAt", json_of_instant(entry->received_ms));
    json_object_set_new(json, "logIndex", json_integer((json_int_t)entry->log_index));
    if (entry->quarantined) {
        json_object_set_new(json, "quarantined", json_string(entry->reason));
    } else if (json_read(&content, entry->content, NULL) == ERR_OK) {
        json_object_update(json, content);
        json_decref(content);
    }
    return json;
}

static bool
list_received(void *context, const struct inbox_entry *entry)
{
    struct paging *paging = context;

    json_array_append_new(paging->list, json_of_received(paging->agent, entry));
    paging->next = entry->number;
    return true;
}

/* A decimal number up to max; the fallback when there is none; false when it is not one. */
static bool
number_of(uint64_t *number, const char *text, uint64_t fallback, uint64_t max)
{
    char *end;

    *number = fallback;
    if (text == NULL)
        return true;
    if (text[0] < '0' || text[0] > '9')
        return false;
    *number = strtoull(text, &end, 10);
    return *end == 0 && *number <= max;
}

static enum err
show_inbox(struct agent *agent, const struct door_request *request, struct door_answer *answer)
{
    struct paging paging = { .agent = agent };
    uint64_t limit;
    json_t *json;
    enum err err;

    if (!number_of(&paging.next, request->after, 0, INT64_MAX)
        || !number_of(&limit, request->limit, PAGE, DOOR_PAGE_MAX) || limit == 0) {
        answer_problem(answer, 400, "after and limit are whole numbers",
                       "limit is from 1 to 200", NULL);
        return ERR_OK;
    }
    json = json_object();
    paging.list = json_array();
    json_object_set_new(json, "messages", paging.list);
    err = inbox_each(agent_get_store(agent), paging.next, limit, list_received, &paging);
    if (err) {
        json_decref(json);
        return err;
    }
    json_object_set_new(json, "next", json_integer((json_int_t)paging.next));
    answer_json(answer, 200, json);
    return ERR_OK;
}

/* --- How it is going ---------------------------------------------------------------------------------- */

static const char *
link_words(enum link_state link)
{
    switch (link) {
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
    json_t *json = json_object();

    json_object_set_new(json, "name", json_string(alarm->name));
    json_object_set_new(json, "about", json_string(alarm->about));
    json_object_set_new(json, "raisedAt", json_of_instant(alarm->raised_ms));
    json_array_append_new(context, json);
    return true;
}

static json_t *
json_of_agreement(const struct agent *agent, struct moment now)
{
    const struct policy *policy = agreements_current(agent_in_force(agent)->agreements)->policy;
    json_t *json = json_object();
    char day[DAY_TEXT];

    json_object_set_new(json, "title", json_string(policy_title(policy)));
    json_object_set_new(json, "version", json_integer(policy_version(policy)));
    json_object_set_new(json, "inForce",
                        json_boolean(policy_in_force(policy, instant_day(now.wall))));
    day_write(day, policy_last_day(policy));
    json_object_set_new(json, "until", json_string(day));
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
    json_object_set_new(json, "broker", json_string(link_words(status->link)));
    json_object_set_new(json, "brokerSince", json_of_instant((uint64_t)status->link_since_ms));
    json_object_set_new(json, "agreementDiffers", json_boolean(status->agreement_differs));
    json_object_set_new(json, "registryDiffers", json_boolean(status->registry_differs));
    json_object_set_new(json, "clockSkewMs", json_integer(status->clock_skew_ms));
    json_object_set_new(out, "spooled", json_integer((json_int_t)status->queued));
    json_object_set_new(out, "sealed", json_integer((json_int_t)status->sealed));
    json_object_set_new(out, "accepted", json_integer((json_int_t)status->accepted));
    json_object_set_new(out, "refused", json_integer((json_int_t)status->refused));
    json_object_set_new(out, "held", json_integer((json_int_t)status->held));
    json_object_set_new(in, "received", json_integer((json_int_t)status->received));
    json_object_set_new(in, "quarantined", json_integer((json_int_t)status->quarantined));
    json_object_set_new(json, "sent", out);
    json_object_set_new(json, "inbox", in);
    return json;
}

static enum err
show_status(struct agent *agent, struct moment now, struct door_answer *answer)
{
    struct agent_status status;
    json_t *json, *alarms;
    enum err err = agent_status(agent, &status);

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

static void
show_alive(struct door_answer *answer)
{
    answer->status = 200;
    answer->content_type = "text/plain";
    buffer_add_text(&answer->body, "ok\n");
}

static enum err
show_ready(struct agent *agent, struct moment now, struct door_answer *answer)
{
    const struct policy *policy = agreements_current(agent_in_force(agent)->agreements)->policy;
    bool in_force = policy_in_force(policy, instant_day(now.wall));
    struct agent_status status;
    enum err err = agent_status(agent, &status);

    if (err)
        return err;
    answer->status = status.link == LINK_READY && in_force ? 200 : 503;
    answer->content_type = "text/plain";
    buffer_print(&answer->body, "broker: %s\nagreement: %s\n", link_words(status.link),
                 in_force ? "in force" : "not in force: MASH and social care only");
    return ERR_OK;
}

/* --- Which of them -------------------------------------------------------------------------------------- */

enum resource { RESOURCE_NONE, RESOURCE_READ, RESOURCE_PUBLISH };

static const char messages[] = "/v1/messages/";

static enum resource
resource_of(const char *path, enum kind *kind)
{
    static const struct {
        const char *path;
        enum resource resource;
        enum kind kind;
    } resources[] = {
        { "/livez", RESOURCE_READ, KIND_NONE },
        { "/readyz", RESOURCE_READ, KIND_NONE },
        { "/v1/status", RESOURCE_READ, KIND_NONE },
        { "/v1/inbox", RESOURCE_READ, KIND_NONE },
        { "/v1/messages", RESOURCE_PUBLISH, KIND_NONE },
        { "/v1/concerns", RESOURCE_PUBLISH, KIND_CONCERN },
        { "/v1/needs", RESOURCE_PUBLISH, KIND_NEEDS },
    };

    *kind = KIND_NONE;
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
        if (strcmp(path, resources[i].path) == 0) {
            *kind = resources[i].kind;
            return resources[i].resource;
        }
    return strncmp(path, messages, strlen(messages)) == 0 ? RESOURCE_READ : RESOURCE_NONE;
}

static enum err
answer_get(struct agent *agent, const struct door_request *request, struct moment now,
           struct door_answer *answer)
{
    if (strcmp(request->path, "/livez") == 0) {
        show_alive(answer);
        return ERR_OK;
    }
    if (strcmp(request->path, "/readyz") == 0)
        return show_ready(agent, now, answer);
    if (strcmp(request->path, "/v1/status") == 0)
        return show_status(agent, now, answer);
    if (strcmp(request->path, "/v1/inbox") == 0)
        return show_inbox(agent, request, answer);
    return show_message(agent, request->path + strlen(messages), answer);
}

enum err
door_answer(struct agent *agent, const struct door_request *request, struct moment now,
            struct door_answer *answer)
{
    enum kind kind;
    enum resource resource = resource_of(request->path, &kind);

    if (resource == RESOURCE_READ && strcmp(request->method, "GET") == 0)
        return answer_get(agent, request, now, answer);
    if (resource == RESOURCE_PUBLISH && strcmp(request->method, "POST") == 0)
        return publish(agent, kind, request, now, answer);
    if (resource == RESOURCE_NONE)
        answer_problem(answer, 404, "There is nothing here", "see doc/api.md for what there is",
                       NULL);
    else
        answer_problem(answer, 405, "There is nothing here for that method",
                       resource == RESOURCE_READ ? "GET reads it" : "POST publishes a message",
                       NULL);
    return ERR_OK;
}
