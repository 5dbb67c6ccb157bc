#include "cli/demo_show.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cli/demo_table.h"
#include "cli/plain.h"
#include "cli/shown.h"
#include "core/mem.h"
#include "message/words.h"

enum { WHOLE_CELL = 40, CELL = 400, COLUMNS_MAX = SCENARIO_MAX + 2, TEXT_MAX = 64 * 1024 };

const json_t *
received_of(json_t *inbox, const struct scenario_message *message)
{
    const json_t *received;
    size_t i;

    json_array_foreach(inbox, i, received)
    {
        if (strcmp(text_member(received, "id"), message->id) == 0)
            return received;
    }
    return NULL;
}

/* --- Who received which message --------------------------------------------------------------- */

static const char *
name_of(const struct scenario *scenario, size_t agency, bool in_full)
{
    return in_full ? scenario_label(scenario, scenario->agencies[agency])
                   : scenario_short_label(scenario, scenario->agencies[agency]);
}

static const char *
fate_at(const struct scenario *scenario, json_t *const *inboxes,
        const struct scenario_message *message, size_t agency)
{
    const json_t *received = received_of(inboxes[agency], message);

    if (strcmp(scenario->agencies[agency], message->agency) == 0)
        return "sent";
    if (received == NULL)
        return "·";
    return json_object_get(received, "quarantined") == NULL ? "told" : "kept back";
}

/* Columns that all agencies take, with the space before each. */
static size_t
width_of_names(const struct scenario *scenario, bool in_full)
{
    size_t width = 0;

    for (size_t i = 0; i < scenario->agency_count; i++)
        width += 1 + strlen(name_of(scenario, i, in_full));
    return width;
}

void
show_who_received(FILE *out, const struct scenario *scenario, json_t *const *inboxes,
                  unsigned width)
{
    enum { TITLE = 27 };
    unsigned widths[COLUMNS_MAX] = { TITLE - 1 };
    const char *cells[COLUMNS_MAX] = { "MESSAGE" };
    bool in_full = TITLE + width_of_names(scenario, true) <= width;
    struct table *table;

    for (size_t i = 0; i < scenario->agency_count; i++) {
        cells[1 + i] = name_of(scenario, i, in_full);
        widths[1 + i] = 0;
    }
    table = table_new(widths, 1 + scenario->agency_count);
    table_add(table, cells);
    for (size_t m = 0; m < scenario->message_count; m++) {
        char title[SCENARIO_TITLE_MAX];

        scenario_title(title, scenario, &scenario->messages[m]);
        cells[0] = title;
        for (size_t i = 0; i < scenario->agency_count; i++)
            cells[1 + i] = fate_at(scenario, inboxes, &scenario->messages[m], i);
        table_add(table, cells);
    }
    table_print(table, out);
    table_free(&table);
}

/* --- One message, in words, as each was given it -------------------------------------------------- */

/* A column: what was sent, or what one or more agencies received. */
struct given {
    json_t *message; /* ours, in words */
    char name[160];
};

struct sheet {
    struct given columns[COLUMNS_MAX];
    size_t count;
};

static json_t *
in_words(const json_t *message)
{
    json_t *copy = json_deep_copy(message);

    message_put_in_words(copy);
    return copy;
}

static void
sheet_fill(struct sheet *sheet, const struct scenario *scenario, json_t *const *inboxes,
           const struct scenario_message *message, bool in_full)
{
    sheet->count = 1;
    sheet->columns[0].message = in_words(message->json);
    for (size_t i = 0; i < scenario->agency_count; i++) {
        const json_t *received = received_of(inboxes[i], message);
        struct given *column = &sheet->columns[sheet->count];

        if (strcmp(scenario->agencies[i], message->agency) == 0)
            snprintf(sheet->columns[0].name, sizeof(column->name), "what %s sent",
                     name_of(scenario, i, in_full));
        else if (received != NULL) {
            snprintf(column->name, sizeof(column->name), "%s", name_of(scenario, i, in_full));
            column->message = in_words(received);
            sheet->count++;
        }
    }
}

static void
sheet_clear(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++)
        json_decref(sheet->columns[i].message);
}

/* Cut between words, or between characters where the last word is long. */
static void
cut(char *text, size_t characters)
{
    size_t count = 0;
    char *end = NULL, *space = NULL;

    for (char *at = text; *at != 0 && end == NULL; at++) {
        if ((*at & 0xc0) != 0x80 && count++ == characters)
            end = at;
        if (*at == ' ')
            space = at;
    }
    if (end == NULL)
        return;
    if (space != NULL && end - space < 12)
        end = space;
    memcpy(end, "…", strlen("…") + 1);
}

static void
write_cell(char cell[CELL], const json_t *message, const struct field *field,
           unsigned characters)
{
    const json_t *value = field_given(message, field), *reduced = reduced_given(message, field);
    struct buffer text;

    buffer_init(&text, TEXT_MAX);
    if (reduced != NULL)
        write_reduced(&text, reduced);
    else if (value == NULL)
        buffer_add_text(&text, "·");
    else if (json_is_array(value) && json_is_object(json_array_get(value, 0)))
        buffer_print(&text, "%zu entr%s", json_array_size(value),
                     json_array_size(value) == 1 ? "y" : "ies");
    else
        write_value(&text, value);
    snprintf(cell, CELL, "%.*s", CELL - 8, buffer_text(&text));
    buffer_clear(&text);
    cut(cell, characters);
}

static bool
cells_are_equal(const struct given *a, const struct given *b, const struct field *field)
{
    char left[CELL], right[CELL];

    write_cell(left, a->message, field, CELL);
    write_cell(right, b->message, field, CELL);
    return strcmp(left, right) == 0;
}

static void
add_row(struct table *table, const struct sheet *sheet, const struct field *field,
        unsigned characters)
{
    char(*texts)[CELL] = mem_array(sheet->count, sizeof(*texts));
    const char *cells[COLUMNS_MAX] = { field->label };

    for (size_t i = 0; i < sheet->count; i++) {
        write_cell(texts[i], sheet->columns[i].message, field, characters);
        cells[1 + i] = texts[i];
    }
    table_add(table, cells);
    free(texts);
}

static void
add_names(struct table *table, const struct sheet *sheet)
{
    const char *cells[COLUMNS_MAX] = { "FIELD" };

    for (size_t i = 0; i < sheet->count; i++)
        cells[1 + i] = sheet->columns[i].name;
    table_add(table, cells);
}

void
show_side_by_side(FILE *out, const struct scenario *scenario, json_t *const *inboxes,
                  size_t number)
{
    const unsigned widths[COLUMNS_MAX] = { 0 };
    struct sheet sheet = { .count = 0 };
    struct table *table;

    sheet_fill(&sheet, scenario, inboxes, &scenario->messages[number], true);
    table = table_new(widths, 1 + sheet.count);
    add_names(table, &sheet);
    for (size_t f = 0; f < kith_schema.count; f++)
        if (field_given(sheet.columns[0].message, &kith_schema.fields[f]) != NULL)
            add_row(table, &sheet, &kith_schema.fields[f], WHOLE_CELL);
    table_print(table, out);
    table_free(&table);
    sheet_clear(&sheet);
}

/* --- Where they differ ------------------------------------------------------------------------------- */

static bool
was_given_the_same(const struct given *a, const struct given *b)
{
    for (size_t f = 0; f < kith_schema.count; f++)
        if (!cells_are_equal(a, b, &kith_schema.fields[f]))
            return false;
    return true;
}

static void
sheet_join(struct sheet *sheet)
{
    size_t kept = 1;

    for (size_t i = 1; i < sheet->count; i++) {
        struct given column = sheet->columns[i];
        size_t same = 1;

        while (same < kept && !was_given_the_same(&sheet->columns[same], &column))
            same++;
        if (same == kept) {
            sheet->columns[kept++] = column;
        } else {
            struct given *other = &sheet->columns[same];
            size_t len = strlen(other->name);

            snprintf(other->name + len, sizeof(other->name) - len, ", %s", column.name);
            json_decref(column.message);
        }
    }
    sheet->count = kept;
}

/* How many different things the agencies were given of the field. */
static unsigned
differences(const struct sheet *sheet, const struct field *field)
{
    unsigned count = 0;

    for (size_t i = 1; i < sheet->count; i++) {
        size_t before = 1;

        while (before < i
               && !cells_are_equal(&sheet->columns[before], &sheet->columns[i], field))
            before++;
        count += before == i;
    }
    return count;
}

static bool
is_in_part(const struct sheet *sheet, const struct field *field)
{
    for (size_t i = 1; i < sheet->count; i++)
        if (reduced_given(sheet->columns[i].message, field) != NULL)
            return true;
    return false;
}

/* Which fields to take next, and how many at most. */
struct choice {
    bool in_part;
    enum field_type type; /* FIELD_TYPES: any */
    size_t most;
};

static bool
is_candidate(const struct sheet *sheet, const struct field *field, const struct choice *choice)
{
    return field->category != CATEGORY_ROUTING
           && field_given(sheet->columns[0].message, field) != NULL
           && (choice->type == FIELD_TYPES || choice->type == field->type)
           && is_in_part(sheet, field) == choice->in_part;
}

/* Marks fields of which the agencies were given so many different things; how many. */
static size_t
choose(bool *chosen, const struct sheet *sheet, unsigned wanted, const struct choice *choice,
       size_t left)
{
    size_t count = 0;

    for (size_t f = 0; f < kith_schema.count && count < left && count < choice->most; f++)
        if (!chosen[f] && is_candidate(sheet, &kith_schema.fields[f], choice)
            && differences(sheet, &kith_schema.fields[f]) == wanted) {
            chosen[f] = true;
            count++;
        }
    return count;
}

/* The child's name; then what was given in part to somebody, and stories and addresses, for
   those say most. */
static void
choose_fields(bool *chosen, const struct sheet *sheet)
{
    static const struct choice choices[] = {
        { true, FIELD_TYPES, 6 },
        { false, FIELD_ADDRESS, 1 },
        { false, FIELD_NARRATIVE, 3 },
        { false, FIELD_TYPES, DIFFERENCES_MAX },
        { true, FIELD_TYPES, DIFFERENCES_MAX },
    };
    size_t left = DIFFERENCES_MAX - 1;

    for (size_t f = 0; f < kith_schema.count; f++)
        chosen[f] = strcmp(kith_schema.fields[f].name, "child.name") == 0;
    for (unsigned wanted = (unsigned)sheet->count; wanted > 1; wanted--)
        for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
            left -= choose(chosen, sheet, wanted, &choices[i], left);
}

void
show_differences(FILE *out, const struct scenario *scenario, json_t *const *inboxes,
                 size_t number, unsigned width)
{
    enum { LABEL = 20, LINES = 2, SPARE = 5, LEAST = 72 /* below that nothing can be read */ };
    unsigned widths[COLUMNS_MAX] = { LABEL }, each;
    struct sheet sheet = { .count = 0 };
    bool *chosen = mem_array(kith_schema.count, sizeof(*chosen));
    struct table *table;

    sheet_fill(&sheet, scenario, inboxes, &scenario->messages[number], width >= 100);
    sheet_join(&sheet);
    width = width < LEAST ? LEAST : width;
    choose_fields(chosen, &sheet);
    each = (width - LABEL) / (unsigned)sheet.count - 1;
    for (size_t i = 0; i < sheet.count; i++)
        widths[1 + i] = each;
    table = table_new(widths, 1 + sheet.count);
    add_names(table, &sheet);
    for (size_t f = 0; f < kith_schema.count; f++)
        if (chosen[f])
            add_row(table, &sheet, &kith_schema.fields[f],
                    each * LINES > SPARE ? each * LINES - SPARE : each);
    table_print(table, out);
    table_free(&table);
    free(chosen);
    sheet_clear(&sheet);
}
