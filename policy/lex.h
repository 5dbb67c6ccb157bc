#ifndef KITH_POLICY_LEX_H
#define KITH_POLICY_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "policy/diagnostic.h"

/*
 * The words of a policy file and where they stand.  A word is whatever stands between
 * spaces and commas: a name, a number, a date; or a text between double quotes, which
 * ends on the line where it begins.  From '#' to the end of the line is a comment.
 */
enum word_kind { WORD_END, WORD_NAME, WORD_TEXT, WORD_COMMA };

struct word {
    enum word_kind kind;
    const char *text; /* without quotes; lives as long as struct words */
    uint32_t line, column, length;
};

struct words {
    struct word *list; /* the last is WORD_END */
    size_t count;
    char *texts;
};

/* A word in column 1 begins a section of the file. */
bool word_begins_section(const struct word *word);
/* An unquoted word that reads so. */
bool token_is(const struct word *word, const char *text);
/* A number of up to nine digits without sign or leading zero. */
bool token_number(const struct word *word, uint32_t *number);

/* An error at that word. */
void word_error(const struct word *word, struct diagnostics *diagnostics, const char *format,
                ...) __attribute__((format(printf, 3, 4)));
void word_warning(const struct word *word, struct diagnostics *diagnostics, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/* Every character that is not what it seems is reported, and every name that is not
   written with a-z, 0-9, '-', '_' and '.'. */
void lex(struct bytes text, struct words *words, struct diagnostics *diagnostics);
void words_clear(struct words *words);

#endif
