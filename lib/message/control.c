#include "message/control.h"

#include "control.pb-c.h"
#include "wire/strict.h"

enum { CONTROL_MAX = 64 * 1024 };

void
control_pack(struct buffer *out, enum control control)
{
    Kith__Control message = KITH__CONTROL__INIT;
    Kith__Void nothing = KITH__VOID__INIT;

    if (control == CONTROL_VOID)
        message.void_ = &nothing;
    strict_pack(&message.base, out);
}

enum err
control_unpack(enum control *control, struct bytes packed)
{
    ProtobufCMessage *message;
    enum err err = strict_unpack(&message, &kith__control__descriptor, packed, CONTROL_MAX);

    if (err)
        return err;
    if (((const Kith__Control *)message)->void_ != NULL)
        *control = CONTROL_VOID;
    else
        err = ERR_MALFORMED;
    protobuf_c_message_free_unpacked(message, NULL);
    return err;
}
