#ifndef KITH_CLI_PLAIN_H
#define KITH_CLI_PLAIN_H

#include <stdbool.h>

#include "core/bytes.h"

/*
 * The one way in which text that somebody else wrote gets on a screen: from a message, an
 * agent's answer, a file.  A character that could steer a terminal or make what is read
 * differ from what was sent is shown by its number, <U+202E>, and what is not UTF-8 as
 * <byte 9B>.  No line but the first begins left of `indent`, so that no value can look
 * like a line of ours.
 */
struct layout {
    unsigned column; /* where the first line begins */
    unsigned indent; /* where the lines that follow begin */
    unsigned width;  /* columns of the screen; 0: lines are as long as they come */
    bool one_line;   /* a line break is shown by its number, too */
};

/* Between words where it does not fit, and within a word that fits on no line.  Spaces that
   follow each other become one. */
void plain_write(struct buffer *out, const char *text, struct layout layout);

/* Columns of the terminal on standard output; else $COLUMNS; else 80.  Never below 40. */
unsigned screen_width(void);

#endif
