#ifndef KITH_CORE_LINES_H
#define KITH_CORE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

/* A text line by line, and a line word by word.  Everything read borrows from the text. */
struct lines {
    struct bytes rest;
    unsigned number; /* of the line last read, from 1 */
};

struct lines lines_of(struct bytes text);
/* The next line without its newline; the last one need not have any.  False at the end. */
bool lines_next(struct lines *lines, struct bytes *line);

/* Without the spaces and tabs around it. */
struct bytes bytes_trim(struct bytes bytes);
/* Splits at spaces and tabs.  Returns how many words there are; only the first max of them
   are in words. */
size_t words_of(struct bytes line, struct bytes *words, size_t max);
bool word_is(struct bytes word, const char *text);
/* Decimal digits without a leading zero or sign, at most max. */
bool word_number(uint64_t *number, struct bytes word, uint64_t max);
/* The word as a string; false when it does not fit, or holds a NUL. */
bool word_copy(char *text, size_t size, struct bytes word);

/* For "%.*s": the word, cut to a length that an error message can hold. */
#define WORD(word) (int)((word).len < 80 ? (word).len : 80), (const char *)(word).data

#endif
