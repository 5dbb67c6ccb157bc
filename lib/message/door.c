#include "message/content.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "message/leaf.h"

/* What a message must say, or may not, to be taken at all. */

struct door {
    const struct message *message;
    struct place content; /* "concern" or "needs" */
    struct problems *problems;
};

static void
complain_of(const struct door *door, const char *member, const char *reason)
{
    struct place place = place_member(&door->content, member);

    complain_at(door->problems, &place, "%s", reason);
}

/* --- Circumstances ------------------------------------------------------------------------ */

static bool
can_be_seen(const char *text)
{
    struct bytes rest = bytes_of_text(text);
    size_t len;

    for (; rest.len > 0; rest = bytes_from(rest, len))
        if (code_point_is_deceptive(utf8_next(rest, &len)) || len == 0)
            return false;
    return true;
}

static void
check_circumstances(const Kith__Circumstances *circumstances, struct problems *problems)
{
    struct place place = place_member(NULL, "circumstances");
    struct place local_id = place_member(&place, "localId");

    if (circumstances == NULL || *circumstances->local_id == 0)
        complain_at(problems, &local_id,
                    "is missing: your own system's id of the child, by which records are told "
                    "apart");
    else if (!can_be_seen(circumstances->local_id))
        complain_at(problems, &local_id, "holds a character that cannot be seen");
}

/* --- The child ------------------------------------------------------------------------------ */

static bool
is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == 0;
}

static void
check_child(const struct door *door, const Kith__Person *child)
{
    if (child == NULL)
        complain_of(door, "child", "is missing");
    else if (child->unborn && *child->date_of_birth != 0)
        complain_of(door, "child",
                    "is unborn and has a date of birth; give \"expectedDate\" instead");
    else if (!child->unborn
             && (child->name == NULL
                 || (is_blank(child->name->given) && is_blank(child->name->family))))
        complain_of(door, "child",
                    "needs something to know the child by: a given or a family name, or "
                    "\"unborn\": true");
}

/* Who the child is says nothing of how it is. */
static bool
says_something(const ProtobufCMessage *content)
{
    for (unsigned i = 0; i < content->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &content->descriptor->fields[i];

        if (strcmp(member->name, "child") != 0 && strcmp(member->name, "siblings") != 0
            && member_is_set(content, member))
            return true;
    }
    return false;
}

static void
check_content(const struct door *door, const ProtobufCMessage *content)
{
    if (!says_something(content))
        complain_at(door->problems, &door->content,
                    "says nothing of the child; give at least a \"headline\"");
}

/* --- The whole ------------------------------------------------------------------------------ */

/* "concern.child.date_of_birth": "/concern/child/dateOfBirth". */
static void
write_pointer(struct buffer *pointer, const char *path, size_t len)
{
    while (len > 0) {
        const char *dot = memchr(path, '.', len);
        size_t part = dot == NULL ? len : (size_t)(dot - path);
        char name[MEMBER_NAME_MAX], json_name[MEMBER_NAME_MAX];

        snprintf(name, sizeof(name), "%.*s", (int)part, path);
        member_json_name(json_name, name);
        buffer_print(pointer, "/%s", json_name);
        part += dot != NULL;
        path += part;
        len -= part;
    }
}

/* The text that takes the most room, for whoever has to shorten it. */
static const struct field *
longest_text(const struct message *message, size_t *longest)
{
    const struct field *found = NULL;
    struct leaf leaf;

    *longest = 0;
    for (size_t i = 0; i < kith_schema.count; i++) {
        const struct field *field = &kith_schema.fields[i];

        if (leaf_find(&leaf, &message->fragment->base, field, message->kind, false)
            && leaf.member->type == PROTOBUF_C_TYPE_STRING && !member_is_list(leaf.member)
            && strlen(leaf_text(&leaf)) > *longest) {
            *longest = strlen(leaf_text(&leaf));
            found = field;
        }
    }
    return found;
}

static void
check_size(const struct message *message, struct problems *problems)
{
    size_t size = protobuf_c_message_get_packed_size(&message->fragment->base), longest, len;
    const struct field *field = longest_text(message, &longest);
    struct buffer pointer;
    const char *path;

    if (size <= MESSAGE_PACKED_MAX)
        return;
    buffer_init(&pointer, 256);
    if (field != NULL && leaf_path(field, message->kind, &path, &len))
        write_pointer(&pointer, path, len);
    problems_add(problems, buffer_text(&pointer),
                 "makes the message too long to be sealed, by %zu bytes; it is the longest"
                 " text, of %zu bytes",
                 size - MESSAGE_PACKED_MAX, longest);
    buffer_clear(&pointer);
}

void
door_check(const struct message *message, struct problems *problems)
{
    struct door door = { message, place_member(NULL, kind_name(message->kind)), problems };
    const Kith__Concern *concern = message->fragment->concern;

    check_circumstances(message->fragment->circumstances, problems);
    check_child(&door, concern == NULL ? message->fragment->needs->child : concern->child);
    check_content(&door, concern == NULL ? &message->fragment->needs->base : &concern->base);
    check_size(message, problems);
    if (concern != NULL && concern->privileged)
        complain_of(&door, "privileged",
                    "is true: what is legally privileged cannot be shared, and Kith does not "
                    "send it");
}
