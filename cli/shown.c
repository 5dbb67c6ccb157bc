#include "cli/shown.h"

#include <stdlib.h>
#include <string.h>

#include "core/instant.h"

/* "concern.child.date_of_birth" in the JSON of a message: members in lowerCamelCase. */
static const json_t *
member_at(const json_t *message, const char *path, size_t len)
{
    char name[96];
    size_t n = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i == len || path[i] == '.') {
            name[n] = 0;
            message = json_object_get(message, name);
            n = 0;
        } else if (path[i] == '_' && i + 1 < len && n > 0) {
            name[n++] = (char)(path[++i] >= 'a' && path[i] <= 'z' ? path[i] - 32 : path[i]);
        } else if (n + 1 < sizeof(name)) {
            name[n++] = path[i];
        }
    }
    return message;
}

/* The field in that message, at whichever of its paths it stands. */
const json_t *
field_given(const json_t *message, const struct field *field)
{
    const char *path = field->paths;

    while (*path != 0) {
        size_t len = strcspn(path, " ");
        const json_t *value = member_at(message, path, len);

        if (value != NULL)
            return value;
        path += len;
        path += strspn(path, " ");
    }
    return NULL;
}

const char *
text_member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static void
add_part(struct buffer *out, const char *between, const char *text)
{
    if (text[0] == 0)
        return;
    if (out->len > 0)
        buffer_add_text(out, between);
    buffer_add_text(out, text);
}

static bool
is_name(const json_t *value)
{
    return json_object_get(value, "given") != NULL || json_object_get(value, "family") != NULL;
}

static bool
is_address(const json_t *value)
{
    return json_object_get(value, "lines") != NULL || json_object_get(value, "parish") != NULL
           || json_object_get(value, "postcode") != NULL;
}

static void
write_name(struct buffer *out, const json_t *name)
{
    struct buffer whole;

    buffer_init(&whole, 4096);
    add_part(&whole, " ", text_member(name, "given"));
    add_part(&whole, " ", text_member(name, "middle"));
    add_part(&whole, " ", text_member(name, "family"));
    buffer_add_text(out, buffer_text(&whole));
    buffer_clear(&whole);
}

static void
write_address(struct buffer *out, const json_t *address)
{
    struct buffer whole;
    const json_t *line;
    size_t i;

    buffer_init(&whole, 4096);
    json_array_foreach(json_object_get(address, "lines"), i, line)
        add_part(&whole, ", ", json_string_value(line) == NULL ? "" : json_string_value(line));
    add_part(&whole, ", ", text_member(address, "parish"));
    add_part(&whole, ", ", text_member(address, "postcode"));
    buffer_add_text(out, buffer_text(&whole));
    buffer_clear(&whole);
}

/* A member of a list: its parts one after another, without their names. */
static void
write_parts(struct buffer *out, const json_t *object)
{
    const char *name;
    const json_t *part;
    bool first = true;

    json_object_foreach((json_t *)(uintptr_t)object, name, part)
    {
        if (!first)
            buffer_add_text(out, ", ");
        write_value(out, part);
        first = false;
    }
}

static void
write_list(struct buffer *out, const json_t *list)
{
    const json_t *member;
    size_t i;

    json_array_foreach(list, i, member)
    {
        if (i > 0)
            buffer_add_text(out, json_is_object(member) ? "; " : ", ");
        write_value(out, member);
    }
}

/* A point in time as it is read in Jersey; anything else as it is. */
static void
write_text(struct buffer *out, const char *text)
{
    char local[INSTANT_TEXT];
    struct instant instant;

    if (!instant_read(&instant, text)) {
        buffer_add_text(out, text);
        return;
    }
    instant_write_local(local, instant);
    buffer_add_text(out, local);
}

void
write_value(struct buffer *out, const json_t *value)
{
    char *text;

    if (json_is_string(value)) {
        write_text(out, json_string_value(value));
    } else if (json_is_array(value)) {
        write_list(out, value);
    } else if (is_name(value)) {
        write_name(out, value);
    } else if (is_address(value)) {
        write_address(out, value);
    } else if (json_is_object(value)) {
        write_parts(out, value);
    } else if (json_is_boolean(value)) {
        buffer_add_text(out, json_is_true(value) ? "yes" : "no");
    } else {
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        buffer_add_text(out, text == NULL ? "" : text);
        free(text);
    }
}
