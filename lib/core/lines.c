#include "core/lines.h"

#include <string.h>

struct lines
lines_of(struct bytes text)
{
    return (struct lines){ .rest = text };
}

bool
lines_next(struct lines *lines, struct bytes *line)
{
    const uint8_t *end;

    if (lines->rest.len == 0)
        return false;
    end = memchr(lines->rest.data, '\n', lines->rest.len);
    *line = lines->rest;
    if (end != NULL)
        line->len = (size_t)(end - line->data);
    lines->rest = bytes_from(lines->rest, line->len + 1);
    lines->number++;
    return true;
}

static bool
is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

struct bytes
bytes_trim(struct bytes bytes)
{
    while (bytes.len > 0 && is_blank(bytes.data[bytes.len - 1]))
        bytes.len--;
    while (bytes.len > 0 && is_blank(bytes.data[0]))
        bytes = bytes_from(bytes, 1);
    return bytes;
}

size_t
words_of(struct bytes line, struct bytes *words, size_t max)
{
    size_t count = 0;

    for (line = bytes_trim(line); line.len > 0; count++) {
        size_t len = 0;

        while (len < line.len && !is_blank(line.data[len]))
            len++;
        if (count < max)
            words[count] = bytes_of(line.data, len);
        line = bytes_trim(bytes_from(line, len));
    }
    return count;
}

bool
word_is(struct bytes word, const char *text)
{
    return bytes_equal(word, bytes_of_text(text));
}

bool
word_number(uint64_t *number, struct bytes word, uint64_t max)
{
    uint64_t value = 0;

    if (word.len == 0 || word.len > 20 || (word.len > 1 && word.data[0] == '0'))
        return false;
    for (size_t i = 0; i < word.len; i++) {
        unsigned digit = (unsigned)word.data[i] - '0';

        if (digit > 9 || __builtin_mul_overflow(value, 10, &value)
            || __builtin_add_overflow(value, digit, &value) || value > max)
            return false;
    }
    *number = value;
    return true;
}

bool
word_copy(char *text, size_t size, struct bytes word)
{
    if (word.len >= size || (word.len > 0 && memchr(word.data, 0, word.len) != NULL))
        return false;
    if (word.len > 0)
        memcpy(text, word.data, word.len);
    text[word.len] = 0;
    return true;
}
