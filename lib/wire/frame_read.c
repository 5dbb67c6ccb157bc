#include "wire/frame_parts.h"

#include "core/mem.h"

/* Far more than there will ever be, and no sum of two overflows. */
static bool
is_count(uint64_t count)
{
    return count <= INT64_MAX / 2;
}

/* Up to the end of the year 9999. */
static bool
is_time(uint64_t ms)
{
    return ms <= UINT64_C(253402300799999);
}

enum err
read_hello(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Hello *hello = (const Kith__Hello *)message;

    (void)arrays;
    frame->hello = (struct hello){
        .protocol = hello->protocol,
        .registry_version = hello->registry_version,
        .agreement = bytes_of_pb(hello->agreement),
        .log_size = hello->log_size,
        .credit_messages = hello->credit_messages,
        .credit_bytes = hello->credit_bytes,
    };
    return hello->agreement.len == DIGEST && is_count(hello->log_size) ? ERR_OK : ERR_MALFORMED;
}

static enum err
read_standing(struct standing *standing, const Kith__Standing *message)
{
    if (message == NULL)
        return ERR_MALFORMED;
    *standing = (struct standing){
        .registry_version = message->registry_version,
        .agreement_version = message->agreement_version,
        .digests = { [WANT_REGISTRY] = bytes_of_pb(message->registry),
                     [WANT_AGREEMENT] = bytes_of_pb(message->agreement),
                     [WANT_INTAKE] = bytes_of_pb(message->intake),
                     [WANT_GRANTS] = bytes_of_pb(message->grants),
                     [WANT_SUSPENSIONS] = bytes_of_pb(message->suspensions) },
    };
    for (int what = WANT_REGISTRY; what < WANT_COUNT; what++)
        if (standing->digests[what].len != DIGEST)
            return ERR_MALFORMED;
    return ERR_OK;
}

enum err
read_welcome(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Welcome *welcome = (const Kith__Welcome *)message;

    (void)arrays;
    frame->welcome = (struct welcome){
        .protocol = welcome->protocol,
        .acked = welcome->acked,
        .log_size = welcome->log_size,
        .credit_messages = welcome->credit_messages,
        .credit_bytes = welcome->credit_bytes,
        .now_ms = welcome->now_ms,
    };
    if (!is_count(welcome->acked) || !is_count(welcome->log_size) || !is_time(welcome->now_ms))
        return ERR_MALFORMED;
    return read_standing(&frame->welcome.standing, welcome->standing);
}

enum err
read_submit(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    return envelope_view(&frame->submit, arrays, (const Kith__Envelope *)message);
}

enum err
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
    return accepted->msg_id.len == MSG_ID && accepted->h.len == DIGEST
                   && is_count(accepted->log_index) && is_time(accepted->accepted_ms)
               ? ERR_OK
               : ERR_MALFORMED;
}

enum err
read_refused(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Refused *refused = (const Kith__Refused *)message;

    (void)arrays;
    if (refused->check >= CHECK_COUNT || !is_time(refused->now_ms)
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

enum err
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
    if (known->msg_id.len != MSG_ID || !is_count(known->log_index)
        || !is_time(known->accepted_ms))
        return ERR_MALFORMED;
    return known->h.len == (known->accepted ? DIGEST : 0) ? ERR_OK : ERR_MALFORMED;
}

enum err
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

enum err
read_deliver(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Delivery *delivery = (const Kith__Delivery *)message;

    if (delivery->env == NULL || delivery->position == 0 || !is_count(delivery->position)
        || !is_count(delivery->log_index) || !is_time(delivery->accepted_ms))
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

enum err
read_ack(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->ack = ((const Kith__Ack *)message)->position;
    return ERR_OK;
}

enum err
read_credit(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->credit.messages = ((const Kith__Credit *)message)->messages;
    frame->credit.bytes = ((const Kith__Credit *)message)->bytes;
    return ERR_OK;
}

static bool
is_document(uint32_t what)
{
    return what > WANT_NOTHING && what < WANT_COUNT;
}

enum err
read_fetch(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Fetch *fetch = (const Kith__Fetch *)message;

    (void)arrays;
    if (!is_document(fetch->what) || !is_count(fetch->offset))
        return ERR_MALFORMED;
    frame->fetch =
        (struct fetch){ .what = (enum document_wanted)fetch->what, .offset = fetch->offset };
    return ERR_OK;
}

enum err
read_document(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Document *document = (const Kith__Document *)message;
    struct bytes *list;

    if (!is_document(document->what) || document->digest.len != DIGEST
        || document->n_minisig > DOCUMENT_SIGNATURES_MAX || !is_count(document->total)
        || document->offset > document->total
        || document->content.len > document->total - document->offset)
        return ERR_MALFORMED;
    *arrays = list = mem_array(document->n_minisig, sizeof(*list));
    for (size_t i = 0; i < document->n_minisig; i++)
        list[i] = bytes_of_pb(document->minisig[i]);
    frame->document = (struct document){
        .what = (enum document_wanted)document->what,
        .digest = bytes_of_pb(document->digest),
        .offset = document->offset,
        .total = document->total,
        .content = bytes_of_pb(document->content),
        .minisigs = list,
        .minisig_count = document->n_minisig,
    };
    return ERR_OK;
}

enum err
read_announce(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    return read_standing(&frame->announce, ((const Kith__Announce *)message)->standing);
}

enum err
read_offer(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->offer = bytes_of_pb(((const Kith__Offer *)message)->intake);
    return ERR_OK;
}

enum err
read_join(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->join = bytes_of_pb(((const Kith__Join *)message)->request);
    return ERR_OK;
}

enum err
read_joined(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->joined = bytes_of_pb(((const Kith__Joined *)message)->trust);
    return ERR_OK;
}

enum err
read_ping(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->ping = ((const Kith__Ping *)message)->number;
    return ERR_OK;
}

enum err
read_pong(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    (void)arrays;
    frame->pong = ((const Kith__Pong *)message)->number;
    return ERR_OK;
}

enum err
read_bye(struct frame *frame, const ProtobufCMessage *message, void **arrays)
{
    const Kith__Bye *bye = (const Kith__Bye *)message;

    (void)arrays;
    if (bye->reason < BYE_DONE || bye->reason > BYE_INVITE)
        return ERR_MALFORMED;
    frame->bye.reason = (enum bye)bye->reason;
    frame->bye.words = bye->words;
    return ERR_OK;
}
