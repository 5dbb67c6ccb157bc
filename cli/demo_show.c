#include "cli/demo_show.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/shown.h"
#include "core/mem.h"

enum { VALUE_MAX = 24, CELL = 400 };

const json_t *
received_of(json_t *inbox, const struct scenario_message *message)
{
    const json_t *received;
    size_t i;

    json_array_foreach(inbox, i, received) if (strcmp(text_member(received, "id"), message->id)
                                               == 0) return received;
    return NULL;
}

static struct libscols_table *
table_new(FILE *out)
{
    struct libscols_table *table = scols_new_table();

    scols_table_set_stream(table, out);
    scols_table_enable_maxout(table, 0);
    scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
    return table;
}

static void
set(struct libscols_line *line, size_t column, const char *text)
{
    scols_line_set_data(line, column, text);
}

/* --- Who received which message --------------------------------------------------------------- */

void
show_who_received(FILE *out, const struct scenario *scenario, json_t *const *inboxes)
{
    struct libscols_table *table = table_new(out);

    scols_table_new_column(table, "MESSAGE", 0, 0);
    for (size_t i = 0; i < scenario->agency_count; i++)
        scols_table_new_column(table, scenario_label(scenario, scenario->agencies[i]), 0, 0);
    for (size_t m = 0; m < scenario->message_count; m++) {
        const struct scenario_message *message = &scenario->messages[m];
        struct libscols_line *line = scols_table_new_line(table, NULL);

        char name[128];

        snprintf(name, sizeof(name), "%.*s", (int)strcspn(message->file, "."), message->file);
        set(line, 0, name);
        for (size_t i = 0; i < scenario->agency_count; i++) {
            const json_t *received = received_of(inboxes[i], message);

            if (strcmp(scenario->agencies[i], message->agency) == 0)
                set(line, 1 + i, "sent it");
            else if (received == NULL)
                set(line, 1 + i, "·");
            else
                set(line, 1 + i,
                    json_object_get(received, "quarantined") == NULL ? "told" : "kept back");
        }
    }
    scols_print_table(table);
    scols_unref_table(table);
}

/* --- One message, side by side ------------------------------------------------------------------- */

/* Cut between characters. */
static void
cut(char *text, size_t characters)
{
    size_t count = 0;

    for (char *at = text; *at != 0; at++)
        if ((*at & 0xc0) != 0x80 && count++ == characters) {
            memcpy(at, "…", strlen("…") + 1);
            return;
        }
}

static void
write_short(char cell[CELL], const json_t *value)
{
    struct buffer text;

    buffer_init(&text, 64 * 1024);
    if (json_is_array(value) && json_is_object(json_array_get(value, 0)))
        buffer_print(&text, "%zu in full", json_array_size(value));
    else
        write_value(&text, value);
    snprintf(cell, CELL, "%s", buffer_text(&text));
    buffer_clear(&text);
    cut(cell, VALUE_MAX);
}

static bool
write_part(char cell[CELL], const json_t *received, const struct field *field)
{
    const json_t *reduced;
    size_t i;

    json_array_foreach(json_object_get(received, "reduced"), i, reduced)
    {
        const char *form = text_member(reduced, "form"), *text = text_member(reduced, "text");

        if (strcmp(text_member(reduced, "field"), field->name) != 0)
            continue;
        if (strcmp(form, form_name(FORM_PRESENT)) == 0) {
            snprintf(cell, CELL, "recorded, not shown");
        } else {
            char value[CELL / 2];

            snprintf(value, sizeof(value), "%s", text);
            cut(value, VALUE_MAX - 8);
            snprintf(cell, CELL, "%s (%s)", value, form);
        }
        return true;
    }
    return false;
}

static void
write_cell(char cell[CELL], const json_t *received, const struct field *field)
{
    const json_t *value = field_given(received, field);

    if (write_part(cell, received, field))
        return;
    else if (value != NULL)
        write_short(cell, value);
    else
        snprintf(cell, CELL, "·");
}

/* Whoever was told of it, but for the sender. */
static bool
is_column(const struct scenario *scenario, json_t *const *inboxes,
          const struct scenario_message *message, size_t agency)
{
    return strcmp(scenario->agencies[agency], message->agency) != 0
           && received_of(inboxes[agency], message) != NULL;
}

static void
add_row(struct libscols_table *table, const struct scenario *scenario, json_t *const *inboxes,
        const struct scenario_message *message, const struct field *field)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);
    size_t column = 0;
    char cell[CELL];

    set(line, column++, field->label);
    write_short(cell, field_given(message->json, field));
    set(line, column++, cell);
    for (size_t i = 0; i < scenario->agency_count; i++) {
        if (!is_column(scenario, inboxes, message, i))
            continue;
        write_cell(cell, received_of(inboxes[i], message), field);
        set(line, column++, cell);
    }
}

void
show_side_by_side(FILE *out, const struct scenario *scenario, json_t *const *inboxes,
                  size_t number)
{
    const struct scenario_message *message = &scenario->messages[number];
    struct libscols_table *table = table_new(out);
    char sent[96];

    snprintf(sent, sizeof(sent), "what %s sent", scenario_label(scenario, message->agency));
    scols_table_new_column(table, "FIELD", 0, 0);
    scols_table_new_column(table, sent, 0, 0);
    for (size_t i = 0; i < scenario->agency_count; i++)
        if (is_column(scenario, inboxes, message, i))
            scols_table_new_column(table, scenario_label(scenario, scenario->agencies[i]), 0,
                                   0);
    for (size_t f = 0; f < kith_schema.count; f++)
        if (field_given(message->json, &kith_schema.fields[f]) != NULL)
            add_row(table, scenario, inboxes, message, &kith_schema.fields[f]);
    scols_print_table(table);
    scols_unref_table(table);
}
