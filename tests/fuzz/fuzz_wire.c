#include <stdlib.h>

#include "wire/frame.h"

/* A frame: whatever is taken is written again as exactly the same bytes. */

static void
write_again(const struct frame *frame, struct bytes input)
{
    struct buffer again;

    buffer_init(&again, FRAME_MAX);
    frame_write(&again, frame);
    if (!bytes_equal(buffer_bytes(&again), input))
        abort();
    buffer_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct frame frame;

    if (frame_read(&frame, input))
        return 0;
    write_again(&frame, input);
    frame_clear(&frame);
    return 0;
}
