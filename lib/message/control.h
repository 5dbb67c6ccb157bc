#ifndef KITH_MESSAGE_CONTROL_H
#define KITH_MESSAGE_CONTROL_H

#include "core/bytes.h"
#include "core/err.h"

/* What a message of KIND_CONTROL carries in its compartment 1. */
enum control { CONTROL_VOID = 1 /* fills a place in the stream that no message has */ };

void control_pack(struct buffer *out, enum control control);
enum err control_unpack(enum control *control, struct bytes packed) MUST_CHECK;

#endif
