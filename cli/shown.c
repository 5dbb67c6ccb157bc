#include "cli/shown.h"

#include <stdlib.h>
#include <string.h>

#include "core/instant.h"

enum { TEXT_MAX = 64 * 1024 };

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

/* --- Values on one line ------------------------------------------------------------------------ */

static void
add_part(struct buffer *out, const char *between, const char *text)
{
    if (text[0] == 0)
        return;
    if (out->len > 0)
        buffer_add_text(out, between);
    buffer_add_text(out, text);
}

bool
is_name(const json_t *value)
{
    return json_object_get(value, "given") != NULL || json_object_get(value, "family") != NULL
           || json_object_get(value, "knownAs") != NULL;
}

bool
is_address(const json_t *value)
{
    return json_object_get(value, "lines") != NULL || json_object_get(value, "parish") != NULL
           || json_object_get(value, "postcode") != NULL
           || json_object_get(value, "town") != NULL;
}

/* "Beatriz Pereira da Silva (known as Bia)" */
static void
write_name(struct buffer *out, const json_t *name)
{
    const char *known_as = text_member(name, "knownAs"), *use = text_member(name, "use");
    struct buffer whole;

    buffer_init(&whole, TEXT_MAX);
    add_part(&whole, " ", text_member(name, "given"));
    add_part(&whole, " ", text_member(name, "middle"));
    add_part(&whole, " ", text_member(name, "family"));
    if (known_as[0] != 0)
        buffer_print(&whole, "%sknown as %s%s", whole.len > 0 ? " (" : "", known_as,
                     whole.len > 0 ? ")" : "");
    if (use[0] != 0 && strcmp(use, "usual") != 0 && strcmp(use, "USUAL") != 0)
        buffer_print(&whole, " (%s)", use);
    buffer_add_bytes(out, buffer_bytes(&whole));
    buffer_clear(&whole);
}

static void
write_address(struct buffer *out, const json_t *address)
{
    const char *from = text_member(address, "fromDate"), *to = text_member(address, "toDate");
    struct buffer whole;
    const json_t *line;
    size_t i;

    buffer_init(&whole, TEXT_MAX);
    json_array_foreach(json_object_get(address, "lines"), i, line)
        add_part(&whole, ", ", json_string_value(line) == NULL ? "" : json_string_value(line));
    add_part(&whole, ", ", text_member(address, "parish"));
    add_part(&whole, ", ", text_member(address, "town"));
    add_part(&whole, ", ", text_member(address, "postcode"));
    add_part(&whole, ", ", text_member(address, "country"));
    add_part(&whole, ", from ", from);
    add_part(&whole, from[0] == 0 ? ", until " : " to ", to);
    buffer_add_bytes(out, buffer_bytes(&whole));
    buffer_clear(&whole);
}

/* "skinBroken" as "skin broken".  A unit at the end is the value's: "sizeMm" is "size". */
static const char *
write_label(struct buffer *out, const char *member)
{
    static const struct {
        const char *end, *unit;
    } units[] = { { "Mm", " mm" }, { "Minutes", " minutes" }, { "Percent", " per cent" } };
    size_t len = strlen(member);
    const char *unit = "";

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t end = strlen(units[i].end);

        if (len > end && strcmp(member + len - end, units[i].end) == 0) {
            len -= end;
            unit = units[i].unit;
        }
    }
    for (size_t i = 0; i < len; i++) {
        bool upper = member[i] >= 'A' && member[i] <= 'Z';

        if (upper)
            buffer_add_byte(out, ' ');
        buffer_add_byte(out, (uint8_t)(upper ? member[i] - 'A' + 'a' : member[i]));
    }
    return unit;
}

/* "site: thigh; skin broken: no"; the parts of a person within it like its own. */
static void
write_parts(struct buffer *out, const json_t *object, bool *first)
{
    const char *name, *unit;
    const json_t *part;

    json_object_foreach((json_t *)(uintptr_t)object, name, part)
    {
        if (json_is_object(part) && !is_name(part) && !is_address(part)) {
            write_parts(out, part, first);
            continue;
        }
        if (!*first)
            buffer_add_text(out, "; ");
        unit = write_label(out, name);
        buffer_add_text(out, ": ");
        write_value(out, part);
        buffer_add_text(out, unit);
        *first = false;
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
    bool first = true;
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
        write_parts(out, value, &first);
    } else if (json_is_boolean(value)) {
        buffer_add_text(out, json_is_true(value) ? "yes" : "no");
    } else {
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        buffer_add_text(out, text == NULL ? "" : text);
        free(text);
    }
}

/* --- Fields that are given in part --------------------------------------------------------------- */

const json_t *
reduced_given(const json_t *message, const struct field *field)
{
    const json_t *reduced;
    size_t i;

    json_array_foreach(json_object_get(message, "reduced"), i, reduced)
    {
        if (strcmp(text_member(reduced, "field"), field->name) == 0)
            return reduced;
    }
    return NULL;
}

void
write_reduced(struct buffer *out, const json_t *reduced)
{
    const char *form = text_member(reduced, "form");

    if (strcmp(form, form_name(FORM_PRESENT)) == 0) {
        buffer_add_text(out, "recorded, not shown");
        return;
    }
    buffer_print(out, "%s (", text_member(reduced, "text"));
    for (; *form != 0; form++)
        buffer_add_byte(out, (uint8_t)(*form == '-' ? ' ' : *form));
    buffer_add_text(out, " only)");
}
