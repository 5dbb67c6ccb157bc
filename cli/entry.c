#include "cli/entry.h"

#include <string.h>

#include "cli/plain.h"
#include "cli/shown.h"
#include "core/instant.h"
#include "message/words.h"

/* How far from the left edge things stand.  A line that goes on is always further in than
   any label, so that no value can look like one. */
enum { HEAD = 4, LABEL = 6, ITEM = 8, DEEP = 10, TEXT_MAX = 1024 * 1024 };

enum { ID_ON_THE_TELEPHONE = 8 };

/* --- The first lines ------------------------------------------------------------------------------ */

static const json_t *
story_of(const json_t *entry)
{
    const json_t *concern = json_object_get(entry, "concern");

    return concern != NULL ? concern : json_object_get(entry, "needs");
}

static void
add_with_dot(struct buffer *line, const char *text)
{
    buffer_add_text(line, " · ");
    buffer_add_text(line, text);
}

/* Before any code is in words. */
static void
add_urgency(struct buffer *line, const json_t *entry)
{
    const json_t *story = story_of(entry);
    const char *rating = text_member(story, "rag");

    if (json_is_true(json_object_get(story, "immediateDanger")))
        buffer_add_text(line, "IMMEDIATE DANGER · ");
    if (rating[0] != 0)
        buffer_print(line, "%s · ", rating);
}

static void
add_child(struct buffer *line, const json_t *entry)
{
    const struct field *name = schema_field_named(&kith_schema, "child.name", 10);
    const json_t *given = field_given(entry, name), *reduced = reduced_given(entry, name);
    const json_t *child = json_object_get(story_of(entry), "child");

    if (given != NULL) {
        write_value(line, given);
    } else if (reduced != NULL) {
        write_reduced(line, reduced);
    } else {
        buffer_add_text(line, "the child's name is not given");
    }
    if (json_is_true(json_object_get(child, "unborn")))
        buffer_add_text(line, " (not yet born)");
}

static void
add_line(struct buffer *out, const struct entry_style *style, struct buffer *line)
{
    plain_write(out, buffer_text(line),
                (struct layout){
                    .column = HEAD, .indent = HEAD, .width = style->width, .one_line = true });
    buffer_add_byte(out, '\n');
}

static bool
is_shown(const json_t *entry, const struct entry_style *style)
{
    return !style->no_content && json_object_get(entry, "quarantined") == NULL;
}

/* "#7  IMMEDIATE DANGER · RED · Beatriz Pereira da Silva" */
static void
write_who(struct buffer *out, const json_t *entry, const struct entry_style *style)
{
    struct buffer line;

    buffer_init(&line, TEXT_MAX);
    add_urgency(&line, entry);
    add_child(&line, entry);
    add_line(out, style, &line);
    buffer_clear(&line);
}

/* "concern from states-police · Wed 25 Nov 2026 17:25 · id 3704bd84" */
static void
write_whence(struct buffer *out, const json_t *entry, const struct entry_style *style)
{
    char when[INSTANT_TEXT] = "";
    struct instant accepted;
    struct buffer line;

    if (instant_read(&accepted, text_member(entry, "acceptedAt")))
        instant_write_local(when, accepted);
    buffer_init(&line, TEXT_MAX);
    buffer_print(&line, "%s from %s", text_member(entry, "kind"), text_member(entry, "from"));
    add_with_dot(&line, when);
    buffer_print(&line, " · id %.*s", ID_ON_THE_TELEPHONE, text_member(entry, "id"));
    add_line(out, style, &line);
    buffer_clear(&line);
}

static void
indent(struct buffer *out, unsigned columns)
{
    while (columns-- > 0)
        buffer_add_byte(out, ' ');
}

static void
write_head(struct buffer *out, const json_t *entry, const struct entry_style *style)
{
    size_t begin = out->len;

    buffer_print(out, "#%" JSON_INTEGER_FORMAT " ",
                 json_integer_value(json_object_get(entry, "number")));
    do
        buffer_add_byte(out, ' ');
    while (out->len - begin < HEAD);
    if (is_shown(entry, style)) {
        write_who(out, entry, style);
        indent(out, HEAD);
    }
    write_whence(out, entry, style);
}

/* --- Fields ----------------------------------------------------------------------------------------- */

static void
write_text_at(struct buffer *out, const char *text, unsigned column,
              const struct entry_style *style)
{
    plain_write(out, text,
                (struct layout){ .column = column, .indent = DEEP, .width = style->width });
    buffer_add_byte(out, '\n');
}

static void
write_inline(struct buffer *out, const char *label, const char *text,
             const struct entry_style *style)
{
    indent(out, LABEL);
    buffer_print(out, "%s: ", label);
    write_text_at(out, text, LABEL + (unsigned)strlen(label) + 2, style);
}

static void
write_items(struct buffer *out, const char *label, const json_t *list,
            const struct entry_style *style)
{
    const json_t *item;
    size_t i;

    indent(out, LABEL);
    buffer_print(out, "%s:\n", label);
    json_array_foreach(list, i, item)
    {
        struct buffer text;

        buffer_init(&text, TEXT_MAX);
        write_value(&text, item);
        indent(out, ITEM);
        buffer_add_text(out, "- ");
        write_text_at(out, buffer_text(&text), DEEP, style);
        buffer_clear(&text);
    }
}

static void
write_field(struct buffer *out, const json_t *entry, const struct field *field,
            const struct entry_style *style)
{
    const json_t *value = field_given(entry, field), *reduced = reduced_given(entry, field);
    struct buffer text;

    if (json_array_size(value) > 1 || json_is_object(json_array_get(value, 0))) {
        write_items(out, field->label, value, style);
        return;
    }
    if (value == NULL && reduced == NULL)
        return;
    buffer_init(&text, TEXT_MAX);
    if (value != NULL)
        write_value(&text, value);
    else
        write_reduced(&text, reduced);
    write_inline(out, field->label, buffer_text(&text), style);
    buffer_clear(&text);
}

void
entry_write(struct buffer *out, json_t *entry, const struct entry_style *style)
{
    write_head(out, entry, style);
    if (json_object_get(entry, "quarantined") != NULL) {
        write_inline(out, "Kept back, unread", text_member(entry, "quarantined"), style);
    } else if (style->no_content) {
        indent(out, LABEL);
        buffer_add_text(out, "(content is not shown on the MASH agent)\n");
    } else {
        message_put_in_words(entry);
        for (size_t i = 0; i < kith_schema.count; i++)
            write_field(out, entry, &kith_schema.fields[i], style);
    }
}
