#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *
err_text(enum err err)
{
    switch (err) {
    case ERR_OK: return "ok";
    case ERR_MALFORMED: return "malformed";
    case ERR_TOO_BIG: return "too big";
    case ERR_FORGED: return "forged";
    case ERR_REFUSED: return "refused";
    case ERR_NOT_FOUND: return "not found";
    case ERR_CONFLICT: return "conflict";
    case ERR_FULL: return "full";
    case ERR_CORRUPT: return "corrupt";
    case ERR_IO: return "input/output error";
    }
    return "unknown error";
}

enum err
because(struct why *why, enum err err, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return err;
    va_start(args, format);
    vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return err;
}
