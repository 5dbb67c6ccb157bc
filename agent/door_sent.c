#include "agent/door_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

/* What this agency was asked to send, and what became of it. */

/* --- In words ------------------------------------------------------------------------------- */

static const struct {
    enum spool_state state;
    const char *name;
} state_names[] = {
    { SPOOL_QUEUED, "spooled" },  { SPOOL_SEALED, "sealed" }, { SPOOL_ACCEPTED, "accepted" },
    { SPOOL_REFUSED, "refused" }, { SPOOL_HELD, "held" },     { SPOOL_SET_ASIDE, "set-aside" },
};

enum { STATES = sizeof(state_names) / sizeof(state_names[0]) };

static const char *
state_name(enum spool_state state)
{
    for (size_t i = 0; i < STATES; i++)
        if (state_names[i].state == state)
            return state_names[i].name;
    return "unknown";
}

/* "sent": the broker has it for them. */
static const char *
told_name(enum told_state told, enum spool_state state)
{
    if (told == TOLD_OWED)
        return "owed";
    if (told == TOLD_NOT_SHARED)
        return "not shared";
    if (told == TOLD_OPENED)
        return "opened";
    if (told == TOLD_NOT_OPENED)
        return "not opened";
    return state == SPOOL_ACCEPTED ? "sent" : "waiting";
}

/* Who it has gone to and who not, by type. */
struct outcome {
    const struct agent *agent;
    enum spool_state state;
    json_t *recipients;
    struct buffer sent, owed;
};

static void
add_to_list(struct buffer *list, const char *type, const char *why)
{
    buffer_print(list, "%s%s", list->len > 0 ? ", " : "", type);
    if (why[0] != 0)
        buffer_print(list, " (%s)", why);
}

static bool
note_told(void *context, const struct told *told)
{
    struct outcome *outcome = context;
    const char *type = type_of(outcome->agent, told->agency);
    json_t *json = json_object();

    json_object_set_new(json, "type", json_string(type));
    json_object_set_new(json, "state", json_string(told_name(told->state, outcome->state)));
    if (told->why[0] != 0)
        json_object_set_new(json, "why", json_string(told->why));
    if (told->said_ms != 0)
        json_object_set_new(json, "saidAt", json_of_instant(told->said_ms));
    json_array_append_new(outcome->recipients, json);
    if (told->state == TOLD_SEALED)
        add_to_list(&outcome->sent, type, "");
    if (told->state == TOLD_OPENED)
        add_to_list(&outcome->sent, type, "has opened it");
    if (told->state == TOLD_NOT_OPENED)
        add_to_list(&outcome->sent, type, "cannot open it: telephone them");
    if (told->state == TOLD_OWED)
        add_to_list(&outcome->owed, type, told->why);
    return true;
}

static void
write_accepted(struct buffer *text, const struct spooled *entry, struct outcome *outcome)
{
    buffer_print(text, "The broker has it, as number %" PRIu64 " of the log, for %s.",
                 entry->log_index,
                 outcome->sent.len > 0 ? buffer_text(&outcome->sent) : "nobody");
    if (outcome->owed.len > 0)
        buffer_print(text,
                     " It has not gone to %s. If it cannot wait, telephone them, or ask MASH"
                     " to.",
                     buffer_text(&outcome->owed));
}

static void
write_fate(struct buffer *text, const struct spooled *entry, struct outcome *outcome,
           enum link_state link)
{
    const char *reach = link == LINK_READY ? ""
                                           : " The broker is out of reach; it goes out as"
                                             " soon as it is back. If it cannot wait,"
                                             " telephone MASH.";

    switch (entry->state) {
    case SPOOL_QUEUED: buffer_print(text, "Written down here, not yet sent.%s", reach); return;
    case SPOOL_SEALED:
        buffer_print(text, "Sealed for its recipients, not yet taken by the broker.%s", reach);
        return;
    case SPOOL_ACCEPTED: write_accepted(text, entry, outcome); return;
    case SPOOL_REFUSED:
        buffer_print(text, "Nobody was told: %s. A person must act.", entry->reason);
        return;
    case SPOOL_HELD:
        buffer_print(text, "Held here; nobody was told: %s. A person must act.", entry->reason);
        return;
    case SPOOL_SET_ASIDE:
        buffer_print(text, "Nobody was told: %s. A person has dealt with that.", entry->reason);
        return;
    }
}

/* --- One of them ---------------------------------------------------------------------------- */

static json_t *
json_of_spooled(const struct spooled *entry, struct outcome *outcome, enum link_state link)
{
    json_t *json = json_object();
    struct buffer text;

    buffer_init(&text, 64 * 1024);
    write_fate(&text, entry, outcome, link);
    json_object_set_new(json, "number", json_integer((json_int_t)entry->number));
    json_object_set_new(json, "id", json_of_id(entry->notice_id));
    json_object_set_new(json, "kind", json_string(kind_name((enum kind)entry->kind)));
    json_object_set_new(json, "state", json_string(state_name(entry->state)));
    json_object_set_new(json, "fate", json_string(buffer_text(&text)));
    json_object_set_new(json, "spooledAt", json_of_instant(entry->queued_ms));
    if (entry->state == SPOOL_ACCEPTED) {
        json_object_set_new(json, "acceptedAt", json_of_instant(entry->accepted_ms));
        json_object_set_new(json, "logIndex", json_integer((json_int_t)entry->log_index));
    }
    json_object_set(json, "recipients", outcome->recipients);
    buffer_clear(&text);
    return json;
}

static enum err
describe(struct agent *agent, const struct spooled *entry, enum link_state link, json_t **json)
{
    struct outcome outcome = { .agent = agent,
                               .state = entry->state,
                               .recipients = json_array() };
    enum err err;

    buffer_init(&outcome.sent, 16 * 1024);
    buffer_init(&outcome.owed, 32 * 1024);
    err = told_each(agent_get_store(agent), entry->notice_id, note_told, &outcome);
    if (err == ERR_OK)
        *json = json_of_spooled(entry, &outcome, link);
    buffer_clear(&outcome.sent);
    buffer_clear(&outcome.owed);
    json_decref(outcome.recipients);
    return err;
}

static void
answer_no_such_message(struct door_answer *answer, const char *detail)
{
    answer_problem(answer, 404, "There is no such message", detail, NULL);
}

static bool
read_id(uint8_t notice_id[16], const char *id, struct door_answer *answer)
{
    if (hex_read(notice_id, 16, id))
        return true;
    answer_no_such_message(answer, "an id is 32 hexadecimal digits");
    return false;
}

enum err
show_message(struct agent *agent, const struct door_request *request, const char *rest,
             struct moment now, struct door_answer *answer)
{
    struct agent_status status;
    struct spooled entry;
    uint8_t notice_id[16];
    json_t *json;
    enum err err;

    (void)request, (void)now;
    if (!read_id(notice_id, rest, answer))
        return ERR_OK;
    err = spool_find(agent_get_store(agent), notice_id, &entry);
    if (err == ERR_NOT_FOUND || (err == ERR_OK && entry.record == 0)) {
        answer_no_such_message(answer, "this agent was not asked to send it");
        return ERR_OK;
    }
    if (err || (err = agent_status(agent, &status))
        || (err = describe(agent, &entry, status.link, &json)))
        return err;
    answer_json(answer, 200, json);
    return ERR_OK;
}

enum err
set_message_aside(struct agent *agent, const struct door_request *request, const char *rest,
                  struct moment now, struct door_answer *answer)
{
    uint8_t notice_id[16];
    enum err err;

    if (!read_id(notice_id, rest, answer))
        return ERR_OK;
    err = agent_set_aside(agent, notice_id);
    if (err == ERR_NOT_FOUND) {
        answer_no_such_message(answer, "this agent was not asked to send it");
        return ERR_OK;
    }
    if (err == ERR_REFUSED) {
        answer_problem(answer, 409, "It is not one that nobody was told of",
                       "only what is held or was refused can be set aside", NULL);
        return ERR_OK;
    }
    return err ? err : show_message(agent, request, rest, now, answer);
}

/* --- Many of them --------------------------------------------------------------------------- */

struct listing {
    struct agent *agent;
    enum link_state link;
    json_t *list;
    uint64_t next;
    enum err err;
};

static bool
list_one(void *context, const struct spooled *entry)
{
    struct listing *listing = context;
    json_t *json;

    listing->next = entry->number;
    if (entry->record == 0)
        return true;
    listing->err = describe(listing->agent, entry, listing->link, &json);
    if (listing->err == ERR_OK)
        json_array_append_new(listing->list, json);
    return listing->err == ERR_OK;
}

static bool
state_named(enum spool_state *state, const char *name)
{
    for (size_t i = 0; i < STATES; i++)
        if (strcmp(state_names[i].name, name) == 0) {
            *state = state_names[i].state;
            return true;
        }
    return false;
}

static enum err
list_page(struct listing *listing, const char *wanted, const struct page *page)
{
    struct agent_store *store = agent_get_store(listing->agent);
    enum spool_state state = SPOOL_HELD;
    enum err err;

    err = state_named(&state, wanted)
              ? spool_each(store, state, page->after, page->limit, list_one, listing)
              : spool_each_owed(store, page->after, page->limit, list_one, listing);
    return err ? err : listing->err;
}

static bool
is_listed(const char *wanted)
{
    enum spool_state state;

    return wanted != NULL && (strcmp(wanted, "owed") == 0 || state_named(&state, wanted));
}

enum err
show_messages(struct agent *agent, const struct door_request *request, const char *rest,
              struct moment now, struct door_answer *answer)
{
    struct listing listing = { .agent = agent };
    struct agent_status status;
    struct page page;
    json_t *json;
    enum err err;

    (void)rest, (void)now;
    if (!read_page(&page, request, true, answer))
        return ERR_OK;
    if (!is_listed(request->state)) {
        answer_problem(answer, 400, "Which of them?",
                       "state is one of spooled, sealed, accepted, refused, held, set-aside,"
                       " owed",
                       NULL);
        return ERR_OK;
    }
    if ((err = agent_status(agent, &status)))
        return err;
    listing.link = status.link;
    listing.next = page.after;
    listing.list = json_array();
    if ((err = list_page(&listing, request->state, &page))) {
        json_decref(listing.list);
        return err;
    }
    json = json_object();
    json_object_set_new(json, "messages", listing.list);
    json_object_set_new(json, "next", json_integer((json_int_t)listing.next));
    answer_json(answer, 200, json);
    return ERR_OK;
}
