#ifndef KITH_CLI_DEMO_SEARCH_H
#define KITH_CLI_DEMO_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/bytes.h"
#include "core/err.h"
#include "json/json.h"

/*
 * Looks for plaintext where none may be: every value of every message that was published,
 * in every file of a folder and in all of the memory of a process.
 */
struct needles;

struct needles *needles_new(void);
void needles_free(struct needles **needles);

/* Every text in that JSON that is worth looking for: at least NEEDLE_MIN bytes long, and
   not a word of the schema (capitals, digits and underscores only). */
enum { NEEDLE_MIN = 5 };
void needles_add(struct needles *needles, const json_t *json);
/* Takes out what public documents say, too (names of agencies, say).  Returns how many. */
size_t needles_drop_public(struct needles *needles, const char *folder);
size_t needles_count(const struct needles *needles);

struct found {
    bool checked;      /* false: something could not be read; `why` says what */
    size_t files;      /* or mappings */
    size_t bytes;      /* looked through */
    size_t needles;    /* different ones found */
    char example[160]; /* where the first one was: a file or an address, not the value */
    struct why why;
};

/* All files below the folder. */
void search_folder(struct found *found, const struct needles *needles, const char *folder);
/* All readable memory of the process. */
void search_memory(struct found *found, const struct needles *needles, pid_t pid);

#endif
