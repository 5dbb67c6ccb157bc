#include "agent/door_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 50 };

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

enum err
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

enum err
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
