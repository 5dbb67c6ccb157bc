#include "message/leaf.h"

#include <string.h>

static const char circumstances[] = "circumstances";

static bool
begins_with_member(const char *path, const char *name)
{
    size_t len = strlen(name);

    return strncmp(path, name, len) == 0 && path[len] == '.';
}

bool
leaf_path(const struct field *field, enum kind kind, const char **path, size_t *len)
{
    for (const char *at = field->paths; *at != 0; at += strspn(at, " ")) {
        size_t at_len = strcspn(at, " ");

        if (begins_with_member(at, circumstances) || begins_with_member(at, kind_name(kind))) {
            *path = at;
            *len = at_len;
            return true;
        }
        at += at_len;
    }
    return false;
}

/* The member that the next component of the path names; moves on past it. */
static const ProtobufCFieldDescriptor *
next_member(const ProtobufCMessage *message, const char **path, size_t *left)
{
    const char *dot = memchr(*path, '.', *left);
    size_t len = dot == NULL ? *left : (size_t)(dot - *path);
    char name[MEMBER_NAME_MAX];

    if (len >= sizeof(name))
        return NULL;
    memcpy(name, *path, len);
    name[len] = 0;
    *path += dot == NULL ? len : len + 1;
    *left -= dot == NULL ? len : len + 1;
    return protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
}

bool
leaf_find(struct leaf *leaf, ProtobufCMessage *fragment, const struct field *field,
          enum kind kind, bool make)
{
    ProtobufCMessage *message = fragment;
    const char *path;
    size_t left;

    if (!leaf_path(field, kind, &path, &left))
        return false;
    for (;;) {
        const ProtobufCFieldDescriptor *member = next_member(message, &path, &left);
        ProtobufCMessage **below;

        if (member == NULL)
            return false;
        if (left == 0) {
            *leaf = (struct leaf){ message, member };
            return true;
        }
        if (!member_is_message(member) || member_is_list(member))
            return false;
        below = member_value(message, member);
        if (*below == NULL && !make)
            return false;
        if (*below == NULL)
            *below = message_new(member->descriptor);
        message = *below;
    }
}

bool
leaf_summary(struct leaf *summary, const struct leaf *narrative, const struct field *field)
{
    const ProtobufCFieldDescriptor *member;

    if (field->summary == NULL)
        return false;
    member = protobuf_c_message_descriptor_get_field_by_name(narrative->message->descriptor,
                                                             field->summary);
    if (member == NULL)
        return false;
    *summary = (struct leaf){ narrative->message, member };
    return true;
}

bool
leaf_is_set(const struct leaf *leaf)
{
    return member_is_set(leaf->message, leaf->member);
}

const char *
leaf_text(const struct leaf *leaf)
{
    return *(char *const *)member_value(leaf->message, leaf->member);
}
