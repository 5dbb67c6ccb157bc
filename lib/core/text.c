#include "core/text.h"

#include <string.h>

/* Longer words are never called a typing error of one another. */
#define WORD_MAX 96

/* Length of the sequence a lead byte begins, and the smallest code point that needs it. */
static size_t
sequence_length(uint8_t lead, uint32_t *least)
{
    if (lead < 0x80) {
        *least = 0;
        return 1;
    }
    if ((lead & 0xe0) == 0xc0) {
        *least = 0x80;
        return 2;
    }
    if ((lead & 0xf0) == 0xe0) {
        *least = 0x800;
        return 3;
    }
    if ((lead & 0xf8) == 0xf0) {
        *least = 0x10000;
        return 4;
    }
    return 0;
}

uint32_t
utf8_next(struct bytes text, size_t *len)
{
    static const uint8_t lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t least = 0, point;
    size_t need;

    *len = 0;
    if (text.len == 0)
        return 0;
    need = sequence_length(text.data[0], &least);
    if (need == 0 || need > text.len)
        return 0;
    point = text.data[0] & lead_bits[need];
    for (size_t i = 1; i < need; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text.data[i] & 0x3f);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *len = need;
    return point;
}

bool
utf8_is_valid(struct bytes text)
{
    size_t len;

    while (text.len > 0) {
        utf8_next(text, &len);
        if (len == 0)
            return false;
        text = bytes_from(text, len);
    }
    return true;
}

size_t
utf8_length(struct bytes text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

bool
code_point_is_deceptive(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x00, 0x08 },     { 0x0b, 0x1f },       { 0x7f, 0x9f },     { 0xad, 0xad },
        { 0x034f, 0x034f }, { 0x061c, 0x061c },   { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
        { 0x180b, 0x180f }, { 0x200b, 0x200f },   { 0x2028, 0x202e }, { 0x2060, 0x206f },
        { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
        { 0xfff0, 0xffff }, { 0xe0000, 0xe0fff },
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

bool
text_is_plain(struct bytes text)
{
    size_t len;

    for (; text.len > 0; text = bytes_from(text, len)) {
        uint32_t point = utf8_next(text, &len);

        if (len == 0 || code_point_is_deceptive(point))
            return false;
    }
    return true;
}

static size_t
least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Optimal string alignment over three rows of the usual table. */
size_t
text_distance(const char *a, const char *b, size_t limit)
{
    size_t rows[3][WORD_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return limit + 1;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *higher = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] =
                least_of(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least_of(row[j], higher[j - 2] + 1, row[j]);
        }
    }
    return rows[a_len % 3][b_len] > limit ? limit + 1 : rows[a_len % 3][b_len];
}

const char *
text_nearest(const char *word, const char *(*at)(const void *list, size_t i), const void *list)
{
    size_t limit = strlen(word) <= 4 ? 1 : strlen(word) <= 8 ? 2 : 3;
    const char *nearest = NULL, *candidate;

    for (size_t i = 0; (candidate = at(list, i)) != NULL; i++) {
        size_t distance = text_distance(word, candidate, limit);

        if (distance <= limit) {
            nearest = candidate;
            if (distance == 0)
                break;
            limit = distance - 1;
        }
    }
    return nearest;
}
