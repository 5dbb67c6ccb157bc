#ifndef KITH_FEDERATION_PASSPHRASE_H
#define KITH_FEDERATION_PASSPHRASE_H

#include "core/err.h"

/* Where a program that nobody sits at gets its passphrase from. */
enum { PASSPHRASE_MAX = 1024 };

/* To be wiped. */
struct passphrase {
    char text[PASSPHRASE_MAX];
};

/*
 * From $CREDENTIALS_DIRECTORY/kith-passphrase when that is there, else from file when it is
 * not NULL or empty; else ERR_NOT_FOUND, and a program with a terminal asks.  One line; a
 * file that others may read is refused.
 */
enum err passphrase_find(struct passphrase *passphrase, const char *file,
                         struct why *why) MUST_CHECK;
/* From that file and nowhere else. */
enum err passphrase_read(struct passphrase *passphrase, const char *file,
                         struct why *why) MUST_CHECK;

#endif
