#ifndef KITH_WIRE_ENVELOPE_PB_H
#define KITH_WIRE_ENVELOPE_PB_H

#include "core/bytes.h"
#include "core/err.h"
#include "envelope.pb-c.h"
#include "envelope/core.h"

/* Between the protobuf form of an envelope and the view of it.  Used by frame.c only. */

struct bytes bytes_of_pb(ProtobufCBinaryData data);
ProtobufCBinaryData pb_of_bytes(struct bytes bytes);

/* The view, borrowing from the message; *arrays holds its two lists (free it after).
   ERR_MALFORMED without a signature, which every envelope and every stub has. */
enum err envelope_view(struct envelope *envelope, void **arrays,
                       const Kith__Envelope *message) MUST_CHECK;
void batch_view(struct batch_signature *batch, const Kith__BatchSig *message);

/* The message, borrowing from the view; it needs the scratch memory until it is packed. */
struct envelope_scratch {
    Kith__Envelope message;
    Kith__BatchSig batch;
    void *lists;
};
void envelope_message(struct envelope_scratch *scratch, const struct envelope *envelope);
void envelope_scratch_free(struct envelope_scratch *scratch);
void batch_message(Kith__BatchSig *message, const struct batch_signature *batch);

#endif
