#ifndef KITH_CORE_TEXT_H
#define KITH_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

/* What every reader of text needs: is it UTF-8, is it safe to show, and what did the
   writer probably mean. */

/* The code point at the start of text, and its length in *len; *len is 0 at the end
   and for what is not UTF-8 (overlong forms, surrogates, beyond U+10FFFF). */
uint32_t utf8_next(struct bytes text, size_t *len);
bool utf8_is_valid(struct bytes text);
/* Code points in valid UTF-8. */
size_t utf8_length(struct bytes text);

/* Control characters (other than tab and newline), bidirectional controls and
   invisible characters: they make what is read differ from what is parsed. */
bool code_point_is_deceptive(uint32_t code_point);
/* UTF-8 without a deceptive character. */
bool text_is_plain(struct bytes text);

/* The edit distance in bytes, a swap of neighbours counting one; more than limit is
   returned as limit + 1. */
size_t text_distance(const char *a, const char *b, size_t limit);

/* The candidate nearest to word, when near enough that a person would call it a typing
   error; else NULL.  at(list, i) is the i-th candidate, NULL after the last. */
const char *text_nearest(const char *word, const char *(*at)(const void *list, size_t i),
                         const void *list);

#endif
