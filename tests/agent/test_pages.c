#include "inbox.h"

/* GET /v1/inbox, page by page. */

struct page {
    struct inbox inbox;
    int status;
    size_t size; /* in bytes */
    json_t *json;
};

static void
open_pages(struct page *page)
{
    *page = (struct page){ .status = 0 };
    begin(&page->inbox, MASH);
}

static void
close_pages(struct page *page)
{
    json_decref(page->json);
    end(&page->inbox);
}

static void
ask_for(struct page *page, struct door_request request)
{
    struct door_answer answer = { .status = 0 };

    request.method = "GET";
    request.path = "/v1/inbox";
    buffer_init(&answer.body, SIZE_MAX);
    assert_ok(door_answer(page->inbox.desk.agent, &request, page->inbox.federate.now, &answer));
    page->status = answer.status;
    page->size = answer.body.len;
    json_decref(page->json);
    assert_ok(json_read(&page->json, buffer_bytes(&answer.body), NULL));
    buffer_clear(&answer.body);
}

static void
read_page(struct page *page, const char *after, const char *limit)
{
    ask_for(page, (struct door_request){ .after = after, .limit = limit });
}

static uint64_t
next_of(const struct page *page)
{
    return (uint64_t)json_integer_value(json_object_get(page->json, "next"));
}

static void
has_page(const struct page *page, size_t count, json_int_t first, uint64_t next)
{
    const json_t *messages = json_object_get(page->json, "messages");

    assert_int_equal(page->status, 200);
    assert_int_equal(json_array_size(messages), count);
    if (count > 0)
        assert_int_equal(
            json_integer_value(json_object_get(json_array_get(messages, 0), "number")), first);
    assert_int_equal(next_of(page), next);
}

static void
is_refused(const struct page *page, const char *title, const char *detail)
{
    assert_int_equal(page->status, 400);
    assert_says(json_string_value(json_object_get(page->json, "title")), title);
    assert_says(json_string_value(json_object_get(page->json, "detail")), detail);
}

static void
the_inbox_is_read_page_by_page(void **state)
{
    struct page page;
    (void)state;

    open_pages(&page);
    read_page(&page, NULL, NULL);
    has_page(&page, 0, 0, 0);
    for (uint64_t i = 1; i <= 5; i++)
        police_write_and_it_comes(&page.inbox, i, i);
    read_page(&page, NULL, "2");
    has_page(&page, 2, 1, 2);
    read_page(&page, "2", "2");
    has_page(&page, 2, 3, 4);
    read_page(&page, "4", "200");
    has_page(&page, 1, 5, 5);
    read_page(&page, "5", NULL);
    has_page(&page, 0, 0, 5);
    close_pages(&page);
}

/* Into the inbox, with a narrative of that many letters. */
static void
receive_long(struct page *page, size_t count, size_t letters)
{
    struct agent_store *store = page->inbox.desk.store;
    struct inbox_entry entry = { .sender = POLICE, .kind = KIND_CONCERN, .reason = "" };
    struct buffer content;
    uint64_t number;
    bool fresh;

    buffer_init(&content, SIZE_MAX);
    buffer_add_text(&content, "{\"narrative\":\"");
    memset(buffer_extend(&content, letters), 'n', letters);
    buffer_add_text(&content, "\"}");
    entry.content = buffer_bytes(&content);
    settle(&page->inbox.desk);
    assert_ok(agent_store_begin(store));
    for (size_t i = 0; i < count; i++) {
        random_fill(entry.h, sizeof(entry.h));
        random_fill(entry.notice_id, sizeof(entry.notice_id));
        assert_ok(inbox_add(store, &entry, &fresh, &number));
        assert_true(fresh);
    }
    assert_ok(agent_store_commit(store));
    buffer_clear(&content);
}

static void
a_page_of_long_messages_ends_at_four_mebibytes(void **state)
{
    enum { COUNT = 60, LONG = 220 * 1000 };
    char after[24] = "0";
    struct page page;
    uint64_t read = 0;
    size_t pages = 0;
    (void)state;

    open_pages(&page);
    receive_long(&page, COUNT, LONG);
    while (read < COUNT) {
        size_t count;

        read_page(&page, after, "200");
        count = json_array_size(json_object_get(page.json, "messages"));
        has_page(&page, count, (json_int_t)read + 1, read + count); /* none is left out */
        assert_in_range(page.size, read + count < COUNT ? DOOR_PAGE_BYTES - LONG - 1000 : 0,
                        DOOR_PAGE_BYTES + 100);
        read += count;
        snprintf(after, sizeof(after), "%u", (unsigned)read);
        pages++;
    }
    assert_int_equal(pages, 4);
    close_pages(&page);
}

/* Or its reader would never get past it. */
static void
a_message_longer_than_a_page_is_a_page(void **state)
{
    struct page page;
    (void)state;

    open_pages(&page);
    receive_long(&page, 2, DOOR_PAGE_BYTES + 1);
    read_page(&page, "0", NULL);
    has_page(&page, 1, 1, 1);
    read_page(&page, "1", NULL);
    has_page(&page, 1, 2, 2);
    close_pages(&page);
}

static void
a_page_is_a_whole_number_of_at_most_two_hundred(void **state)
{
    static const char *const wrong[] = { "0",   "201", "-1",
                                         "1.5", "x",   "",
                                         " 1",  "1 ",  "99999999999999999999" };
    struct page page;
    (void)state;

    open_pages(&page);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        read_page(&page, NULL, wrong[i]);
        is_refused(&page, "whole numbers", "1 to 200");
    }
    read_page(&page, "x", NULL);
    is_refused(&page, "whole numbers", "1 to 200");
    close_pages(&page);
}

static void
a_parameter_that_is_mistyped_or_there_twice_is_refused(void **state)
{
    char long_name[1000];
    const struct {
        const char *name, *detail;
    } rows[] = {
        { "aftr", "\"aftr\" is not known here; did you mean \"after\"?" },
        { "Limit", "did you mean \"limit\"?" },
        { "stat", "\"stat\" is not known here; there are after and limit" },
        { "foo", "\"foo\" is not known here; there are after and limit" },
        { "", "\"\" is not known here" },
        { "after", "after is there more than once" },
        { long_name, "there are after and limit" },
        { "\xff", "there are after and limit" },
        { "a\x1b[2J", "there are after and limit" },
    };
    struct page page;
    (void)state;

    memset(long_name, 'n', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = 0;
    open_pages(&page);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask_for(&page, (struct door_request){ .stray = rows[i].name });
        is_refused(&page, "no such parameter", rows[i].detail);
    }
    ask_for(&page, (struct door_request){ .state = "held" });
    is_refused(&page, "no such parameter", "\"state\" is not known here");
    close_pages(&page);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inbox_is_read_page_by_page),
        cmocka_unit_test(a_page_of_long_messages_ends_at_four_mebibytes),
        cmocka_unit_test(a_message_longer_than_a_page_is_a_page),
        cmocka_unit_test(a_page_is_a_whole_number_of_at_most_two_hundred),
        cmocka_unit_test(a_parameter_that_is_mistyped_or_there_twice_is_refused),
    };

    return RUN(tests);
}
