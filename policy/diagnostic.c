#include "policy/diagnostic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

void
diagnostics_init(struct diagnostics *diagnostics)
{
    *diagnostics = (struct diagnostics){ 0 };
}

void
diagnostics_clear(struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        free(diagnostics->list[i].message);
    free(diagnostics->list);
    diagnostics_init(diagnostics);
}

bool
diagnostics_are_full(const struct diagnostics *diagnostics)
{
    return diagnostics->count > DIAGNOSTICS_MAX;
}

/* A message longer than a person reads is cut, between two characters. */
enum { MESSAGE_MAX = 400, LINE_MAX_SHOWN = 200 };

static char *
message_of(const char *format, va_list args)
{
    char message[MESSAGE_MAX + 1] = "";
    int len = vsnprintf(message, sizeof(message), format, args);

    if (len > MESSAGE_MAX) {
        len = MESSAGE_MAX - (int)strlen("...");
        while (len > 0 && ((unsigned char)message[len] & 0xc0) == 0x80)
            len--;
        memcpy(message + len, "...", sizeof("..."));
    }
    return mem_text(message);
}

static void
append(struct diagnostics *diagnostics, struct diagnostic diagnostic)
{
    if (diagnostics->list == NULL)
        diagnostics->list = mem_array(DIAGNOSTICS_MAX + 1, sizeof(*diagnostics->list));
    diagnostics->list[diagnostics->count++] = diagnostic;
}

void
diagnostics_add_list(struct diagnostics *diagnostics, enum severity severity, uint32_t line,
                     uint32_t column, uint32_t length, const char *format, va_list args)
{
    struct diagnostic diagnostic = { severity, line, column, length, NULL };

    diagnostics->errors += severity == SEVERITY_ERROR;
    if (diagnostics_are_full(diagnostics))
        return;
    if (diagnostics->count == DIAGNOSTICS_MAX) {
        diagnostic.severity = SEVERITY_WARNING;
        diagnostic.message =
            mem_text("there is more wrong with this file; the rest is not shown");
    } else
        diagnostic.message = message_of(format, args);
    append(diagnostics, diagnostic);
}

void
diagnostics_add(struct diagnostics *diagnostics, enum severity severity, uint32_t line,
                uint32_t column, uint32_t length, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    diagnostics_add_list(diagnostics, severity, line, column, length, format, args);
    va_end(args);
}

/* --- For people ----------------------------------------------------------------- */

static int
by_place(const void *a, const void *b)
{
    const struct diagnostic *const *one = a, *const *other = b;

    if ((*one)->line != (*other)->line)
        return (*one)->line < (*other)->line ? -1 : 1;
    if ((*one)->column != (*other)->column)
        return (*one)->column < (*other)->column ? -1 : 1;
    return *one < *other ? -1 : *one > *other; /* as found */
}

static struct bytes
line_of(struct bytes text, uint32_t number)
{
    const uint8_t *end;

    for (uint32_t line = 1; line < number && text.len > 0; line++) {
        end = memchr(text.data, '\n', text.len);
        text = end ? bytes_from(text, (size_t)(end - text.data) + 1) : (struct bytes){ 0 };
    }
    end = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
    if (end != NULL)
        text.len = (size_t)(end - text.data);
    if (text.len > 0 && text.data[text.len - 1] == '\r')
        text.len--;
    return text;
}

/* The line, with '?' for whatever would show other than it reads, and under each of its
   characters, up to the caret, what keeps the caret in its column. */
static void
print_line(struct bytes line, uint32_t column, struct buffer *out, struct buffer *indent)
{
    uint32_t at = 1;

    for (size_t len; line.len > 0; line = bytes_from(line, len), at++) {
        uint32_t point = utf8_next(line, &len);

        if (len == 0 || code_point_is_deceptive(point))
            buffer_add_byte(out, '?');
        else
            buffer_add(out, line.data, len);
        if (len == 0)
            len = 1;
        if (at < column)
            buffer_add_byte(indent, point == '\t' ? '\t' : ' ');
    }
    for (; at < column; at++)
        buffer_add_byte(indent, ' ');
    buffer_add_byte(out, '\n');
}

static void
print_one(const struct diagnostic *diagnostic, const char *file, struct bytes text,
          struct buffer *out)
{
    struct bytes line = line_of(text, diagnostic->line);
    struct buffer indent;

    buffer_print(out, "%s:%u:%u: %s: %s\n", file, diagnostic->line, diagnostic->column,
                 diagnostic->severity == SEVERITY_ERROR ? "error" : "warning",
                 diagnostic->message);
    if (line.len == 0 || line.len > LINE_MAX_SHOWN)
        return;
    buffer_init(&indent, out->limit);
    print_line(line, diagnostic->column, out, &indent);
    buffer_add_bytes(out, buffer_bytes(&indent));
    buffer_add_byte(out, '^');
    for (uint32_t i = 1; i < diagnostic->length; i++)
        buffer_add_byte(out, '~');
    buffer_add_byte(out, '\n');
    buffer_clear(&indent);
}

void
diagnostics_print(const struct diagnostics *diagnostics, const char *file, struct bytes text,
                  struct buffer *out)
{
    const struct diagnostic **sorted = mem_array(diagnostics->count, sizeof(*sorted));
    size_t shown = diagnostics->count > DIAGNOSTICS_MAX ? DIAGNOSTICS_MAX : diagnostics->count;

    for (size_t i = 0; i < shown; i++)
        sorted[i] = &diagnostics->list[i];
    qsort(sorted, shown, sizeof(*sorted), by_place);
    for (size_t i = 0; i < shown; i++)
        print_one(sorted[i], file, text, out);
    if (shown < diagnostics->count)
        buffer_print(out, "%s: %s\n", file, diagnostics->list[shown].message);
    free(sorted);
}
