#include "wire/frame.h"

#include <stdlib.h>

#include "core/mem.h"
#include "wire.pb-c.h"
#include "wire/envelope_pb.h"
#include "wire/strict.h"

/* What the views of a frame that was read point into. */
struct frame_memory {
    ProtobufCMessage *message;
    void *arrays;
};

/* --- Reading: from each message to its view -------------------------------------------- */

static enum err
read_hello(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Hello *hello = (const Kith__Hello *)message;

    (void)arrays;
    frame->hello = (struct hello){
        .protocol = hello->protocol,
        .registry_version = hello->registry_version,
        .agreement = bytes_of_pb(hello->agreement),
        .applied = hello->applied,
        .log_size = hello->log_size,
        .credit_messages = hello->credit_messages,
        .credit_bytes = hello->credit_bytes,
    };
    return hello->agreement.len == DIGEST ? ERR_OK : ERR_MALFORMED;
}

static enum err
read_welcome(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Welcome *welcome = (const Kith__Welcome *)message;

    (void)arrays;
    frame->welcome = (struct welcome){
        .protocol = welcome->protocol,
        .registry_version = welcome->registry_version,
        .agreement = bytes_of_pb(welcome->agreement),
        .acked = welcome->acked,
        .log_size = welcome->log_size,
        .credit_messages = welcome->credit_messages,
        .credit_bytes = welcome->credit_bytes,
        .now_ms = welcome->now_ms,
    };
    return welcome->agreement.len == DIGEST ? ERR_OK : ERR_MALFORMED;
}

static enum err
read_submit(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    return envelope_view(&frame->submit, arrays, (const Kith__Envelope *)message);
}

static enum err
read_accepted(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Accepted *accepted = (const Kith__Accepted *)message;

    (void)arrays;
    frame->accepted = (struct accepted){
        .msg_id = bytes_of_pb(accepted->msg_id),
        .h = bytes_of_pb(accepted->h),
        .log_index = accepted->log_index,
        .accepted_ms = accepted->accepted_ms,
    };
    return accepted->msg_id.len == MSG_ID && accepted->h.len == DIGEST ? ERR_OK : ERR_MALFORMED;
}

static enum err
read_refused(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Refused *refused = (const Kith__Refused *)message;

    (void)arrays;
    if (refused->check >= CHECK_COUNT
        || (refused->msg_id.len != 0 && refused->msg_id.len != MSG_ID))
        return ERR_MALFORMED;
    frame->refused = (struct refused){
        .msg_id = bytes_of_pb(refused->msg_id),
        .check = (enum check)refused->check,
        .words = refused->words,
        .recipient = refused->recipient,
        .now_ms = refused->now_ms,
    };
    return ERR_OK;
}

static enum err
read_ask(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Ask *ask = (const Kith__Ask *)message;
    struct bytes *list;

    if (ask->n_msg_id == 0 || ask->n_msg_id > ASK_MAX)
        return ERR_MALFORMED;
    *arrays = list = mem_array(ask->n_msg_id, sizeof(*list));
    frame->ask = (struct ask){ .msg_ids = list, .count = ask->n_msg_id };
    for (size_t i = 0; i < ask->n_msg_id; i++) {
        list[i] = bytes_of_pb(ask->msg_id[i]);
        if (list[i].len != MSG_ID)
            return ERR_MALFORMED;
    }
    return ERR_OK;
}

static enum err
read_known(struct known *known, const Kith__Known *message)
{
    *known = (struct known){
        .msg_id = bytes_of_pb(message->msg_id),
        .h = bytes_of_pb(message->h),
        .accepted = message->accepted,
        .log_index = message->log_index,
        .accepted_ms = message->accepted_ms,
    };
    if (known->msg_id.len != MSG_ID)
        return ERR_MALFORMED;
    return known->h.len == (known->accepted ? DIGEST : 0) ? ERR_OK : ERR_MALFORMED;
}

static enum err
read_fate(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Fate *fate = (const Kith__Fate *)message;
    struct known *list;
    enum err err = ERR_OK;

    if (fate->n_known > ASK_MAX)
        return ERR_MALFORMED;
    *arrays = list = mem_array(fate->n_known, sizeof(*list));
    frame->fate = (struct fate){ .known = list, .count = fate->n_known };
    for (size_t i = 0; i < fate->n_known && err == ERR_OK; i++)
        err = read_known(&list[i], fate->known[i]);
    return err;
}

static enum err
read_deliver(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Delivery *delivery = (const Kith__Delivery *)message;

    if (delivery->env == NULL || delivery->position == 0)
        return ERR_MALFORMED;
    /* Set aside for the audit log; nobody says them yet. */
    if (delivery->strip_note.len > 0 || delivery->sth.len > 0)
        return ERR_MALFORMED;
    if (delivery->grant != NULL && delivery->grant->bs == NULL)
        return ERR_MALFORMED;
    frame->delivery = (struct delivery){
        .log_index = delivery->log_index,
        .accepted_ms = delivery->accepted_ms,
        .position = delivery->position,
    };
    if (delivery->grant != NULL) {
        frame->delivery.has_grant = true;
        frame->delivery.grant_body = bytes_of_pb(delivery->grant->body);
        batch_view(&frame->delivery.grant_batch, delivery->grant->bs);
    }
    return envelope_view(&frame->delivery.envelope, arrays, delivery->env);
}

static enum err
read_ack(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->ack = ((const Kith__Ack *)message)->position;
    return ERR_OK;
}

static enum err
read_credit(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->credit.messages = ((const Kith__Credit *)message)->messages;
    frame->credit.bytes = ((const Kith__Credit *)message)->bytes;
    return ERR_OK;
}

static enum err
read_fetch(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    uint32_t what = ((const Kith__Fetch *)message)->what;

    (void)arrays;
    if (what != WANT_REGISTRY && what != WANT_AGREEMENT)
        return ERR_MALFORMED;
    frame->fetch = (enum document_wanted)what;
    return ERR_OK;
}

static enum err
read_document(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Document *document = (const Kith__Document *)message;
    struct bytes *list;

    if (document->what != WANT_REGISTRY && document->what != WANT_AGREEMENT)
        return ERR_MALFORMED;
    *arrays = list = mem_array(document->n_minisig, sizeof(*list));
    for (size_t i = 0; i < document->n_minisig; i++)
        list[i] = bytes_of_pb(document->minisig[i]);
    frame->document = (struct document){
        .what = (enum document_wanted)document->what,
        .version = document->version,
        .content = bytes_of_pb(document->content),
        .minisigs = list,
        .minisig_count = document->n_minisig,
    };
    return ERR_OK;
}

static enum err
read_ping(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->ping = ((const Kith__Ping *)message)->number;
    return ERR_OK;
}

static enum err
read_pong(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->pong = ((const Kith__Pong *)message)->number;
    return ERR_OK;
}

static enum err
read_bye(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Bye *bye = (const Kith__Bye *)message;

    (void)arrays;
    if (bye->reason < BYE_DONE || bye->reason > BYE_SHUTDOWN)
        return ERR_MALFORMED;
    frame->bye.reason = (enum bye)bye->reason;
    frame->bye.words = bye->words;
    return ERR_OK;
}

/* --- Writing: from each view to its message ---------------------------------------------- */

static void
write_hello(struct buffer *out, const struct frame *frame)
{
    Kith__Hello message = KITH__HELLO__INIT;

    message.protocol = frame->hello.protocol;
    message.registry_version = frame->hello.registry_version;
    message.agreement = pb_of_bytes(frame->hello.agreement);
    message.applied = frame->hello.applied;
    message.log_size = frame->hello.log_size;
    message.credit_messages = frame->hello.credit_messages;
    message.credit_bytes = frame->hello.credit_bytes;
    strict_pack(&message.base, out);
}

static void
write_welcome(struct buffer *out, const struct frame *frame)
{
    Kith__Welcome message = KITH__WELCOME__INIT;

    message.protocol = frame->welcome.protocol;
    message.registry_version = frame->welcome.registry_version;
    message.agreement = pb_of_bytes(frame->welcome.agreement);
    message.acked = frame->welcome.acked;
    message.log_size = frame->welcome.log_size;
    message.credit_messages = frame->welcome.credit_messages;
    message.credit_bytes = frame->welcome.credit_bytes;
    message.now_ms = frame->welcome.now_ms;
    strict_pack(&message.base, out);
}

static void
write_submit(struct buffer *out, const struct frame *frame)
{
    envelope_pack(out, &frame->submit);
}

static void
write_accepted(struct buffer *out, const struct frame *frame)
{
    Kith__Accepted message = KITH__ACCEPTED__INIT;

    message.msg_id = pb_of_bytes(frame->accepted.msg_id);
    message.h = pb_of_bytes(frame->accepted.h);
    message.log_index = frame->accepted.log_index;
    message.accepted_ms = frame->accepted.accepted_ms;
    strict_pack(&message.base, out);
}

static void
write_refused(struct buffer *out, const struct frame *frame)
{
    Kith__Refused message = KITH__REFUSED__INIT;

    message.msg_id = pb_of_bytes(frame->refused.msg_id);
    message.check = (uint32_t)frame->refused.check;
    message.words = (char *)(uintptr_t)frame->refused.words;
    message.recipient = frame->refused.recipient;
    message.now_ms = frame->refused.now_ms;
    strict_pack(&message.base, out);
}

static void
write_ask(struct buffer *out, const struct frame *frame)
{
    ProtobufCBinaryData list[ASK_MAX];
    Kith__Ask message = KITH__ASK__INIT;

    for (size_t i = 0; i < frame->ask.count; i++)
        list[i] = pb_of_bytes(frame->ask.msg_ids[i]);
    message.n_msg_id = frame->ask.count;
    message.msg_id = list;
    strict_pack(&message.base, out);
}

static void
write_fate(struct buffer *out, const struct frame *frame)
{
    Kith__Known messages[ASK_MAX], *list[ASK_MAX];
    Kith__Fate message = KITH__FATE__INIT;

    for (size_t i = 0; i < frame->fate.count; i++) {
        const struct known *known = &frame->fate.known[i];

        kith__known__init(&messages[i]);
        messages[i].msg_id = pb_of_bytes(known->msg_id);
        messages[i].accepted = known->accepted;
        messages[i].h = pb_of_bytes(known->h);
        messages[i].log_index = known->log_index;
        messages[i].accepted_ms = known->accepted_ms;
        list[i] = &messages[i];
    }
    message.n_known = frame->fate.count;
    message.known = list;
    strict_pack(&message.base, out);
}

static void
write_deliver(struct buffer *out, const struct frame *frame)
{
    const struct delivery *delivery = &frame->delivery;
    Kith__Delivery message = KITH__DELIVERY__INIT;
    Kith__Grant grant = KITH__GRANT__INIT;
    Kith__BatchSig batch;
    struct envelope_scratch scratch;

    envelope_message(&scratch, &delivery->envelope);
    message.env = &scratch.message;
    message.log_index = delivery->log_index;
    message.accepted_ms = delivery->accepted_ms;
    message.position = delivery->position;
    if (delivery->has_grant) {
        batch_message(&batch, &delivery->grant_batch);
        grant.body = pb_of_bytes(delivery->grant_body);
        grant.bs = &batch;
        message.grant = &grant;
    }
    strict_pack(&message.base, out);
    envelope_scratch_free(&scratch);
}

static void
write_ack(struct buffer *out, const struct frame *frame)
{
    Kith__Ack message = KITH__ACK__INIT;

    message.position = frame->ack;
    strict_pack(&message.base, out);
}

static void
write_credit(struct buffer *out, const struct frame *frame)
{
    Kith__Credit message = KITH__CREDIT__INIT;

    message.messages = frame->credit.messages;
    message.bytes = frame->credit.bytes;
    strict_pack(&message.base, out);
}

static void
write_fetch(struct buffer *out, const struct frame *frame)
{
    Kith__Fetch message = KITH__FETCH__INIT;

    message.what = (uint32_t)frame->fetch;
    strict_pack(&message.base, out);
}

static void
write_document(struct buffer *out, const struct frame *frame)
{
    const struct document *document = &frame->document;
    ProtobufCBinaryData *list = mem_array(document->minisig_count, sizeof(*list));
    Kith__Document message = KITH__DOCUMENT__INIT;

    for (size_t i = 0; i < document->minisig_count; i++)
        list[i] = pb_of_bytes(document->minisigs[i]);
    message.what = (uint32_t)document->what;
    message.version = document->version;
    message.content = pb_of_bytes(document->content);
    message.n_minisig = document->minisig_count;
    message.minisig = list;
    strict_pack(&message.base, out);
    free(list);
}

static void
write_ping(struct buffer *out, const struct frame *frame)
{
    Kith__Ping message = KITH__PING__INIT;

    message.number = frame->ping;
    strict_pack(&message.base, out);
}

static void
write_pong(struct buffer *out, const struct frame *frame)
{
    Kith__Pong message = KITH__PONG__INIT;

    message.number = frame->pong;
    strict_pack(&message.base, out);
}

static void
write_bye(struct buffer *out, const struct frame *frame)
{
    Kith__Bye message = KITH__BYE__INIT;

    message.reason = (uint32_t)frame->bye.reason;
    message.words = (char *)(uintptr_t)frame->bye.words;
    strict_pack(&message.base, out);
}

/* --- The table ------------------------------------------------------------------------------ */

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
