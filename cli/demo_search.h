#ifndef KITH_CLI_DEMO_SEARCH_H
#define KITH_CLI_DEMO_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/bytes.h"
#include "core/err.h"
#include "json/json.h"

/*
 * Looks for plaintext where none may be: every text of every message that was published, in
 * every file of a folder and in all of the memory of a process.
 *
 * A text is looked for as it is, and as JSON writes it where that differs.  One of three or
 * four bytes ("Leah") would turn up by chance in memory full of ciphertext: it is looked for
 * as protobuf has it, after the tag of its member and its length, and in JSON, in quotation
 * marks and before what follows a value.  Numbers and yes or no are not looked for.
 */
struct needles;

struct needles *needles_new(void);
void needles_free(struct needles **needles);

/* Every text of the message. */
void needles_add(struct needles *needles, json_t *message);
/* Takes out what public documents say, too (names of agencies, say). */
void needles_drop_public(struct needles *needles, const char *folder);
/* Takes out what a log says of itself: texts that are the time of day or begin it. */
void needles_drop_time(struct needles *needles, const char *rfc3339);

enum { NEEDLE_SHORT = 5, NEEDLE_MIN = 3 }; /* bytes */

/* How many different texts there were, and what became of them. */
struct needle_counts {
    size_t texts;                                /* all */
    size_t searched;                             /* looked for */
    size_t codes, too_short, public, of_the_day; /* not looked for, and why */
};
struct needle_counts needles_count(const struct needles *needles);

struct found {
    bool checked;      /* false: something could not be read; `why` says what */
    size_t files;      /* or mappings */
    size_t bytes;      /* looked through */
    size_t mapped;     /* of a process: all that it can read */
    size_t texts;      /* different ones found */
    char example[160]; /* where the first one was: a file or an address, not the text */
    struct why why;
};

/* All files below the folder. */
void search_folder(struct found *found, const struct needles *needles, const char *folder);
/* All readable memory of the process; not checked unless every byte of it was looked at. */
void search_memory(struct found *found, const struct needles *needles, pid_t pid);

#endif
