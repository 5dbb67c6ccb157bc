#include "wire/frame_parts.h"

#include <stdlib.h>

#include "core/mem.h"

void
write_hello(struct buffer *out, const struct frame *frame)
{
    Kith__Hello message = KITH__HELLO__INIT;

    message.protocol = frame->hello.protocol;
    message.registry_version = frame->hello.registry_version;
    message.agreement = pb_of_bytes(frame->hello.agreement);
    message.log_size = frame->hello.log_size;
    message.credit_messages = frame->hello.credit_messages;
    message.credit_bytes = frame->hello.credit_bytes;
    strict_pack(&message.base, out);
}

static void
fill_standing(Kith__Standing *message, const struct standing *standing)
{
    message->registry_version = standing->registry_version;
    message->agreement_version = standing->agreement_version;
    message->registry = pb_of_bytes(standing->digests[WANT_REGISTRY]);
    message->agreement = pb_of_bytes(standing->digests[WANT_AGREEMENT]);
    message->intake = pb_of_bytes(standing->digests[WANT_INTAKE]);
    message->grants = pb_of_bytes(standing->digests[WANT_GRANTS]);
    message->suspensions = pb_of_bytes(standing->digests[WANT_SUSPENSIONS]);
}

void
write_welcome(struct buffer *out, const struct frame *frame)
{
    Kith__Welcome message = KITH__WELCOME__INIT;
    Kith__Standing standing = KITH__STANDING__INIT;

    message.protocol = frame->welcome.protocol;
    message.acked = frame->welcome.acked;
    message.log_size = frame->welcome.log_size;
    message.credit_messages = frame->welcome.credit_messages;
    message.credit_bytes = frame->welcome.credit_bytes;
    message.now_ms = frame->welcome.now_ms;
    fill_standing(&standing, &frame->welcome.standing);
    message.standing = &standing;
    strict_pack(&message.base, out);
}

void
write_announce(struct buffer *out, const struct frame *frame)
{
    Kith__Announce message = KITH__ANNOUNCE__INIT;
    Kith__Standing standing = KITH__STANDING__INIT;

    fill_standing(&standing, &frame->announce);
    message.standing = &standing;
    strict_pack(&message.base, out);
}

void
write_offer(struct buffer *out, const struct frame *frame)
{
    Kith__Offer message = KITH__OFFER__INIT;

    message.intake = pb_of_bytes(frame->offer);
    strict_pack(&message.base, out);
}

void
write_join(struct buffer *out, const struct frame *frame)
{
    Kith__Join message = KITH__JOIN__INIT;

    message.request = pb_of_bytes(frame->join);
    strict_pack(&message.base, out);
}

void
write_joined(struct buffer *out, const struct frame *frame)
{
    Kith__Joined message = KITH__JOINED__INIT;

    message.trust = pb_of_bytes(frame->joined);
    strict_pack(&message.base, out);
}

void
write_submit(struct buffer *out, const struct frame *frame)
{
    envelope_pack(out, &frame->submit);
}

void
write_accepted(struct buffer *out, const struct frame *frame)
{
    Kith__Accepted message = KITH__ACCEPTED__INIT;

    message.msg_id = pb_of_bytes(frame->accepted.msg_id);
    message.h = pb_of_bytes(frame->accepted.h);
    message.log_index = frame->accepted.log_index;
    message.accepted_ms = frame->accepted.accepted_ms;
    strict_pack(&message.base, out);
}

void
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

void
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

void
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

void
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

void
write_ack(struct buffer *out, const struct frame *frame)
{
    Kith__Ack message = KITH__ACK__INIT;

    message.position = frame->ack;
    strict_pack(&message.base, out);
}

void
write_credit(struct buffer *out, const struct frame *frame)
{
    Kith__Credit message = KITH__CREDIT__INIT;

    message.messages = frame->credit.messages;
    message.bytes = frame->credit.bytes;
    strict_pack(&message.base, out);
}

void
write_fetch(struct buffer *out, const struct frame *frame)
{
    Kith__Fetch message = KITH__FETCH__INIT;

    message.what = (uint32_t)frame->fetch.what;
    message.offset = frame->fetch.offset;
    strict_pack(&message.base, out);
}

void
write_document(struct buffer *out, const struct frame *frame)
{
    const struct document *document = &frame->document;
    ProtobufCBinaryData *list = mem_array(document->minisig_count, sizeof(*list));
    Kith__Document message = KITH__DOCUMENT__INIT;

    for (size_t i = 0; i < document->minisig_count; i++)
        list[i] = pb_of_bytes(document->minisigs[i]);
    message.what = (uint32_t)document->what;
    message.digest = pb_of_bytes(document->digest);
    message.offset = document->offset;
    message.total = document->total;
    message.content = pb_of_bytes(document->content);
    message.n_minisig = document->minisig_count;
    message.minisig = list;
    strict_pack(&message.base, out);
    free(list);
}

void
write_ping(struct buffer *out, const struct frame *frame)
{
    Kith__Ping message = KITH__PING__INIT;

    message.number = frame->ping;
    strict_pack(&message.base, out);
}

void
write_pong(struct buffer *out, const struct frame *frame)
{
    Kith__Pong message = KITH__PONG__INIT;

    message.number = frame->pong;
    strict_pack(&message.base, out);
}

void
write_bye(struct buffer *out, const struct frame *frame)
{
    Kith__Bye message = KITH__BYE__INIT;

    message.reason = (uint32_t)frame->bye.reason;
    message.words = (char *)(uintptr_t)frame->bye.words;
    strict_pack(&message.base, out);
}
