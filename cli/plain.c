#include "cli/plain.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "core/text.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 40, CHARACTER_MAX = 16 };

struct writing {
    struct buffer *out;
    struct layout layout;
    unsigned column;
    bool line_is_empty; /* nothing but the indentation so far */
};

/* One character as it may be shown; returns its columns, and its bytes in *len. */
static unsigned
show(char shown[CHARACTER_MAX], struct bytes rest, size_t *len)
{
    uint32_t point = utf8_next(rest, len);
    int columns;

    if (*len == 0) {
        *len = 1;
        return (unsigned)snprintf(shown, CHARACTER_MAX, "<byte %02X>", rest.data[0]);
    }
    if (code_point_is_deceptive(point) || point == '\n')
        return (unsigned)snprintf(shown, CHARACTER_MAX, "<U+%04X>", (unsigned)point);
    memcpy(shown, rest.data, *len);
    shown[*len] = 0;
    columns = wcwidth((wchar_t)point);
    return columns < 0 ? 1 : (unsigned)columns;
}

static unsigned
columns_of(struct bytes word)
{
    unsigned columns = 0;
    size_t len;

    for (; word.len > 0; word = bytes_from(word, len)) {
        char shown[CHARACTER_MAX];

        columns += show(shown, word, &len);
    }
    return columns;
}

static void
break_line(struct writing *writing)
{
    buffer_add_byte(writing->out, '\n');
    for (unsigned i = 0; i < writing->layout.indent; i++)
        buffer_add_byte(writing->out, ' ');
    writing->column = writing->layout.indent;
    writing->line_is_empty = true;
}

static bool
fits(const struct writing *writing, unsigned columns)
{
    return writing->layout.width == 0 || writing->column + columns <= writing->layout.width;
}

static void
write_word(struct writing *writing, struct bytes word)
{
    unsigned columns = columns_of(word);
    size_t len;

    if (!writing->line_is_empty && fits(writing, columns + 1)) {
        buffer_add_byte(writing->out, ' ');
        writing->column++;
    } else if (!writing->line_is_empty
               || (!fits(writing, columns) && writing->column > writing->layout.indent)) {
        break_line(writing);
    }
    for (; word.len > 0; word = bytes_from(word, len)) {
        char shown[CHARACTER_MAX];
        unsigned wide = show(shown, word, &len);

        if (!fits(writing, wide) && writing->column > writing->layout.indent)
            break_line(writing);
        buffer_add_text(writing->out, shown);
        writing->column += wide;
        writing->line_is_empty = false;
    }
}

static bool
is_space(const struct layout *layout, uint8_t byte)
{
    return byte == ' ' || byte == '\t' || (byte == '\n' && !layout->one_line);
}

void
plain_write(struct buffer *out, const char *text, struct layout layout)
{
    struct writing writing = { out, layout, layout.column, true };

    while (*text != 0) {
        size_t len = 0;

        if (is_space(&layout, (uint8_t)*text)) {
            if (*text == '\n')
                break_line(&writing);
            text++;
            continue;
        }
        while (text[len] != 0 && !is_space(&layout, (uint8_t)text[len]))
            len++;
        write_word(&writing, bytes_of(text, len));
        text += len;
    }
}

unsigned
screen_width(void)
{
    const char *set = getenv("COLUMNS");
    struct winsize size;
    unsigned long width = WIDTH_DEFAULT;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        width = size.ws_col;
    else if (set != NULL && strtoul(set, NULL, 10) > 0)
        width = strtoul(set, NULL, 10);
    return width < WIDTH_MIN ? WIDTH_MIN : width > 1000 ? 1000 : (unsigned)width;
}
