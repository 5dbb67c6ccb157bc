#include "agreement/seen.h"

#include <stdio.h>

#include "core/file.h"
#include "core/lines.h"

enum { SEEN_MAX = 256 };

static void
path_of(char path[FILE_PATH_MAX], const char *archive)
{
    snprintf(path, FILE_PATH_MAX, "%s/versions", archive);
}

/* "registry N" or "agreement N". */
static bool
read_line(uint32_t *version, struct lines *lines, const char *what)
{
    struct bytes line, words[2];
    uint64_t number;

    if (!lines_next(lines, &line) || words_of(line, words, 2) != 2 || !word_is(words[0], what)
        || !word_number(&number, words[1], UINT32_MAX))
        return false;
    *version = (uint32_t)number;
    return true;
}

enum err
seen_read(struct seen *seen, const char *archive, struct why *why)
{
    char path[FILE_PATH_MAX];
    struct buffer text;
    struct lines lines;
    enum err err;

    *seen = (struct seen){ 0 };
    path_of(path, archive);
    buffer_init(&text, SEEN_MAX);
    err = file_read(&text, path, why);
    lines = lines_of(buffer_bytes(&text));
    if (err == ERR_NOT_FOUND)
        err = ERR_OK;
    else if (err == ERR_OK
             && (!read_line(&seen->registry, &lines, "registry")
                 || !read_line(&seen->agreement, &lines, "agreement")))
        err = because(why, ERR_CORRUPT,
                      "%s: does not name the versions seen; restore it from a backup", path);
    buffer_clear(&text);
    return err;
}

enum err
seen_write(const struct seen *seen, const char *archive, struct why *why)
{
    char path[FILE_PATH_MAX], text[SEEN_MAX];

    path_of(path, archive);
    snprintf(text, sizeof(text), "registry %u\nagreement %u\n", seen->registry,
             seen->agreement);
    return file_write(path, bytes_of_text(text), 0600, why);
}
