#ifndef KITH_MESSAGE_CONTROL_H
#define KITH_MESSAGE_CONTROL_H

#include <stdbool.h>

#include "core/bytes.h"
#include "core/err.h"
#include "crypto/hash.h"

/* What a message of KIND_CONTROL carries in its compartment 1: one of these. */
enum control_type {
    CONTROL_VOID = 1, /* fills a place in the stream that no message has */
    CONTROL_RECEIPT   /* what became of a message at MASH */
};

struct control {
    enum control_type type;
    /* Of a receipt. */
    uint8_t h[DIGEST];
    bool opened;
};

void control_pack(struct buffer *out, const struct control *control);
enum err control_unpack(struct control *control, struct bytes packed) MUST_CHECK;

#endif
