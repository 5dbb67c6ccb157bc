#include "wire/frame.h"

#include <stdlib.h>

#include "core/mem.h"
#include "wire/frame_parts.h"

/* What the views of a frame that was read point into. */
struct frame_memory {
    ProtobufCMessage *message;
    void *arrays;
};

// clang-format off
static const struct {
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
    enum err (*read)(struct frame *, const ProtobufCMessage *, void **arrays);
    void (*write)(struct buffer *, const struct frame *);
} verbs[VERB_COUNT] = {
    [VERB_HELLO]    = { "HELLO",    &kith__hello__descriptor,    read_hello,    write_hello    },
    [VERB_WELCOME]  = { "WELCOME",  &kith__welcome__descriptor,  read_welcome,  write_welcome  },
    [VERB_SUBMIT]   = { "SUBMIT",   &kith__envelope__descriptor, read_submit,   write_submit   },
    [VERB_ACCEPTED] = { "ACCEPTED", &kith__accepted__descriptor, read_accepted, write_accepted },
    [VERB_REFUSED]  = { "REFUSED",  &kith__refused__descriptor,  read_refused,  write_refused  },
    [VERB_ASK]      = { "ASK",      &kith__ask__descriptor,      read_ask,      write_ask      },
    [VERB_FATE]     = { "FATE",     &kith__fate__descriptor,     read_fate,     write_fate     },
    [VERB_DELIVER]  = { "DELIVER",  &kith__delivery__descriptor, read_deliver,  write_deliver  },
    [VERB_ACK]      = { "ACK",      &kith__ack__descriptor,      read_ack,      write_ack      },
    [VERB_CREDIT]   = { "CREDIT",   &kith__credit__descriptor,   read_credit,   write_credit   },
    [VERB_FETCH]    = { "FETCH",    &kith__fetch__descriptor,    read_fetch,    write_fetch    },
    [VERB_DOCUMENT] = { "DOCUMENT", &kith__document__descriptor, read_document, write_document },
    [VERB_PING]     = { "PING",     &kith__ping__descriptor,     read_ping,     write_ping     },
    [VERB_PONG]     = { "PONG",     &kith__pong__descriptor,     read_pong,     write_pong     },
    [VERB_BYE]      = { "BYE",      &kith__bye__descriptor,      read_bye,      write_bye      },
    [VERB_ANNOUNCE] = { "ANNOUNCE", &kith__announce__descriptor, read_announce, write_announce },
    [VERB_OFFER]    = { "OFFER",    &kith__offer__descriptor,    read_offer,    write_offer    },
    [VERB_JOIN]     = { "JOIN",     &kith__join__descriptor,     read_join,     write_join     },
    [VERB_JOINED]   = { "JOINED",   &kith__joined__descriptor,   read_joined,   write_joined   },
};
// clang-format on

enum err
frame_read(struct frame *frame, struct bytes bytes)
{
    struct frame_memory *memory;
    ProtobufCMessage *message;
    enum err err;

    if (bytes.len > FRAME_MAX)
        return ERR_TOO_BIG;
    if (bytes.len == 0 || bytes.data[0] == VERB_NONE || bytes.data[0] >= VERB_COUNT)
        return ERR_MALFORMED;
    *frame = (struct frame){ .verb = (enum verb)bytes.data[0] };
    err =
        strict_unpack(&message, verbs[frame->verb].descriptor, bytes_from(bytes, 1), FRAME_MAX);
    if (err)
        return err;
    frame->memory = memory = mem_new(sizeof(*memory));
    memory->message = message;
    err = verbs[frame->verb].read(frame, message, &memory->arrays);
    if (err)
        frame_clear(frame);
    return err;
}

void
frame_clear(struct frame *frame)
{
    struct frame_memory *memory = frame->memory;

    if (memory != NULL) {
        protobuf_c_message_free_unpacked(memory->message, NULL);
        free(memory->arrays);
        free(memory);
    }
    *frame = (struct frame){ .verb = VERB_NONE };
}

void
frame_write(struct buffer *out, const struct frame *frame)
{
    buffer_add_byte(out, (uint8_t)frame->verb);
    verbs[frame->verb].write(out, frame);
}

const char *
verb_name(enum verb verb)
{
    return verb > VERB_NONE && verb < VERB_COUNT ? verbs[verb].name : "NONE";
}
