#include "agent/door_parts.h"

#include <inttypes.h>

/* A page is written message by message: a tree of all of them takes several times the memory
   of the text. */
struct paging {
    const struct agent *agent;
    struct buffer *page;
    struct buffer message; /* the one at hand */
    uint64_t count, next;
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
    json_t *json = json_of_received(paging->agent, entry);

    buffer_reset(&paging->message);
    json_write(&paging->message, json);
    json_decref(json);
    if (paging->count > 0 && paging->page->len + paging->message.len > DOOR_PAGE_BYTES)
        return false;
    if (paging->count++ > 0)
        buffer_add_byte(paging->page, ',');
    buffer_add_bytes(paging->page, buffer_bytes(&paging->message));
    paging->next = entry->number;
    return buffer_is_whole(paging->page); /* without room for it the rest is not looked at */
}

static enum err
write_page(struct agent *agent, const struct page *page, struct door_answer *answer)
{
    struct paging paging = { .agent = agent, .page = &answer->body, .next = page->after };
    enum err err;

    buffer_init(&paging.message, SIZE_MAX);
    buffer_add_text(&answer->body, "{\"messages\":[");
    err = inbox_each(agent_get_store(agent), page->after, page->limit, list_received, &paging);
    buffer_clear(&paging.message);
    if (err) {
        buffer_clear(&answer->body);
        return err;
    }
    buffer_print(&answer->body, "],\"next\":%" PRIu64 "}\n", paging.next);
    answer->status = 200;
    answer->content_type = "application/json";
    return ERR_OK;
}

enum err
show_inbox(struct agent *agent, const struct door_request *request, const char *rest,
           struct moment now, struct door_answer *answer)
{
    struct page page;

    (void)rest, (void)now;
    return read_page(&page, request, false, answer) ? write_page(agent, &page, answer) : ERR_OK;
}
