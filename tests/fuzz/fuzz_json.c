#include <stdlib.h>

#include "message/message.h"

/*
 * Any text as a message.  One that is taken is written and read again to the same bytes,
 * and what is sealed of it is opened to nothing misfiled.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1024 * 1024 };

static unsigned
by_form(const void *context, uint16_t field, enum form form)
{
    (void)context;
    (void)field;
    return (unsigned)form;
}

static void
check_again(const struct message *message)
{
    struct buffer first, second;
    struct problems problems;
    struct message *again;

    buffer_init(&first, ROOM);
    buffer_init(&second, ROOM);
    problems_init(&problems);
    message_write_json(message, &first);
    if (message_read_json(&again, buffer_bytes(&first), message_kind(message), &problems))
        abort();
    message_write_json(again, &second);
    if (!bytes_equal(buffer_bytes(&first), buffer_bytes(&second)))
        abort();
    message_free(&again);
    problems_clear(&problems);
    buffer_clear(&first);
    buffer_clear(&second);
}

static void
check_projection(const struct message *message)
{
    struct placement placement = { by_form, NULL, FORM_COUNT };
    struct received *received = received_new(message_kind(message));
    struct buffer fragments[FORM_COUNT];
    struct bits wanted = { { (1u << FORM_COUNT) - 1 } };
    struct problems problems;
    size_t misfiled = 0;

    problems_init(&problems);
    for (unsigned c = 0; c < FORM_COUNT; c++)
        buffer_init(&fragments[c], 64 * 1024);
    if (message_project(message, &placement, &wanted, (struct day){ 20782 }, fragments,
                        &problems)
        == ERR_OK)
        for (unsigned c = 1; c < FORM_COUNT; c++)
            if (received_add(received, c, buffer_bytes(&fragments[c]), &placement, &misfiled)
                || misfiled > 0)
                abort();
    for (unsigned c = 0; c < FORM_COUNT; c++)
        buffer_clear(&fragments[c]);
    received_free(&received);
    problems_clear(&problems);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problems problems;
    struct message *message;

    problems_init(&problems);
    if (message_read_json(&message, bytes_of(data, size), KIND_NONE, &problems) == ERR_OK) {
        check_again(message);
        check_projection(message);
        message_free(&message);
    } else if (problems.count == 0) {
        abort();
    }
    problems_clear(&problems);
    return 0;
}
