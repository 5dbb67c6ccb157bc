#include "cli/outgoing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "core/file.h"
#include "core/lines.h"
#include "core/mem.h"
#include "json/json.h"

enum { FILE_MAX = 64 * 1024 * 1024 };

/* How many of its file say the same before it; notes the place of this one for the next. */
static size_t
count_same_before(struct post *post, size_t number)
{
    const uint8_t *digest = post->list[number].digest;
    uint64_t key = get_le64(digest);
    uintptr_t place; /* of the last such one, from 1 */

    while ((place = (uintptr_t)map_get(&post->places, key)) != 0
           && memcmp(post->list[place - 1].digest, digest, DIGEST) != 0)
        key++;
    map_put(&post->places, key, (void *)(uintptr_t)(number + 1));
    return place == 0 ? 0 : post->list[place - 1].same_before + 1;
}

/* The same text twice in a file is two messages. */
static void
collect(struct post *post, const char *about, struct bytes text)
{
    struct outgoing *outgoing;

    if (post->count == post->room) {
        post->room = 2 * post->room + 16;
        post->list = mem_resize(post->list, post->room, sizeof(*post->list));
    }
    outgoing = &post->list[post->count++];
    *outgoing = (struct outgoing){ .text = bytes_of(mem_copy(text.data, text.len), text.len) };
    snprintf(outgoing->about, sizeof(outgoing->about), "%s", about);
    hash_of(outgoing->digest, DIGEST, "kith1.send.text", NULL, text);
    outgoing->same_before = count_same_before(post, post->count - 1);
}

static void
collect_array(struct post *post, const char *file, const json_t *array)
{
    const json_t *element;
    size_t i;

    if (json_array_size(array) == 0)
        post->status = complain(EXIT_FAILED, "%s: an array without a message in it", file);
    json_array_foreach(array, i, element)
    {
        struct buffer text;
        char about[ABOUT_MAX];

        snprintf(about, sizeof(about), "%.200s, element %zu", file, i);
        buffer_init(&text, FILE_MAX);
        json_write(&text, element);
        collect(post, about, buffer_bytes(&text));
        buffer_clear(&text);
    }
}

static bool
collect_lines(struct post *post, const char *file, struct bytes text)
{
    struct lines lines = lines_of(text);
    size_t objects = 0;
    struct bytes line;

    /* Only when every line that is not empty begins an object and ends one. */
    while (lines_next(&lines, &line)) {
        line = bytes_trim(line);
        if (line.len > 0 && (line.data[0] != '{' || line.data[line.len - 1] != '}'))
            return false;
        objects += line.len > 0;
    }
    if (objects < 2)
        return false;
    lines = lines_of(text);
    while (lines_next(&lines, &line)) {
        char about[ABOUT_MAX];

        snprintf(about, sizeof(about), "%.200s:%u", file, lines.number);
        line = bytes_trim(line);
        if (line.len > 0)
            collect(post, about, line);
    }
    return true;
}

/* What some editors put before a text, and no reader of JSON takes. */
static bool
begins_with_mark(struct bytes text)
{
    return bytes_start_with(text, bytes_of("\xef\xbb\xbf", 3))
           || bytes_start_with(text, bytes_of("\xff\xfe", 2))
           || bytes_start_with(text, bytes_of("\xfe\xff", 2));
}

static void
collect_text(struct post *post, const char *file, struct bytes text)
{
    json_t *json;

    if (begins_with_mark(text)) {
        post->status = complain(EXIT_FAILED,
                                "%s: begins with a byte order mark (BOM), which JSON does not "
                                "have; save it as UTF-8 without one",
                                file);
        return;
    }
    if (collect_lines(post, file, text))
        return;
    if (json_read(&json, text, NULL) == ERR_OK) {
        bool is_array = json_is_array(json);

        if (is_array)
            collect_array(post, file, json);
        json_decref(json);
        if (is_array)
            return;
    }
    /* The agent says what is wrong with it, if anything is. */
    collect(post, file, text);
}

/* A pipe or a terminal as well as a file. */
static enum err
read_standard_input(struct buffer *text, struct why *why)
{
    char chunk[64 * 1024];
    size_t got;

    while ((got = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
        buffer_add(text, chunk, got);
    if (ferror(stdin))
        return because(why, ERR_IO, "standard input: cannot be read: %s", strerror(errno));
    if (!buffer_is_whole(text))
        return because(why, ERR_TOO_BIG, "standard input: larger than %d bytes", FILE_MAX);
    return ERR_OK;
}

void
post_add_file(struct post *post, const char *file)
{
    bool is_stdin = strcmp(file, "-") == 0;
    struct buffer text;
    struct why why;

    buffer_init(&text, FILE_MAX);
    if (is_stdin ? read_standard_input(&text, &why) : file_read(&text, file, &why))
        post->status = complain(EXIT_FAILED, "%s", why.text);
    else
        collect_text(post, is_stdin ? "standard input" : file, buffer_bytes(&text));
    map_clear(&post->places);
    buffer_clear(&text);
}

/*
 * From what the message says, and which of the same texts of its file it is: sent again, be
 * it in a file that was corrected elsewhere, it is the message that it was.
 */
void
post_key(char key[KEY_MAX], const struct post *post, size_t number, const char *asked)
{
    const struct outgoing *outgoing = &post->list[number];
    uint8_t place[8], digest[16];
    struct hash hash;

    if (asked != NULL && post->count == 1) {
        snprintf(key, KEY_MAX, "%s", asked);
    } else if (asked != NULL) {
        snprintf(key, KEY_MAX, "%.*s/%zu", KEY_GIVEN_MAX, asked, number + 1);
    } else {
        put_le64(place, outgoing->same_before);
        hash_begin(&hash, sizeof(digest), "kith1.send.key", NULL);
        hash_add(&hash, outgoing->digest, DIGEST);
        hash_add(&hash, place, sizeof(place));
        hash_end(&hash, digest, sizeof(digest));
        hex_write(key, digest, sizeof(digest));
    }
}

void
post_clear(struct post *post)
{
    for (size_t i = 0; i < post->count; i++)
        free((void *)(uintptr_t)post->list[i].text.data);
    free(post->list);
    *post = (struct post){ .status = post->status };
}
