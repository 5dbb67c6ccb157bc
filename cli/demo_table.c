#include "cli/demo_table.h"

#include <libsmartcols.h>
#include <stdlib.h>

#include "cli/plain.h"
#include "core/lines.h"
#include "core/mem.h"

enum { CELL_MAX = 64 * 1024, WIDEST = 100000 };

struct table {
    struct libscols_table *lines;
    unsigned *widths;
    size_t columns;
};

struct table *
table_new(const unsigned *widths, size_t columns)
{
    struct table *table = mem_new(sizeof(*table));

    table->widths = mem_copy(widths, columns * sizeof(*widths));
    table->columns = columns;
    table->lines = scols_new_table();
    scols_table_enable_noheadings(table->lines, 1);
    scols_table_enable_maxout(table->lines, 0);
    /* The widths are ours: nothing is left for it to squeeze. */
    scols_table_set_termforce(table->lines, SCOLS_TERMFORCE_ALWAYS);
    scols_table_set_termwidth(table->lines, WIDEST);
    for (size_t i = 0; i < columns; i++) {
        struct libscols_column *column =
            scols_table_new_column(table->lines, NULL, widths[i], SCOLS_FL_WRAP);

        scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
    }
    return table;
}

/* A cell as lines, and how far it has been taken. */
struct cell {
    struct buffer text;
    struct lines rest;
};

/* One line of each cell; false when there was none left in any. */
static bool
add_line(struct table *table, struct cell *cells)
{
    struct libscols_line *line = NULL;

    for (size_t i = 0; i < table->columns; i++) {
        struct bytes part;
        char *text;

        if (!lines_next(&cells[i].rest, &part))
            continue;
        if (line == NULL)
            line = scols_table_new_line(table->lines, NULL);
        text = mem_copy(part.data, part.len);
        scols_line_set_data(line, i, text);
        free(text);
    }
    return line != NULL;
}

void
table_add(struct table *table, const char *const *texts)
{
    struct cell *cells = mem_array(table->columns, sizeof(*cells));

    for (size_t i = 0; i < table->columns; i++) {
        buffer_init(&cells[i].text, CELL_MAX);
        plain_write(&cells[i].text, texts[i],
                    (struct layout){ .width = table->widths[i], .one_line = true });
        cells[i].rest = lines_of(buffer_bytes(&cells[i].text));
    }
    while (add_line(table, cells))
        ;
    for (size_t i = 0; i < table->columns; i++)
        buffer_clear(&cells[i].text);
    free(cells);
}

void
table_print(const struct table *table, FILE *out)
{
    scols_table_set_stream(table->lines, out);
    scols_print_table(table->lines);
}

void
table_free(struct table **table)
{
    if (*table == NULL)
        return;
    scols_unref_table((*table)->lines);
    free((*table)->widths);
    free(*table);
    *table = NULL;
}
