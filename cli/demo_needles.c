#include "cli/demo_needles.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "message/words.h"

size_t
bucket_of(const uint8_t *at)
{
    return (size_t)(get_le32(at) * UINT32_C(2654435761) >> 16);
}

struct needles *
needles_new(void)
{
    return mem_new(sizeof(struct needles));
}

static void
bytes_free(struct bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

void
needles_free(struct needles **needles)
{
    if (*needles == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while ((*needles)->buckets[i] != NULL) {
            struct pattern *pattern = (*needles)->buckets[i];

            (*needles)->buckets[i] = pattern->next;
            bytes_free(pattern->bytes);
            free(pattern);
        }
    for (size_t i = 0; i < (*needles)->count; i++)
        bytes_free((*needles)->texts[i].bytes);
    free((*needles)->texts);
    free(*needles);
    *needles = NULL;
}

/* --- The texts, and the forms in which they are looked for -------------------------------------- */

static void
add_pattern(struct needles *needles, struct bytes bytes, size_t text)
{
    struct pattern *pattern, **bucket;

    if (bytes.len > PATTERN_MAX)
        bytes.len = PATTERN_MAX;
    bucket = &needles->buckets[bucket_of(bytes.data)];
    for (pattern = *bucket; pattern != NULL; pattern = pattern->next)
        if (bytes_equal(pattern->bytes, bytes) && pattern->text == text)
            return;
    pattern = mem_new(sizeof(*pattern));
    pattern->bytes = bytes_of(mem_copy(bytes.data, bytes.len), bytes.len);
    pattern->text = text;
    pattern->next = *bucket;
    *bucket = pattern;
}

static void
add_long(struct needles *needles, const char *value, size_t text)
{
    json_t *string = json_string(value);
    char *written = json_dumps(string, JSON_ENCODE_ANY);
    size_t len = strlen(written);

    add_pattern(needles, bytes_of_text(value), text);
    add_pattern(needles, bytes_of(written + 1, len - 2),
                text); /* without the quotation marks */
    free(written);
    json_decref(string);
}

static void
add_short_in_json(struct needles *needles, const char *value, size_t text)
{
    static const char followers[] = ",}]\n";
    json_t *string = json_string(value);
    char *written = json_dumps(string, JSON_ENCODE_ANY);

    for (const char *follower = followers; *follower != 0; follower++) {
        struct buffer pattern;

        buffer_init(&pattern, PATTERN_MAX);
        buffer_print(&pattern, "%s%c", written, *follower);
        add_pattern(needles, buffer_bytes(&pattern), text);
        buffer_clear(&pattern);
    }
    free(written);
    json_decref(string);
}

/* The tag of a member is its number and the wire type 2, as a varint. */
static void
add_short_in_protobuf(struct needles *needles, const char *value, unsigned member, size_t text)
{
    unsigned tag = member << 3 | 2;
    struct buffer pattern;

    buffer_init(&pattern, PATTERN_MAX);
    for (; tag > 127; tag >>= 7)
        buffer_add_byte(&pattern, (uint8_t)(tag | 128));
    buffer_add_byte(&pattern, (uint8_t)tag);
    buffer_add_byte(&pattern, (uint8_t)strlen(value));
    buffer_add_text(&pattern, value);
    add_pattern(needles, buffer_bytes(&pattern), text);
    buffer_clear(&pattern);
}

static size_t
find_text(struct needles *needles, struct bytes bytes)
{
    size_t i = 0;

    while (i < needles->count && !bytes_equal(needles->texts[i].bytes, bytes))
        i++;
    if (i < needles->count)
        return i;
    if (needles->count == needles->room) {
        needles->room = 2 * needles->room + 64;
        needles->texts = mem_resize(needles->texts, needles->room, sizeof(*needles->texts));
    }
    needles->texts[i] =
        (struct text){ .bytes = bytes_of(mem_copy(bytes.data, bytes.len), bytes.len) };
    needles->count++;
    return i;
}

static void
add_text(void *context, json_t *json, const struct text_place *place)
{
    struct needles *needles = context;
    const char *value = json_string_value(json);
    struct text *text;
    size_t number;

    if (value[0] == 0)
        return;
    number = find_text(needles, bytes_of_text(value));
    text = &needles->texts[number];
    if (place->is_code)
        return;
    text->was_written = true;
    if (text->bytes.len >= NEEDLE_SHORT) {
        add_long(needles, value, number);
    } else if (text->bytes.len >= NEEDLE_MIN) {
        add_short_in_json(needles, value, number);
        if (place->member != 0)
            add_short_in_protobuf(needles, value, place->member, number);
    } else {
        text->fate = FATE_TOO_SHORT;
    }
}

void
needles_add(struct needles *needles, json_t *message)
{
    message_each_text(message, add_text, needles);
}

struct needle_counts
needles_count(const struct needles *needles)
{
    struct needle_counts counts = { .texts = needles->count };

    for (size_t i = 0; i < needles->count; i++) {
        const struct text *text = &needles->texts[i];

        counts.codes += !text->was_written;
        counts.searched += text->was_written && text->fate == FATE_SEARCHED;
        counts.too_short += text->fate == FATE_TOO_SHORT;
        counts.public += text->fate == FATE_PUBLIC;
        counts.of_the_day += text->fate == FATE_OF_THE_DAY;
    }
    return counts;
}

void
needles_drop_time(struct needles *needles, const char *rfc3339)
{
    for (size_t i = 0; i < needles->count; i++)
        if (needles->texts[i].was_written && needles->texts[i].fate == FATE_SEARCHED
            && bytes_start_with(bytes_of_text(rfc3339), needles->texts[i].bytes))
            needles->texts[i].fate = FATE_OF_THE_DAY;
}
