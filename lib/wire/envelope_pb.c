#include "wire/envelope_pb.h"

#include <stdlib.h>

#include "core/mem.h"
#include "wire/frame.h"
#include "wire/strict.h"

struct bytes
bytes_of_pb(ProtobufCBinaryData data)
{
    return bytes_of(data.data, data.len);
}

ProtobufCBinaryData
pb_of_bytes(struct bytes bytes)
{
    /* protobuf-c does not write through it while packing. */
    return (ProtobufCBinaryData){ .len = bytes.len, .data = (uint8_t *)(uintptr_t)bytes.data };
}

void
batch_view(struct batch_signature *batch, const Kith__BatchSig *message)
{
    *batch = (struct batch_signature){
        .signature = bytes_of_pb(message->sig),
        .n = message->n,
        .index = message->idx,
        .path = bytes_of_pb(message->path),
    };
}

enum err
envelope_view(struct envelope *envelope, void **arrays, const Kith__Envelope *message)
{
    size_t compartments_size = message->n_comp * sizeof(struct sealed_compartment);
    struct sealed_compartment *compartments;
    struct capsule *capsules;
    uint8_t *memory;

    if (message->bs == NULL)
        return ERR_MALFORMED;
    memory = mem_new(compartments_size + message->n_cap * sizeof(struct capsule));
    compartments = (void *)memory;
    capsules = (void *)(memory + compartments_size);
    for (size_t i = 0; i < message->n_comp; i++)
        compartments[i] = (struct sealed_compartment){
            .c = message->comp[i]->c,
            .commitment = bytes_of_pb(message->comp[i]->kc),
            .body = bytes_of_pb(message->comp[i]->body),
        };
    for (size_t i = 0; i < message->n_cap; i++)
        capsules[i] = (struct capsule){
            .recipient = message->cap[i]->rcpt,
            .kid = bytes_of_pb(message->cap[i]->kid),
            .ct = bytes_of_pb(message->cap[i]->ct),
        };
    *envelope = (struct envelope){
        .core = bytes_of_pb(message->core),
        .capsule_digests = bytes_of_pb(message->capdigs),
        .route = bytes_of_pb(message->route),
        .compartments = compartments,
        .compartment_count = message->n_comp,
        .capsules = capsules,
        .capsule_count = message->n_cap,
    };
    batch_view(&envelope->batch, message->bs);
    *arrays = memory;
    return ERR_OK;
}

void
batch_message(Kith__BatchSig *message, const struct batch_signature *batch)
{
    kith__batch_sig__init(message);
    message->sig = pb_of_bytes(batch->signature);
    message->n = batch->n;
    message->idx = batch->index;
    message->path = pb_of_bytes(batch->path);
}

static void
add_compartments(Kith__Envelope *message, Kith__Comp *comps, Kith__Comp **list,
                 const struct envelope *envelope)
{
    message->n_comp = envelope->compartment_count;
    message->comp = list;
    for (size_t i = 0; i < envelope->compartment_count; i++) {
        const struct sealed_compartment *from = &envelope->compartments[i];

        kith__comp__init(&comps[i]);
        comps[i].c = from->c;
        comps[i].kc = pb_of_bytes(from->commitment);
        comps[i].body = pb_of_bytes(from->body);
        list[i] = &comps[i];
    }
}

static void
add_capsules(Kith__Envelope *message, Kith__Capsule *caps, Kith__Capsule **list,
             const struct envelope *envelope)
{
    message->n_cap = envelope->capsule_count;
    message->cap = list;
    for (size_t i = 0; i < envelope->capsule_count; i++) {
        const struct capsule *from = &envelope->capsules[i];

        kith__capsule__init(&caps[i]);
        caps[i].rcpt = from->recipient;
        caps[i].kid = pb_of_bytes(from->kid);
        caps[i].ct = pb_of_bytes(from->ct);
        list[i] = &caps[i];
    }
}

void
envelope_message(struct envelope_scratch *scratch, const struct envelope *envelope)
{
    size_t comps = envelope->compartment_count, caps = envelope->capsule_count;
    uint8_t *memory = mem_new(comps * (sizeof(Kith__Comp) + sizeof(Kith__Comp *))
                              + caps * (sizeof(Kith__Capsule) + sizeof(Kith__Capsule *)));
    Kith__Comp *comp = (void *)memory;
    Kith__Capsule *cap = (void *)(comp + comps);
    Kith__Comp **comp_list = (void *)(cap + caps);
    Kith__Capsule **cap_list = (void *)(comp_list + comps);

    scratch->lists = memory;
    kith__envelope__init(&scratch->message);
    scratch->message.core = pb_of_bytes(envelope->core);
    scratch->message.capdigs = pb_of_bytes(envelope->capsule_digests);
    scratch->message.route = pb_of_bytes(envelope->route);
    batch_message(&scratch->batch, &envelope->batch);
    scratch->message.bs = &scratch->batch;
    add_compartments(&scratch->message, comp, comp_list, envelope);
    add_capsules(&scratch->message, cap, cap_list, envelope);
}

void
envelope_scratch_free(struct envelope_scratch *scratch)
{
    free(scratch->lists);
    scratch->lists = NULL;
}

/* An envelope that was unpacked by itself: the message and the lists of its view. */
struct unpacked_envelope {
    ProtobufCMessage *message;
    void *arrays;
};

enum err
envelope_unpack(struct envelope *envelope, void **memory, struct bytes packed)
{
    struct unpacked_envelope *unpacked;
    ProtobufCMessage *message;
    enum err err;

    err = strict_unpack(&message, &kith__envelope__descriptor, packed, ENVELOPE_MAX);
    if (err)
        return err;
    unpacked = mem_new(sizeof(*unpacked));
    if ((err = envelope_view(envelope, &unpacked->arrays, (const Kith__Envelope *)message))) {
        protobuf_c_message_free_unpacked(message, NULL);
        free(unpacked);
        return err;
    }
    unpacked->message = message;
    *memory = unpacked;
    return ERR_OK;
}

void
envelope_release(void **memory)
{
    struct unpacked_envelope *unpacked = *memory;

    *memory = NULL;
    if (unpacked == NULL)
        return;
    protobuf_c_message_free_unpacked(unpacked->message, NULL);
    free(unpacked->arrays);
    free(unpacked);
}

void
envelope_pack(struct buffer *out, const struct envelope *envelope)
{
    struct envelope_scratch scratch;

    envelope_message(&scratch, envelope);
    strict_pack(&scratch.message.base, out);
    envelope_scratch_free(&scratch);
}
