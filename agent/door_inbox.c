#include "agent/door_parts.h"

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
    if (entry->in_part)
        json_object_set_new(json, "incomplete", json_string(entry->reason));
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

enum err
show_inbox(struct agent *agent, const struct door_request *request, const char *rest,
           struct moment now, struct door_answer *answer)
{
    struct paging paging = { .agent = agent };
    struct page page;
    json_t *json;
    enum err err;

    (void)rest, (void)now;
    if (!read_page(&page, request, answer))
        return ERR_OK;
    paging.next = page.after;
    json = json_object();
    paging.list = json_array();
    json_object_set_new(json, "messages", paging.list);
    err = inbox_each(agent_get_store(agent), page.after, page.limit, list_received, &paging);
    if (err) {
        json_decref(json);
        return err;
    }
    json_object_set_new(json, "next", json_integer((json_int_t)paging.next));
    answer_json(answer, 200, json);
    return ERR_OK;
}
