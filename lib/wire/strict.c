#include "wire/strict.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

/* --- Memory while unpacking -------------------------------------------------------- */

enum {
    MEMORY_FACTOR = 16, /* what text-bearing messages need is about 3 */
    MEMORY_ALWAYS = 64 * 1024
};

struct allowance {
    size_t left;
};

static void *
allot(void *context, size_t size)
{
    struct allowance *allowance = context;

    if (size > allowance->left)
        return NULL;
    allowance->left -= size;
    return mem_new(size);
}

static void
give_back(void *context, void *memory)
{
    (void)context;
    free(memory);
}

static ProtobufCMessage *
unpack_within(const ProtobufCMessageDescriptor *descriptor, struct bytes packed)
{
    struct allowance allowance = { MEMORY_ALWAYS + MEMORY_FACTOR * packed.len };
    ProtobufCAllocator allocator = { allot, give_back, &allowance };

    return protobuf_c_message_unpack(descriptor, &allocator, packed.len, packed.data);
}

/* --- What was unpacked ---------------------------------------------------------------- */

static bool message_is_declared(const ProtobufCMessage *message);

static bool
text_is_utf8(const char *text)
{
    return text == NULL || utf8_is_valid(bytes_of_text(text));
}

static bool
value_is_declared(const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_ENUM:
        return protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value)
               != NULL;
    case PROTOBUF_C_TYPE_STRING: return text_is_utf8(*(char *const *)value);
    case PROTOBUF_C_TYPE_MESSAGE: return message_is_declared(*(ProtobufCMessage *const *)value);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_BYTES: break;
    }
    return true;
}

/* Of the types that are looked into, how far apart the values of a list are. */
static size_t
stride(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
}

static bool
is_looked_into(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_ENUM || field->type == PROTOBUF_C_TYPE_STRING
           || field->type == PROTOBUF_C_TYPE_MESSAGE;
}

static bool
list_is_declared(const ProtobufCFieldDescriptor *field, const char *message)
{
    size_t count = *(const size_t *)(const void *)(message + field->quantifier_offset);
    const char *values = *(char *const *)(const void *)(message + field->offset);

    for (size_t i = 0; i < count; i++)
        if (!value_is_declared(field, values + i * stride(field)))
            return false;
    return true;
}

/* One of a oneof is there only when the case says so: the others share its memory. */
static bool
member_is_there(const ProtobufCFieldDescriptor *field, const char *message)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0
           || *(const uint32_t *)(const void *)(message + field->quantifier_offset)
                  == field->id;
}

static bool
message_is_declared(const ProtobufCMessage *message)
{
    const char *base = (const char *)message;

    if (message == NULL)
        return true;
    if (message->n_unknown_fields != 0)
        return false;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

        if (!is_looked_into(field) || !member_is_there(field, base))
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED
                ? !list_is_declared(field, base)
                : !value_is_declared(field, base + field->offset))
            return false;
    }
    return true;
}

static bool
packs_to(const ProtobufCMessage *message, struct bytes packed)
{
    uint8_t *again;
    bool same;

    if (protobuf_c_message_get_packed_size(message) != packed.len)
        return false;
    again = mem_new(packed.len);
    same = protobuf_c_message_pack(message, again) == packed.len
           && bytes_equal(bytes_of(again, packed.len), packed);
    free(again);
    return same;
}

/* --- Both ways -------------------------------------------------------------------------- */

enum err
strict_unpack(ProtobufCMessage **message, const ProtobufCMessageDescriptor *descriptor,
              struct bytes packed, size_t max)
{
    ProtobufCMessage *unpacked;

    if (packed.len > max)
        return ERR_TOO_BIG;
    unpacked = unpack_within(descriptor, packed);
    if (unpacked == NULL)
        return ERR_MALFORMED;
    if (!message_is_declared(unpacked) || !packs_to(unpacked, packed)) {
        protobuf_c_message_free_unpacked(unpacked, NULL);
        return ERR_MALFORMED;
    }
    *message = unpacked;
    return ERR_OK;
}

void
strict_pack(const ProtobufCMessage *message, struct buffer *out)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *at = buffer_extend(out, size);

    if (at != NULL && size > 0)
        protobuf_c_message_pack(message, at);
}
