#include "cli/qr.h"

#include <qrencode.h>
#include <stdbool.h>

enum { QUIET = 2 }; /* light modules around it; readers of screens need no more */

static bool
is_dark(const QRcode *code, int x, int y)
{
    if (x < 0 || y < 0 || x >= code->width || y >= code->width)
        return false;
    return (code->data[y * code->width + x] & 1) != 0;
}

/* The upper half of a character is its foreground, the lower its background. */
static void
print_two_rows(FILE *out, const QRcode *code, int y)
{
    for (int x = -QUIET; x < code->width + QUIET; x++)
        fprintf(out, "\033[%d;%dm\u2580", is_dark(code, x, y) ? 30 : 97,
                is_dark(code, x, y + 1) ? 40 : 107);
    fputs("\033[0m\n", out);
}

void
qr_print(FILE *out, const char *text, unsigned width)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);

    if (code == NULL)
        return;
    if (code->width + 2 * QUIET <= (int)width)
        for (int y = -QUIET; y < code->width + QUIET; y += 2)
            print_two_rows(out, code, y);
    QRcode_free(code);
}
