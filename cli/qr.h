#ifndef KITH_CLI_QR_H
#define KITH_CLI_QR_H

#include <stdio.h>

/*
 * The text as a QR code (ISO/IEC 18004) for a terminal, two rows of it to a line, dark on
 * light whatever the terminal's colours are.  Says nothing when the text does not fit one,
 * or the window, of that many columns, is narrower than it: a broken one cannot be read.
 */
void qr_print(FILE *out, const char *text, unsigned width);

#endif
