#include "core/conf.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/lines.h"
#include "core/mem.h"
#include "core/text.h"

/* What the file says of one key; line 0 when it says nothing. */
struct setting {
    struct bytes value;
    unsigned line;
};

static size_t
count_keys(const struct conf_key *keys)
{
    size_t count = 0;

    while (keys[count].name != NULL)
        count++;
    assert(count <= CONF_KEYS_MAX);
    return count;
}

static const char *
key_name_at(const void *keys, size_t i)
{
    return ((const struct conf_key *)keys)[i].name;
}

static enum err
find_key(size_t *found, const struct conf_key *keys, struct bytes word, const char *file,
         unsigned line, struct why *why)
{
    char name[81];
    const char *meant;

    for (size_t i = 0; keys[i].name != NULL; i++) {
        if (word_is(word, keys[i].name)) {
            *found = i;
            return ERR_OK;
        }
    }
    meant = word_copy(name, sizeof(name), word) ? text_nearest(name, key_name_at, keys) : NULL;
    if (meant != NULL)
        return because(why, ERR_MALFORMED, "%s:%u: unknown key '%.*s', did you mean '%s'?",
                       file, line, WORD(word), meant);
    return because(why, ERR_MALFORMED, "%s:%u: unknown key '%.*s'", file, line, WORD(word));
}

static bool
value_fits(enum conf_type type, struct bytes value)
{
    uint64_t number;

    switch (type) {
    case CONF_TEXT:
    case CONF_PATH: return value.len > 0;
    case CONF_NUMBER: return word_number(&number, value, UINT64_MAX);
    case CONF_SWITCH: return word_is(value, "yes") || word_is(value, "no");
    }
    return false;
}

static const char *
type_text(enum conf_type type)
{
    switch (type) {
    case CONF_TEXT: return "some text";
    case CONF_PATH: return "a file name";
    case CONF_NUMBER: return "a whole number";
    case CONF_SWITCH: return "yes or no";
    }
    return "a value";
}

static enum err
read_setting(struct setting *settings, const struct conf_key *keys, struct bytes line,
             const char *file, unsigned number, struct why *why)
{
    const uint8_t *equals = memchr(line.data, '=', line.len);
    struct bytes name, value;
    enum err err;
    size_t i = 0;

    if (equals == NULL)
        return because(why, ERR_MALFORMED, "%s:%u: not of the form 'key = value'", file,
                       number);
    name = bytes_trim(bytes_of(line.data, (size_t)(equals - line.data)));
    value = bytes_trim(bytes_from(line, (size_t)(equals - line.data) + 1));
    if ((err = find_key(&i, keys, name, file, number, why)))
        return err;
    if (settings[i].line != 0)
        return because(why, ERR_MALFORMED, "%s:%u: '%s' was given on line %u already", file,
                       number, keys[i].name, settings[i].line);
    if (!value_fits(keys[i].type, value))
        return because(why, ERR_MALFORMED, "%s:%u: '%s' must be %s", file, number, keys[i].name,
                       type_text(keys[i].type));
    settings[i] = (struct setting){ value, number };
    return ERR_OK;
}

static enum err
read_settings(struct setting *settings, const struct conf_key *keys, struct bytes text,
              const char *file, struct why *why)
{
    struct lines lines = lines_of(text);
    struct bytes line;
    enum err err;

    while (lines_next(&lines, &line)) {
        line = bytes_trim(line);
        if (!text_is_plain(line))
            return because(why, ERR_MALFORMED,
                           "%s:%u: holds control or invisible characters, or is not UTF-8",
                           file, lines.number);
        if (line.len == 0 || line.data[0] == '#')
            continue;
        if ((err = read_setting(settings, keys, line, file, lines.number, why)))
            return err;
    }
    return ERR_OK;
}

static void
set_value(void *config, const struct conf_key *key, struct bytes value, const char *file)
{
    void *at = (char *)config + key->offset;
    char *text;

    switch (key->type) {
    case CONF_TEXT: *(char **)at = mem_copy(value.data, value.len); break;
    case CONF_PATH:
        text = mem_copy(value.data, value.len);
        *(char **)at = value.len > 0 ? conf_path(file, text) : mem_text(text);
        free(text);
        break;
    case CONF_NUMBER: word_number(at, value, UINT64_MAX); break;
    case CONF_SWITCH: *(bool *)at = word_is(value, "yes"); break;
    }
}

enum err
conf_read(void *config, const struct conf_key *keys, struct bytes text, const char *file,
          struct why *why)
{
    struct setting settings[CONF_KEYS_MAX] = { 0 };
    size_t count = count_keys(keys);
    enum err err;

    if (text.len > CONF_FILE_MAX)
        return because(why, ERR_TOO_BIG, "%s: longer than %d bytes", file, CONF_FILE_MAX);
    if ((err = read_settings(settings, keys, text, file, why)))
        return err;
    for (size_t i = 0; i < count; i++) {
        if (settings[i].line != 0)
            continue;
        if (keys[i].fallback == NULL)
            return because(why, ERR_MALFORMED, "%s: '%s' is missing: %s", file, keys[i].name,
                           keys[i].help);
        settings[i].value = bytes_of_text(keys[i].fallback);
    }
    for (size_t i = 0; i < count; i++)
        set_value(config, &keys[i], settings[i].value, file);
    return ERR_OK;
}

enum err
conf_load(void *config, const struct conf_key *keys, const char *path, struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, CONF_FILE_MAX);
    err = file_read(&text, path, why);
    if (err == ERR_OK)
        err = conf_read(config, keys, buffer_bytes(&text), path, why);
    buffer_clear(&text);
    return err;
}

void
conf_clear(void *config, const struct conf_key *keys)
{
    for (; keys->name != NULL; keys++) {
        if (keys->type == CONF_TEXT || keys->type == CONF_PATH) {
            char **text = (char **)((char *)config + keys->offset);

            free(*text);
            *text = NULL;
        }
    }
}

void
conf_help(struct buffer *out, const struct conf_key *keys)
{
    for (; keys->name != NULL; keys++) {
        buffer_print(out, "  %-16s %s", keys->name, keys->help);
        if (keys->fallback == NULL)
            buffer_add_text(out, " (must be given)");
        else if (keys->fallback[0] != 0)
            buffer_print(out, " (%s)", keys->fallback);
        buffer_add_byte(out, '\n');
    }
}

char *
conf_path(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    size_t folder = slash == NULL || path[0] == '/' ? 0 : (size_t)(slash - file) + 1;
    char *whole = mem_new(folder + strlen(path) + 1);

    memcpy(whole, file, folder);
    memcpy(whole + folder, path, strlen(path));
    return whole;
}
