#include "message/control.h"

#include <string.h>

#include "control.pb-c.h"
#include "wire/strict.h"

enum { CONTROL_MAX = 64 * 1024 };

void
control_pack(struct buffer *out, const struct control *control)
{
    Kith__Control message = KITH__CONTROL__INIT;
    Kith__Void nothing = KITH__VOID__INIT;
    Kith__Receipt receipt = KITH__RECEIPT__INIT;

    receipt.h = (ProtobufCBinaryData){ DIGEST, (uint8_t *)(uintptr_t)control->h };
    receipt.opened = control->opened;
    if (control->type == CONTROL_VOID)
        message.void_ = &nothing;
    else
        message.receipt = &receipt;
    strict_pack(&message.base, out);
}

static enum err
read_control(struct control *control, const Kith__Control *message)
{
    const Kith__Receipt *receipt = message->receipt;

    if ((message->void_ != NULL) == (receipt != NULL))
        return ERR_MALFORMED;
    *control = (struct control){ .type = receipt == NULL ? CONTROL_VOID : CONTROL_RECEIPT };
    if (receipt == NULL)
        return ERR_OK;
    if (receipt->h.len != DIGEST)
        return ERR_MALFORMED;
    memcpy(control->h, receipt->h.data, DIGEST);
    control->opened = receipt->opened;
    return ERR_OK;
}

enum err
control_unpack(struct control *control, struct bytes packed)
{
    ProtobufCMessage *message;
    enum err err = strict_unpack(&message, &kith__control__descriptor, packed, CONTROL_MAX);

    if (err)
        return err;
    err = read_control(control, (const Kith__Control *)message);
    protobuf_c_message_free_unpacked(message, NULL);
    return err;
}
