#include "message/message.h"

#include <string.h>

#include "core/mem.h"
#include "fragment.pb-c.h"
#include "wire/strict.h"

enum { HEADER_MAX = 1024 };

enum err
header_pack(const struct header *header, struct buffer *out)
{
    Kith__Header packed = KITH__HEADER__INIT;
    char *purposes[MESSAGE_PURPOSES_MAX];

    if (header->purpose_count > MESSAGE_PURPOSES_MAX)
        return ERR_TOO_BIG;
    for (size_t i = 0; i < header->purpose_count; i++)
        purposes[i] = (char *)(uintptr_t)header->purposes[i];
    packed.notice_id.data = (uint8_t *)(uintptr_t)header->notice_id;
    packed.notice_id.len = NOTICE_ID;
    packed.revision = header->revision;
    packed.schema = header->schema;
    packed.type = (Kith__MessageType__Code)header->type;
    packed.n_purposes = header->purpose_count;
    packed.purposes = purposes;
    strict_pack(&packed.base, out);
    return buffer_is_whole(out) ? ERR_OK : ERR_TOO_BIG;
}

static enum err
copy_header(struct header *header, const Kith__Header *packed)
{
    struct header copy = { .revision = packed->revision,
                           .schema = packed->schema,
                           .type = (enum kind)packed->type,
                           .purpose_count = packed->n_purposes };

    if (packed->notice_id.len != NOTICE_ID || copy.type == KIND_NONE
        || packed->n_purposes > MESSAGE_PURPOSES_MAX)
        return ERR_MALFORMED;
    memcpy(copy.notice_id, packed->notice_id.data, NOTICE_ID);
    for (size_t i = 0; i < packed->n_purposes; i++) {
        size_t len = strlen(packed->purposes[i]);

        if (len == 0 || len >= sizeof(copy.purposes[i]))
            return ERR_MALFORMED;
        memcpy(copy.purposes[i], packed->purposes[i], len + 1);
    }
    *header = copy;
    return ERR_OK;
}

enum err
header_unpack(struct header *header, struct bytes packed)
{
    ProtobufCMessage *message;
    enum err err;

    if ((err = strict_unpack(&message, &kith__header__descriptor, packed, HEADER_MAX)))
        return err;
    err = copy_header(header, (const Kith__Header *)message);
    protobuf_c_message_free_unpacked(message, NULL);
    return err;
}
