#ifndef KITH_POLICY_DIAGNOSTIC_H
#define KITH_POLICY_DIAGNOSTIC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

/*
 * What is wrong with a policy file, where, and what was probably meant:
 *
 *     agreement.policy:12:19: error: unknown field or group 'child.date_of_brith', did you
 *     mean 'child.date_of_birth'?
 *           share    alert, child.date_of_brith as age-band
 *                           ^~~~~~~~~~~~~~~~~~~
 */
enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct diagnostic {
    enum severity severity;
    uint32_t line, column; /* from 1; columns count characters */
    uint32_t length;       /* characters to underline */
    char *message;
};

/* Ordered as found.  After DIAGNOSTICS_MAX of them a last one says that there are more. */
enum { DIAGNOSTICS_MAX = 100 };

struct diagnostics {
    struct diagnostic *list;
    size_t count;
    size_t errors;
};

void diagnostics_init(struct diagnostics *diagnostics);
void diagnostics_clear(struct diagnostics *diagnostics);
void diagnostics_add(struct diagnostics *diagnostics, enum severity severity, uint32_t line,
                     uint32_t column, uint32_t length, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void diagnostics_add_list(struct diagnostics *diagnostics, enum severity severity,
                          uint32_t line, uint32_t column, uint32_t length, const char *format,
                          va_list args) __attribute__((format(printf, 6, 0)));
/* Nothing more will be kept, so nothing need be said at length. */
bool diagnostics_are_full(const struct diagnostics *diagnostics);

/* All of them as a person reads them, in the order of the file, with the line, unless it is
   endless, and a caret under it.  At most 128 KiB, whatever the file. */
void diagnostics_print(const struct diagnostics *diagnostics, const char *file,
                       struct bytes text, struct buffer *out);

#endif
