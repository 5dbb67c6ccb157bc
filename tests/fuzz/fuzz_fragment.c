#include <stdlib.h>

#include "message/message.h"
#include "json/json.h"

/*
 * Any bytes as an opened fragment: the first is the kind and the compartment.  What comes
 * out is JSON, whatever went in.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1024 * 1024 };

static unsigned
two_halves(const void *context, uint16_t field, enum form form)
{
    (void)context;
    return form == FORM_HIDDEN ? 0 : 1 + (field + (unsigned)form) % 2;
}

static void
check_json(const struct received *received)
{
    struct buffer out;
    struct why why;
    json_t *json;

    buffer_init(&out, ROOM);
    received_write_json(received, &out);
    if (!buffer_is_whole(&out) || json_read(&json, buffer_bytes(&out), &why))
        abort();
    json_decref(json);
    buffer_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct placement placement = { two_halves, NULL, 3 };
    struct received *received;
    struct header header;
    size_t misfiled = 0;

    if (size == 0)
        return 0;
    received = received_new(data[0] & 1 ? KIND_CONCERN : KIND_NEEDS);
    for (unsigned c = data[0] >> 1 & 3; c < 3; c++)
        if (received_add(received, c, bytes_of(data + 1, size - 1), &placement, &misfiled))
            break;
    check_json(received);
    received_contradicts(received, "Leah", "Le Marquand", "2016-11-30", (struct day){ 20782 });
    received_free(&received);
    if (header_unpack(&header, bytes_of(data, size)) == ERR_OK
        && header.purpose_count > MESSAGE_PURPOSES_MAX)
        abort();
    return 0;
}
