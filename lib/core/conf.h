#ifndef KITH_CORE_CONF_H
#define KITH_CORE_CONF_H

#include <stddef.h>

#include "core/bytes.h"
#include "core/err.h"

/*
 * Configuration files: a line "key = value" for each setting, empty lines, and lines that
 * begin with # for people.  What a program can be told is a table of its own:
 *
 *     static const struct conf_key keys[] = {
 *         { "keys", CONF_PATH, offsetof(struct config, keys), "keys", "the key files" },
 *         { "demo", CONF_SWITCH, offsetof(struct config, demo), "no", "accept raw keys" },
 *         { 0 },
 *     };
 *
 * An unknown key, a key given twice and a value of the wrong type are errors that name
 * file and line.
 */
enum conf_type {
    CONF_TEXT,   /* char *: the rest of the line */
    CONF_PATH,   /* char *: a file name, from the folder of the configuration file */
    CONF_NUMBER, /* uint64_t */
    CONF_SWITCH  /* bool: yes or no */
};

struct conf_key {
    const char *name;
    enum conf_type type;
    size_t offset;        /* of the value, in the program's own struct */
    const char *fallback; /* as a file would say it; "" for no text; NULL: must be given */
    const char *help;     /* half a sentence, after "name: " */
};

enum { CONF_KEYS_MAX = 64, CONF_FILE_MAX = 64 * 1024 };

/*
 * Reads text, the content of file, into config; keys ends with a zeroed row.  Strings in
 * config are its own, to be given back with conf_clear.  On failure config is untouched.
 */
enum err conf_read(void *config, const struct conf_key *keys, struct bytes text,
                   const char *file, struct why *why) MUST_CHECK;
/* The same of the file at that path. */
enum err conf_load(void *config, const struct conf_key *keys, const char *path,
                   struct why *why) MUST_CHECK;
/* Frees the strings and sets them to NULL. */
void conf_clear(void *config, const struct conf_key *keys);

/* One line for each key: name, help, and what it is when not given. */
void conf_help(struct buffer *out, const struct conf_key *keys);

/* The path as seen from the folder of file: for values that hold a path among other
   things.  The caller's, to be freed. */
char *conf_path(const char *file, const char *path);

#endif
