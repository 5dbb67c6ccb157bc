#include "message/content.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "message/member.h"
#include "message/protojson.h"

static const char *const members[] = { "circumstances", "concern", "needs", "sharing", NULL };

/* --- Reading -------------------------------------------------------------------------------- */

static const char *
member_at(const void *list, size_t i)
{
    return ((const char *const *)list)[i];
}

static void
read_part(struct message *message, const char *name, const json_t *json,
          const struct place *place, struct problems *problems)
{
    const ProtobufCFieldDescriptor *member = member_named(&kith__fragment__descriptor, name);
    ProtobufCMessage **part = member_value(&message->fragment->base, member);

    *part = protojson_read(json, member->descriptor, place, problems);
}

static void
read_member(struct message *message, const char *name, const json_t *json,
            struct problems *problems)
{
    struct place place = place_member(NULL, name);
    const char *nearest;

    if (strcmp(name, "sharing") == 0)
        sharing_read(message, json, &place, problems);
    else if (strcmp(name, "circumstances") == 0 || strcmp(name, "concern") == 0
             || strcmp(name, "needs") == 0)
        read_part(message, name, json, &place, problems);
    else if ((nearest = text_nearest(name, member_at, members)) != NULL)
        complain_at(problems, &place, "is not known here; did you mean \"%s\"?", nearest);
    else
        complain_at(problems, &place, "is not known here");
}

/* What the message is about, or KIND_NONE and a problem. */
static enum kind
kind_of(const Kith__Fragment *fragment, enum kind expected, struct problems *problems)
{
    enum kind kind = fragment->concern != NULL ? KIND_CONCERN
                     : fragment->needs != NULL ? KIND_NEEDS
                                               : KIND_NONE;

    if (kind == KIND_NONE) {
        complain_at(problems, NULL, "needs a \"concern\" or \"needs\"");
        return KIND_NONE;
    }
    if (fragment->concern != NULL && fragment->needs != NULL) {
        complain_at(problems, NULL, "has a concern and needs; send them as two messages");
        return KIND_NONE;
    }
    if (expected != KIND_NONE && kind != expected) {
        complain_at(problems, NULL, "has \"%s\", and was sent as \"%s\"", kind_name(kind),
                    kind_name(expected));
        return KIND_NONE;
    }
    return kind;
}

static void
read_object(struct message *message, const json_t *json, enum kind expected,
            struct problems *problems)
{
    struct place sharing = place_member(NULL, "sharing");
    const char *name;
    json_t *value;

    if (!json_is_object(json)) {
        complain_at(problems, NULL, "must be an object");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        read_member(message, name, value, problems);
    }
    if (json_object_get(json, "sharing") == NULL)
        complain_at(problems, &sharing, "is missing; it needs at least a \"purpose\"");
    message->kind = kind_of(message->fragment, expected, problems);
    if (message->kind != KIND_NONE)
        door_check(message, problems);
}

enum err
message_read_json(struct message **message, struct bytes json, enum kind kind,
                  struct problems *problems)
{
    size_t before = problems->count;
    struct message *read;
    struct why why;
    json_t *object;

    if (json.len > MESSAGE_JSON_MAX) {
        problems_add(problems, "", "is longer than %d bytes", MESSAGE_JSON_MAX);
        return ERR_TOO_BIG;
    }
    if (json_read(&object, json, &why)) {
        problems_add(problems, "", "%s", why.text);
        return ERR_MALFORMED;
    }
    read = mem_new(sizeof(*read));
    read->fragment = (Kith__Fragment *)message_new(&kith__fragment__descriptor);
    read_object(read, object, kind, problems);
    json_decref(object);
    if (problems->count > before) {
        message_free(&read);
        return ERR_MALFORMED;
    }
    *message = read;
    return ERR_OK;
}

void
message_free(struct message **message)
{
    if (*message == NULL)
        return;
    protobuf_c_message_free_unpacked(&(*message)->fragment->base, NULL);
    free(*message);
    *message = NULL;
}

/* --- What it says --------------------------------------------------------------------------- */

enum kind
message_kind(const struct message *message)
{
    return message->kind;
}

const char *
message_system(const struct message *message)
{
    return message->fragment->circumstances->system;
}

const char *
message_local_id(const struct message *message)
{
    return message->fragment->circumstances->local_id;
}

uint8_t
message_level(const struct message *message)
{
    return (uint8_t)(message->kind == KIND_CONCERN ? message->fragment->concern->level
                                                   : message->fragment->needs->level);
}

bool
message_immediate_danger(const struct message *message)
{
    return message->kind == KIND_CONCERN && message->fragment->concern->immediate_danger;
}

const char *
message_must_not_reach(const struct message *message, size_t i)
{
    const Kith__Circumstances *circumstances = message->fragment->circumstances;
    const Kith__Handling *handling = circumstances == NULL ? NULL : circumstances->handling;

    return handling == NULL || i >= handling->n_must_not_reach ? NULL
                                                               : handling->must_not_reach[i];
}

const char *
message_purpose(const struct message *message, size_t i)
{
    return i < message->purpose_count ? message->purposes[i] : NULL;
}

bool
message_purposes_are_listed(const struct message *message)
{
    return message->purposes_are_listed;
}

const char *
message_fact(const struct message *message, size_t i, bool *value)
{
    if (i >= message->fact_count)
        return NULL;
    *value = message->facts[i].value;
    return message->facts[i].name;
}

void
message_write_json(const struct message *message, struct buffer *out)
{
    json_t *json = protojson_write(&message->fragment->base);

    json_object_set_new(json, "sharing", sharing_write(message));
    json_write(out, json);
    json_decref(json);
}
