#ifndef KITH_CORE_FILE_H
#define KITH_CORE_FILE_H

#include "core/bytes.h"
#include "core/err.h"

/* Whole files, read and written at once.  Not for secrets: crypto/keyfile.h. */

/* Appends the file to out, whose limit is the limit.  A pipe or a device is refused. */
enum err file_read(struct buffer *out, const char *path, struct why *why) MUST_CHECK;

/* Puts the content in place of whatever is there, so that after a crash either the old
   file or the new one is found whole.  mode: as for open(2). */
enum err file_write(const char *path, struct bytes content, unsigned mode,
                    struct why *why) MUST_CHECK;

/* "folder/name", printed; the caller's, to be freed. */
char *file_path(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
